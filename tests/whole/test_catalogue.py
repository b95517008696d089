"""The catalogue of known bugs: each has a flaw and a check that catches it, or a reason why nobody can see it."""

import tomllib
from pathlib import Path

import pytest

from tests.flawed import ROOMS, bug_of, flaws, named, role_of
from tests.test_selfcheck import CONTROLS, checks

ROWS = tomllib.loads((Path(__file__).parents[1] / "flawed" / "catalogue.toml").read_text())
LAST = {"C": 16, "S": 31, "P": 23, "I": 18, "R": 10, "D": 30, "M": 16}


def test_every_row_is_there():
    assert list(ROWS) == [f"{section}{number}" for section, last in LAST.items() for number in range(1, last + 1)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_flaw_and_a_check_or_a_reason(row):
    assert set(ROWS[row]) in ({"bug", "flaw", "check"}, {"bug", "unseen"})
    assert all(text and text == text.strip() for text in ROWS[row].values())


@pytest.mark.parametrize("row", [row for row in ROWS if "flaw" in ROWS[row]])
def test_a_row_is_caught_by_the_check_that_it_names(row):
    flaw = {flaw.__name__: flaw for flaw in flaws()}[ROWS[row]["flaw"]]

    assert bug_of(flaw) == row
    assert ROWS[row]["check"] in named(flaw)


@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.__name__)
def test_a_flaw_stands_for_a_row_that_can_be_seen_or_for_an_idea_of_our_own(flaw):
    bug = bug_of(flaw)

    assert bug == "" or (flaw not in CONTROLS and "flaw" in ROWS[bug])


@pytest.mark.parametrize("role", ROOMS)
def test_the_flaws_of_a_role_name_its_checks(role):
    mine = checks(role)

    assert {check for flaw in flaws(role) for check in named(flaw)} <= mine
    assert all(role_of(flaw) == role for flaw in flaws(role))

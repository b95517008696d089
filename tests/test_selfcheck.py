"""The flaws as a set: every check has one made for it. `hookproof selfcheck` runs them; two are run here."""

import functools
import re

import pytest

from hookproof import selfcheck
from hookproof.folders import folder
from hookproof.plugin.items import check_id
from tests.flawed import ROOMS, also, flaws, groups, left_open, named, perhaps
from tests.flawed.groups import Anything

CONTROLS = [flaw for flaw in flaws() if not named(flaw)]


@functools.cache
def checks(role):
    """The checks of a role."""
    return {
        check_id(path, name)
        for path in (folder("suites").resolve() / role).glob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize("role", ROOMS)
def test_every_check_has_a_flaw_of_its_own(role):
    assert checks(role) - {check for flaw in flaws(role) for check in named(flaw)} == set()


@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.__name__)
def test_every_flaw_says_what_it_is_and_who_catches_it(flaw):
    assert flaw.__doc__ and flaw.__doc__ != flaw.__mro__[1].__doc__
    assert named(flaw) | also(flaw) | perhaps(flaw) <= frozenset().union(*map(checks, ROOMS))


@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.__name__)
def test_a_flaw_names_what_else_fails_or_says_why_nobody_can(flaw):
    said = vars(flaw).get("also", frozenset())

    assert isinstance(said, set | frozenset | Anything)
    assert not isinstance(said, Anything) or len(left_open(flaw).split()) > 3


@pytest.mark.parametrize("name", [name for name, value in vars(groups).items() if isinstance(value, frozenset)])
def test_a_group_names_checks_of_one_role(name):
    assert any(getattr(groups, name) <= checks(role) for role in ROOMS)


def test_flaws_have_different_names():
    assert len({flaw.__name__ for flaw in flaws()}) == len(flaws())


def _result(**changed):
    given = {"name": "X", "bug": "S1", "text": "t", "caught_by": ["a"], "also": [], "unmet": ["a"], "verdict": "v"}
    return selfcheck.FlawResult(**{**given, **changed})


@pytest.mark.parametrize(
    "changed, expected, says",
    [
        ({}, True, "ok"),
        ({"unmet": []}, False, "missed a"),
        ({"unmet": ["a", "b"]}, False, "unexpected b"),
        ({"unmet": ["a", "b"], "also": ["b"]}, True, "ok"),
        ({"unmet": ["a", "b"], "left_open": "it depends"}, True, "ok"),
        ({"unmet": ["b"], "left_open": "it depends"}, False, "missed a"),
        ({"odd": ["the run died"]}, False, "the run died"),
        ({"caught_by": [], "unmet": []}, True, "ok"),
        ({"caught_by": [], "unmet": [], "noted": ["a"]}, False, "unexpected a"),
    ],
)
def test_a_row_compares_what_was_seen_with_what_must_be(changed, expected, says):
    row = _result(**changed)

    assert row.as_expected is expected and says in row.line


def test_the_page_lists_every_flaw():
    page = selfcheck.page()

    assert all(f"| {flaw.__name__} |" in page for flaw in flaws())
    assert (folder("docs") / "selfcheck.md").read_text() == page, "make selfcheck"


@pytest.mark.parametrize("name", ["TruncatesHex", "SaysPlainText"])
def test_a_flaw_is_judged_in_a_process_of_its_own(name):
    rows = selfcheck.run([name], jobs=1, quick=name == "SaysPlainText")

    assert [row.line for row in rows if not row.as_expected] == []
    assert rows[0].verdict == "nonconformant"

"""The flaws as a set: every check has one made for it. `hookproof selfcheck` runs them; two are run here."""

import re

import pytest

from hookproof import selfcheck
from hookproof.plugin.items import check_id
from hookproof.resources import folder
from tests.flawed import flaws

SUITES = folder("suites").resolve()


def _checks():
    return {
        check_id(path, name)
        for path in SUITES.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }


def _named(flaw):
    return {flaw.caught_by} if isinstance(flaw.caught_by, str) else set(flaw.caught_by)


def test_every_check_has_a_flaw_of_its_own():
    assert _checks() - {check for flaw in flaws() for check in _named(flaw)} == set()


@pytest.mark.parametrize("flaw", flaws(), ids=lambda flaw: flaw.__name__)
def test_every_flaw_says_what_it_is_and_who_catches_it(flaw):
    assert flaw.__doc__ and flaw.__doc__ != flaw.__mro__[1].__doc__
    assert _named(flaw) <= _checks()
    assert set(getattr(flaw, "also", None) or ()) <= _checks() - _named(flaw)


def test_flaws_have_different_names():
    assert len({flaw.__name__ for flaw in flaws()}) == len(flaws())


def _row(**changed):
    given = {"name": "X", "bug": "S1", "text": "t", "caught_by": ["a"], "also": [], "unmet": ["a"], "verdict": "v"}
    return selfcheck.Row(**{**given, **changed})


@pytest.mark.parametrize(
    "changed, expected, says",
    [
        ({}, True, "ok"),
        ({"unmet": []}, False, "missed a"),
        ({"unmet": ["a", "b"]}, False, "unexpected b"),
        ({"unmet": ["a", "b"], "also": ["b"]}, True, "ok"),
        ({"unmet": ["a", "b"], "also": None}, True, "ok"),
        ({"odd": ["the run died"]}, False, "the run died"),
    ],
)
def test_a_row_compares_what_was_seen_with_what_must_be(changed, expected, says):
    row = _row(**changed)

    assert row.as_expected is expected and says in row.line


def test_the_page_lists_every_flaw():
    page = selfcheck.page()

    assert all(f"| {flaw.__name__} |" in page for flaw in flaws())
    assert (folder("docs") / "selfcheck.md").read_text() == page, "make selfcheck"


def test_a_flaw_is_judged_in_a_process_of_its_own():
    rows = selfcheck.run(["TruncatesHex"], jobs=1)

    assert [row.line for row in rows if not row.as_expected] == []
    assert rows[0].verdict == "nonconformant"

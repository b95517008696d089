"""Which checks a run makes for whom, where requirements name checks, or single cases of them."""

from types import SimpleNamespace

import pytest

from hookproof.plugin.items import Selection, names, parametrize
from hookproof.providers import Requirement
from hookproof.providers.events import Maker
from hookproof.report.results.run import decides
from hookproof.verdict import Level
from tests.conftest import loaded
from tests.journals.small import END, begin, check

KINDS = "sender.delivery.delivers-each-kind-of-event"
MEMBER = "sender.payload.has-its-documented-member"


def row(*checks, level="MUST", role="sender", **more):
    return Requirement(role=role, level=Level(level), text="Does it.", source="Page 1", checks=list(checks), **more)


@pytest.fixture
def select(provider):
    """A selection of these rows, for whatsable and, where they say so, for every provider."""
    surfaces = provider.surfaces({})

    def make(*rows, roles=("sender",)):
        return Selection([("whatsable", each) for each in rows], surfaces, roles)

    return make


class Collected:
    """What pytest hands to a hook that parametrizes a check with a table, and what the hook asks of it."""

    def __init__(self, table=None):
        marker = SimpleNamespace(args=(table,)) if table else None
        self.definition = SimpleNamespace(get_closest_marker=lambda name: marker if name == "cases" else None)
        self.rows = []

    def parametrize(self, names, rows, indirect):
        self.rows = [each.values if hasattr(each, "values") else each for each in rows]


def collected(selection, name, table, provider):
    found = Collected(table)
    empty = parametrize(found, name, selection, {"whatsable": Maker(provider.surfaces({})[0], secret=None)})
    return [case for _, (case, _) in found.rows], empty


@pytest.mark.parametrize("named, case, so", [
    ([KINDS], "text", True),
    ([KINDS], None, True),
    ([f"{KINDS}[text]"], "text", True),
    ([f"{KINDS}[text]"], "image", False),
    ([f"{KINDS}[text]"], None, False),
    ([f"{KINDS}-too"], "text", False),
    ([f"{MEMBER}[/messages/*/id]"], "/messages/*/id", True),
])  # fmt: skip
def test_a_row_names_a_check_or_one_case_of_it(named, case, so):
    name = MEMBER if MEMBER in named[0] else KINDS

    assert names(named, name, case) is so
    assert decides(name, case, "hooks", ["hooks", "rings"], named) is so
    assert not decides(name, case, "bells", ["hooks", "rings"], named)


def test_a_named_case_is_enough_for_a_check_to_run(select):
    selection = select(row(f"{KINDS}[text]"))

    assert selection.subjects(KINDS) == ["whatsable"]
    assert selection.subjects(MEMBER) == selection.subjects(KINDS[:-1]) == []
    assert select(row(f"{KINDS}[text]"), roles=("receiver",)).subjects(KINDS) == []


def test_a_case_counts_at_the_strictest_level_that_names_it(select):
    rows = [row(KINDS, level="MAY"), row(f"{KINDS}[text]"), row(f"{KINDS}[image]", f"{KINDS}[text]", level="SHOULD")]
    selection = select(*rows)

    assert [selection.level(KINDS, "whatsable", case) for case in ("text", "image", "video", None)] == [
        Level.MUST, Level.SHOULD, Level.MAY, Level.MAY,
    ]  # fmt: skip
    assert selection.level(KINDS, "another", "text") is Level.MAY


def test_a_row_that_does_not_apply_names_nothing(select):
    selection = select(row(f"{KINDS}[text]", when="payload=flat"), row(f"{KINDS}[image]"))

    assert selection.named_cases(KINDS, "whatsable") == (["image"], False)


def test_a_surface_that_is_not_delivered_to_has_no_sender():
    surfaces = loaded("pingback").surfaces({})
    selection = Selection([("pingback", row(KINDS)), ("*", row(KINDS))], surfaces, ("sender",))

    assert selection.subjects(KINDS) == ["pingback.whatsapp", "pingback.instagram"]


def test_only_the_cases_that_are_named_are_made(select, provider):
    selection = select(row(f"{KINDS}[video]", f"{KINDS}[text]"), row(f"{KINDS}[text]"))

    assert collected(selection, KINDS, "event_kinds", provider) == (["text", "video"], [])


def test_all_cases_are_made_where_the_check_is_named_as_a_whole(select, provider):
    kinds = provider.surfaces({})[0].kinds("kind")

    assert collected(select(row(f"{KINDS}[text]"), row(KINDS)), KINDS, "event_kinds", provider) == (kinds, [])


def test_the_table_of_named_cases_has_just_those(select, provider):
    selection = select(row(f"{MEMBER}[/b]"), row(f"{MEMBER}[/a/*/b]", f"{MEMBER}[/b]"), row(MEMBER))

    assert collected(selection, MEMBER, "named", provider) == (["/b", "/a/*/b"], [])


@pytest.mark.parametrize("more", [[], [row(KINDS)]], ids=["alone", "beside the whole check"])
def test_a_named_case_that_there_is_not_is_said(select, provider, more):
    found, empty = collected(select(row(f"{KINDS}[text]"), row(f"{KINDS}[fax]"), *more), KINDS, "event_kinds", provider)

    assert "text" in found and "fax" not in found and empty == [(f"{KINDS}[fax]", "whatsable")]


def test_a_table_without_any_of_the_named_cases_leaves_the_check_empty(select, provider):
    found, empty = collected(select(row(f"{KINDS}[fax]")), KINDS, "event_kinds", provider)

    assert found == [] and set(empty) == {(KINDS, "whatsable"), (f"{KINDS}[fax]", "whatsable")}


def test_a_check_without_a_table_is_made_once_a_subject(select, provider):
    found = Collected()

    assert parametrize(found, KINDS, select(row(KINDS)), {}) == [] and found.rows == ["whatsable"]


A = "receiver.signature.a"


def test_a_requirement_is_decided_by_the_case_that_it_names(report):
    rows = [{"id": "H-1", "checks": [f"{A}[x]"]}, {"id": "H-2", "checks": [f"{A}[y]"], "level": "SHOULD"}]
    rows += [{"id": "H-3", "checks": [A], "level": "MAY"}]
    lines = [check(A, case="x"), check(A, "unmet", "y", message="seen"), check(A, case="z")]
    found = report([begin(rows, [(A, "x"), (A, "y"), (A, "z")]), *lines, END])

    assert [line["verdict"] for line in found["requirements"]] == ["pass", "warn", "info"]
    assert [line["message"] for line in found["requirements"]] == ["", "seen", "seen"]
    assert [line["level"] for line in found["checks"]] == ["MUST", "SHOULD", "MAY"]
    assert [line["requirements"] for line in found["checks"]] == [["H-1", "H-3"], ["H-2", "H-3"], ["H-3"]]


def test_a_requirement_whose_case_there_is_not_is_not_applicable(report):
    rows = [{"id": "H-1", "checks": [f"{A}[fax]"]}, {"id": "H-2", "checks": [f"{A}[y]"]}]
    found = report([begin(rows, [(A, "x")], without_cases=[[f"{A}[fax]", "hooks"]]), check(A, case="x"), END])

    assert [(line["verdict"], line["reason"]) for line in found["requirements"]] == [
        ("not_applicable", None), ("inconclusive", "not_run"),
    ]  # fmt: skip

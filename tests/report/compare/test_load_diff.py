"""Two load runs side by side: what became of each scenario, and what counts as a regression."""

import pytest
from click.testing import CliRunner

from hookproof.cli import main
from hookproof.evidence.lines import TargetRecord
from hookproof.report.compare import diff, load_diff
from hookproof.report.results import stored
from hookproof.report.words import history
from tests.journals.page import Page
from tests.report.conftest import scenario


def _capacity(found, rate, low=None, high=None):
    low = rate if low is None else low
    return {"name": "capacity", "verdict": "met", "effects": None, "numbers": None, "search": {
        "found": found, "rate": rate, "low": low, "high": high, "confirmed": 3, "stages": 3, "broke": "", "said": "",
        "steps": []}}  # fmt: skip


@pytest.mark.parametrize(
    "before, now, regressed",
    [
        (("capacity", 1_000, 1_000, 1_040), ("capacity", 700, 700, 730), True),
        (("capacity", 1_000, 1_000, 1_040), ("capacity", 980, 980, 1_020), False),
        (("capacity", 1_000, 1_000, 1_040), ("capacity", 1_500, 1_500, 1_550), False),
        (("at_least", 1_000, 1_000, None), ("capacity", 900, 900, 940), True),
        (("capacity", 1_000, 1_000, 1_040), ("at_least", 700, 700, None), False),
        (("capacity", 1_000, 1_000, 1_040), ("below", 5, 0, 5), True),
        (("capacity", 1_000, 1_000, 1_040), ("undecided", 0, 0, None), False),
    ],
)
def test_a_capacity_regresses_when_it_falls_by_more_than_is_open(before, now, regressed):
    old, new = ({"scenarios": [_capacity(*side)]} for side in (before, now))

    assert any(one.regressed for one in load_diff.compare(old, new)) is regressed


def test_a_diff_tells_what_became_of_each_scenario(report, whole, run, lines, tmp_path):
    stages = [line for line in lines if line["type"] == "load_scenario" and line["scenario"] == "burst"]
    worse = [
        {**line, "judgement": {**line["judgement"], "verdict": "missed", "reasons": ["late"]}}
        if line["type"] == "load_stage" and line["scenario"] == "burst"
        else {**line, "verdict": "missed"}
        if line in stages
        else line
        for line in lines
    ]
    report(worse, tmp_path / "new")
    made = CliRunner().invoke(main, ["diff", str(run), str(tmp_path / "new")])

    assert made.exit_code == 1
    assert "  burst: met → missed" in made.output
    assert "1 load scenario regressed" in made.output
    same = diff.compare(*[stored.read(run)] * 2)
    assert (same.load, same.failing, same.sentence) == ([], False, "nothing changed")
    found = diff.compare(stored.read(run), stored.read(tmp_path / "new"))
    assert "burst: met → missed" in diff.markdown(found)
    assert "burst: met → missed" in Page(diff.page(found)).text()


def test_a_load_run_is_not_what_a_run_of_checks_is_compared_with(run, whole):
    assert list(history.lines(run.parent / "later", TargetRecord(**whole["target"]))) == []


def test_a_load_run_stands_in_a_matrix_without_requirements(run):
    made = CliRunner().invoke(main, ["matrix", str(run)])

    assert (made.exit_code, "Objective missed" in made.output) == (0, True)


def test_what_was_under_way_when_a_run_was_killed_is_no_change(whole):
    burst = scenario(whole, "burst")
    cut = {**burst, "complete": False, "numbers": {**burst["numbers"], "acknowledged": 1_400}}

    assert load_diff.compare({"scenarios": [burst]}, {"scenarios": [cut]}) == []
    over = {**cut, "complete": True}
    assert load_diff.compare({"scenarios": [burst]}, {"scenarios": [over]})[0].told == (
        "acknowledged in time 100 % → 93.3 %",
    )


def test_more_lost_effects_regress(whole):
    old = scenario(whole, "duplicates")
    better = {**old, "effects": {**old["effects"], "lost": 0}}

    assert load_diff.compare({"scenarios": [better]}, {"scenarios": [old]})[0].regressed
    assert load_diff.compare({"scenarios": [old]}, {"scenarios": [better]})[0].told == (
        "acknowledged but never processed 2 → 0",
    )

"""A load run's journal becomes results, a page and every other format, however it ended."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest

from hookproof.report import FORMATS, ReportError, remake, write
from hookproof.report.results import stored
from hookproof.report.words import load_words
from tests.journals import load
from tests.report.conftest import scenario

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "specs" / "schema" / "results.schema.json").read_text("utf-8"))


def test_results_follow_their_schema_and_both_validators_agree(report, whole, lines):
    for found in (whole, report(lines[:20]), report(lines[:1])):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
        jsonschema_rs.validator_for(SCHEMA).validate(found)


def test_a_run_says_of_each_scenario_what_was_found(whole):
    found = whole

    assert (found["verdict"], found["load"]["verdict"], found["complete"], found["exit"]) == (
        "nonconformant", "missed", True, 12,
    )  # fmt: skip
    assert {one["name"]: one["verdict"] for one in found["load"]["scenarios"]} == {
        "capacity": "met", "burst": "met", "backlog": "missed", "duplicates": "missed",
    }  # fmt: skip
    assert (found["requirements"], found["checks"], found["observer"] is None) == ([], [], False)
    assert 185 < scenario(found, "capacity")["search"]["rate"] < 215
    assert scenario(found, "capacity")["rate"] == scenario(found, "capacity")["search"]["rate"]
    assert scenario(found, "backlog")["recovery"]["course"] == "recovered"
    assert scenario(found, "burst")["numbers"]["acknowledged"] == 1_500
    assert scenario(found, "backlog")["numbers"]["latency"]["p99"] is None
    effects = scenario(found, "duplicates")["effects"]
    assert (effects["lost"], effects["duplicated"], len(effects["examples"]["lost"])) == (2, 1, 2)


def test_what_is_met_is_conformant(report, tmp_path):
    load.journal(tmp_path / "met.jsonl", lost=0, doubled=0)
    lines = [json.loads(line) for line in (tmp_path / "met.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line.get("scenario") != "backlog"]
    first = {**lines[0], "scenarios": [one for one in lines[0]["scenarios"] if one["name"] != "backlog"]}
    found = report([first, *lines[1:-1], {**lines[-1], "verdict": "met", "exit": 0}])

    assert (found["verdict"], found["load"]["verdict"]) == ("conformant", "met")
    assert report([first, *lines[1:-1]])["verdict"] == "undecided", "no end"
    said = report([first, *lines[1:-1], {**lines[-1], "verdict": "undecided", "exit": 10}])
    assert said["verdict"] == "undecided", "what the run itself did not call met"
    cut = report([first, *lines[1:-1], {**lines[-1], "verdict": "met", "interrupted": True}])
    assert (cut["verdict"], cut["complete"]) == ("undecided", False)
    assert report([first, "{broken\n", *lines[1:-1], {**lines[-1], "verdict": "met"}])["verdict"] == "undecided"


def test_a_killed_run_keeps_its_seconds_and_passes_nothing(tmp_path):
    found = write(load.journal(tmp_path / "run.jsonl", killed=True))
    burst = scenario(found, "burst")

    assert (found["verdict"], found["complete"], found["exit"]) == ("undecided", False, None)
    assert (burst["verdict"], burst["complete"], burst["reasons"]) == (
        "undecided", False, ["the run ended before it was over"],
    )  # fmt: skip
    assert (burst["numbers"]["due"], burst["numbers"]["acknowledged"]) == (3_500, 3_360)
    assert burst["seconds"]["due"] == [500] * 7
    assert scenario(found, "duplicates")["reasons"] == ["it was not run"]
    assert "This run is incomplete." in (tmp_path / "report.html").read_text("utf-8")
    assert "3 360 of 3 500 due so far" in (tmp_path / "summary.md").read_text("utf-8")
    assert json.loads((tmp_path / "badge.json").read_text())["message"].startswith("incomplete, ")


def test_a_scenario_that_was_missed_stays_missed_when_the_run_is_killed(report, lines):
    kept = [line for line in lines if line["type"] not in ("load_end", "load_scenario")]

    assert report(kept)["verdict"] == "nonconformant"


def test_a_journal_cut_anywhere_is_reported(report, lines, tmp_path):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    first = len(json.dumps(lines[0])) + 1
    for end in range(first, len(text), len(text) // 5):
        found = report([text[:end]])
        assert not found["complete"]
        assert found["verdict"] in ("undecided", "nonconformant")


def test_without_its_first_line_there_is_nothing_to_report(report, lines):
    with pytest.raises(ReportError, match="no load_begin line"):
        report(lines[1:])


def test_lines_that_are_not_as_they_should_be_are_counted(report, lines):
    bad = [{"type": "load_stage"}, {"type": "load_second", "due": -1}, {"type": "load_later", "x": 1}]

    assert report([*lines[:-1], *bad, lines[-1]])["damaged_lines"] == 2


def test_the_same_results_make_the_same_files_again(whole, run):
    before = {name: (run / name).read_bytes() for name in FORMATS}
    remake(run / "results.json")

    assert {name: (run / name).read_bytes() for name in FORMATS} == before


def test_a_long_stage_is_thinned_without_losing_a_delivery(report, lines):
    slots = [[at, 10, 10, 9, 10, 9, 1.0, 5.0 + (at == 1_234) * 900, 0.1] for at in range(3_600)]
    stage = next(line for line in lines if line["type"] == "load_stage" and line["scenario"] == "burst")
    long = {**stage, "figures": {**stage["figures"], "slots": slots}}
    seconds = scenario(report([lines[0], long]), "burst")["seconds"]

    assert (len(seconds["at_s"]), seconds["every_s"]) == (300, 12)
    assert (sum(seconds["due"]), sum(seconds["acknowledged"])) == (36_000, 32_400)
    assert max(seconds["p99_ms"]) == 905


def test_columns_of_unequal_length_are_no_results(whole, tmp_path):
    found = json.loads(json.dumps(whole))
    found["load"]["scenarios"][0]["seconds"]["due"].pop()
    (tmp_path / "results.json").write_text(json.dumps(found))

    with pytest.raises(ReportError, match="not a table"):
        stored.read(tmp_path)


# -- other formats


def test_junit_has_a_case_for_each_scenario(whole, run):
    root = ElementTree.parse(run / "junit.xml").getroot()

    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "2", "0")
    assert [case.get("name") for case in root.iter("testcase")] == ["capacity", "burst", "backlog", "duplicates"]
    assert root.find("testsuite/testcase[@name='duplicates']/failure") is not None


def test_the_badge_has_the_capacity(whole, run):
    badge = json.loads((run / "badge.json").read_text())

    assert badge["message"].startswith(f"load: {scenario(whole, 'capacity')['search']['rate']:.0f}/s · ")
    assert badge["color"] == "red"


def test_sarif_has_no_results(whole, run):
    assert json.loads((run / "results.sarif").read_text())["runs"][0]["results"] == []


def test_words_know_every_fate_and_course():
    from hookproof.load.engine.tally import Fate
    from hookproof.load.judge.recovery import Course

    assert set(load_words.FATES) == set(Fate)
    assert set(load_words.COURSES) == set(Course)

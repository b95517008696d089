"""A load run's journal becomes results, a page and every other format, however it ended."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest
from click.testing import CliRunner

from hookproof.cli import main
from hookproof.report import FORMATS, ReportError, diff, history, loadchart, loaddiff, loadtext, remake, stored, write
from hookproof.report.evidence import visible
from tests.journals import load
from tests.journals.hostile import HOSTILE
from tests.journals.page import Page
from tests.test_formats import harmless

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "specs" / "schema" / "results.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a whole run."""
    return load.journal(tmp_path_factory.mktemp("run") / "run.jsonl").parent


@pytest.fixture(scope="module")
def lines(run):
    return [json.loads(line) for line in (run / "run.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def whole(run):
    """The results of the whole run; everything made from them is in its folder."""
    return write(run / "run.jsonl")


@pytest.fixture
def report(tmp_path):
    """Write a journal of these lines, and everything made from it; return the results."""

    def make(lines, folder=tmp_path):
        folder.mkdir(exist_ok=True)
        text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
        (folder / "run.jsonl").write_text(text, "ascii")
        return write(folder / "run.jsonl")

    return make


def changed(lines, type_, **more):
    """The lines, those of one type with other values."""
    return [{**line, **more} if line["type"] == type_ else line for line in lines]


def scenario(results, name):
    return next(one for one in results["load"]["scenarios"] if one["name"] == name)


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


# The page


def test_the_page_says_it_first_and_in_tables(whole, run):
    page = Page((run / "report.html").read_text("utf-8"))
    text = " ".join(page.text().split())

    assert "Objective missed" in text
    assert "acknowledged 2 880 of 2 880 within 10 s, p99" in text
    assert "acknowledged but never processed 2; processed twice 1" in text
    assert "3 493 of 5 400 deliveries were not acknowledged within 10 s: 3 493 timed out" in text
    assert page.tags["svg"] > 12 and page.values("role").count("img") == 13
    assert all(title for title in page.values("aria-labelledby"))
    assert {f"load-{number}" for number in range(1, 5)} <= set(page.values("id"))
    assert (page.tags["script"], page.tags["style"], page.values("style")) == (1, 1, [])


def _poisoned(lines, payload):
    """The journal with the payload wherever a target or a user can put text."""
    for line in lines:
        match line["type"]:
            case "load_begin":
                named = [{**one, "about": payload, "arrivals": {payload[:40]: payload}} for one in line["scenarios"]]
                target = {**line["target"], "url": payload, "provider": [payload[:60]]}
                yield {**line, "scenarios": named, "target": target, "command": payload, "observer": payload}
            case "load_stage":
                judgement = {**line["judgement"], "reasons": [payload], "said": payload, "broke": payload}
                effects = line["effects"] and {
                    **line["effects"],
                    "examples": {"lost": [payload], payload[:9]: [payload]},
                }
                recovery = line["recovery"] and {**line["recovery"], "evidence": payload}
                yield {**line, "judgement": judgement, "effects": effects, "recovery": recovery}
            case "load_scenario" | "load_end":
                yield {**line, "reasons": [payload]}
            case "load_search":
                steps = [{**step, "said": payload} for step in line["result"]["steps"]]
                yield {**line, "result": {**line["result"], "said": payload, "broke": payload, "steps": steps}}
            case _:
                yield line


@pytest.fixture(scope="module")
def plain(lines, tmp_path_factory):
    """The page with a harmless text in the same places."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _poisoned(lines, "plain")))
    write(folder / "run.jsonl")
    return Page((folder / "report.html").read_text("utf-8"))


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_text_of_others_stays_text_in_every_format(report, plain, lines, tmp_path, payload):
    report(_poisoned(lines, payload))
    found = Page((tmp_path / "report.html").read_text("utf-8"))
    assert set(found.tags) == set(plain.tags)
    assert {name for _, name, _ in found.attributes} == {name for _, name, _ in plain.attributes}
    assert set(found.values("id")) == set(plain.values("id"))
    assert visible(found.text()) == found.text()
    assert harmless((tmp_path / "summary.md").read_text("utf-8")) <= {
        "heading", "paragraph", "bullet_list", "list_item", "strong", "fence",
    }  # fmt: skip
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert all(visible(part) == part for part in root.itertext())


def test_names_of_scenarios_stay_text(report, lines, tmp_path):
    named = [{**one, "name": HOSTILE["script"]} for one in lines[0]["scenarios"]]
    report([{**lines[0], "scenarios": named}, *lines[1:]])

    assert Page((tmp_path / "report.html").read_text("utf-8")).tags["img"] == 0


# The charts


def _lines(drawing, kind):
    found = re.findall(rf'<polyline class="line {kind}" points="([^"]*)"', drawing)
    return [[tuple(map(float, point.split(","))) for point in piece.split()] for piece in found]


def test_the_deadline_is_drawn_in_above_what_was_in_time(whole):
    burst = scenario(whole, "burst")
    drawing = loadchart.by_percentile(burst)
    at = float(re.search(r'class="goal" x1="0" x2="100%" y1="([\d.]+)"', drawing)[1]) - loadchart.TOP
    points = _lines(drawing, "latency")[0]

    assert "deadline 10 s" in drawing
    assert all(y > at for _, y in points), "lower on the screen, so faster"
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[-1][0] == 1_000


def test_lines_over_time_break_where_there_is_nothing(whole):
    burst = scenario(whole, "burst")

    assert len(_lines(loadchart.over_time(burst), "latency")) == 3, "three bursts, quiet in between"
    assert len(_lines(loadchart.rates(burst), "due")) == 1, "a rate of 0 is a rate"


def test_the_search_is_drawn_stage_by_stage(whole):
    search = scenario(whole, "capacity")["search"]
    drawing = loadchart.searched(search)

    assert len(_lines(drawing, "path")[0]) == len(search["steps"])
    assert drawing.count('class="yes"') == sum(step["verdict"] == "met" for step in search["steps"])
    assert drawing.count('class="no"') == sum(step["verdict"] == "missed" for step in search["steps"])


def test_what_failed_is_drawn_as_bars(whole):
    backlog = scenario(whole, "backlog")
    seconds = backlog["seconds"]
    failed = [ended - kept for ended, kept in zip(seconds["ended"], seconds["acknowledged"], strict=True)]

    assert sum(failed) == 3_493
    assert loadchart.rates(backlog).count('class="failed"') == sum(count > 0 for count in failed)


# Other formats


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


# Two runs


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

    assert any(one.regressed for one in loaddiff.compare(old, new)) is regressed


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
    assert (same.load, same.regressed, same.sentence) == ([], False, "nothing changed")
    found = diff.compare(stored.read(run), stored.read(tmp_path / "new"))
    assert "burst: met → missed" in diff.markdown(found)
    assert "burst: met → missed" in Page(diff.page(found)).text()


def test_a_scenario_may_have_a_deadline_of_its_own(report, lines, tmp_path):
    named = [{**one, "deadline_s": 2.5} if one["name"] == "burst" else one for one in lines[0]["scenarios"]]
    burst = scenario(report([{**lines[0], "scenarios": named}, *lines[1:]]), "burst")

    assert "within 2.5 s" in loadtext.line(burst)
    assert "deadline 2.5 s" in loadchart.over_time(burst)
    assert "Objective: 99.9 % acknowledged within 2.5 s." in (tmp_path / "report.html").read_text("utf-8")


def test_a_load_run_is_not_what_a_run_of_checks_is_compared_with(run, whole):
    assert list(history.lines(run.parent / "later", whole["target"])) == []


def test_a_load_run_stands_in_a_matrix_without_requirements(run):
    made = CliRunner().invoke(main, ["matrix", str(run)])

    assert (made.exit_code, "Objective missed" in made.output) == (0, True)


def test_what_was_under_way_when_a_run_was_killed_is_no_change(whole):
    burst = scenario(whole, "burst")
    cut = {**burst, "complete": False, "numbers": {**burst["numbers"], "acknowledged": 1_400}}

    assert loaddiff.compare({"scenarios": [burst]}, {"scenarios": [cut]}) == []
    over = {**cut, "complete": True}
    assert loaddiff.compare({"scenarios": [burst]}, {"scenarios": [over]})[0].told == (
        "acknowledged in time 100 % → 93.3 %",
    )


def test_more_lost_effects_regress(whole):
    old = scenario(whole, "duplicates")
    better = {**old, "effects": {**old["effects"], "lost": 0}}

    assert loaddiff.compare({"scenarios": [better]}, {"scenarios": [old]})[0].regressed
    assert loaddiff.compare({"scenarios": [old]}, {"scenarios": [better]})[0].told == (
        "acknowledged but never processed 2 → 0",
    )


def test_words_know_every_fate_and_course():
    from hookproof.load.recovery import Course
    from hookproof.load.tally import Fate

    assert set(loadtext.FATES) == set(Fate)
    assert set(loadtext.COURSES) == set(Course)


def test_a_second_in_which_almost_nothing_was_acknowledged_is_not_shown_as_a_fast_one():
    """Two of 300 answered at once, and the rest not at all."""
    columns = {"every_s": 1.0, "at_s": [0.0, 1.0], "due": [300, 300], "sent": [300, 300], "done": [300, 2],
               "acknowledged": [300, 2], "ended": [300, 300], "p50_ms": [1.0, 1.0], "p99_ms": [2.0, 2.0],
               "lag_ms": [0.1, 0.1]}  # fmt: skip

    assert [row[5] for row in loadtext.seconds(columns)] == ["2 ms", "not in time"]
    drawn = loadchart.over_time({"seconds": columns, "deadline_s": 1.5})
    assert "not in time" in drawn

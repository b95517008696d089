"""The page of a load run: what it says first, its tables and charts, and text of others that stays text."""

import json
import re
from xml.etree import ElementTree

import pytest

from hookproof.report import write
from hookproof.report.drawings import load_chart
from hookproof.report.words import load_words
from hookproof.report.words.evidence import visible
from tests.journals.hostile import HOSTILE
from tests.journals.page import Page
from tests.report.conftest import scenario
from tests.report.formats.test_formats import harmless


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


# -- charts


def _lines(drawing, kind):
    found = re.findall(rf'<polyline class="line {kind}" points="([^"]*)"', drawing)
    return [[tuple(map(float, point.split(","))) for point in piece.split()] for piece in found]


def test_the_deadline_is_drawn_in_above_what_was_in_time(whole):
    burst = scenario(whole, "burst")
    drawing = load_chart.by_percentile(burst)
    at = float(re.search(r'class="goal" x1="0" x2="100%" y1="([\d.]+)"', drawing)[1]) - load_chart.TOP
    points = _lines(drawing, "latency")[0]

    assert "deadline 10 s" in drawing
    assert all(y > at for _, y in points), "lower on the screen, so faster"
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[-1][0] == 1_000


def test_lines_over_time_break_where_there_is_nothing(whole):
    burst = scenario(whole, "burst")

    assert len(_lines(load_chart.over_time(burst), "latency")) == 3, "three bursts, quiet in between"
    assert len(_lines(load_chart.rates(burst), "due")) == 1, "a rate of 0 is a rate"


def test_the_search_is_drawn_stage_by_stage(whole):
    search = scenario(whole, "capacity")["search"]
    drawing = load_chart.searched(search)

    assert len(_lines(drawing, "path")[0]) == len(search["steps"])
    assert drawing.count('class="yes"') == sum(step["verdict"] == "met" for step in search["steps"])
    assert drawing.count('class="no"') == sum(step["verdict"] == "missed" for step in search["steps"])


def test_what_failed_is_drawn_as_bars(whole):
    backlog = scenario(whole, "backlog")
    seconds = backlog["seconds"]
    failed = [ended - kept for ended, kept in zip(seconds["ended"], seconds["acknowledged"], strict=True)]

    assert sum(failed) == 3_493
    assert load_chart.rates(backlog).count('class="failed"') == sum(count > 0 for count in failed)


def test_a_scenario_may_have_a_deadline_of_its_own(report, lines, tmp_path):
    named = [{**one, "deadline_s": 2.5} if one["name"] == "burst" else one for one in lines[0]["scenarios"]]
    burst = scenario(report([{**lines[0], "scenarios": named}, *lines[1:]]), "burst")

    assert "within 2.5 s" in load_words.line(burst)
    assert "deadline 2.5 s" in load_chart.over_time(burst)
    assert "Objective: 99.9 % acknowledged within 2.5 s." in (tmp_path / "report.html").read_text("utf-8")


def test_a_second_in_which_almost_nothing_was_acknowledged_is_not_shown_as_a_fast_one():
    """Two of 300 answered at once, and the rest not at all."""
    columns = {"every_s": 1.0, "at_s": [0.0, 1.0], "due": [300, 300], "sent": [300, 300], "done": [300, 2],
               "acknowledged": [300, 2], "ended": [300, 300], "p50_ms": [1.0, 1.0], "p99_ms": [2.0, 2.0],
               "lag_ms": [0.1, 0.1]}  # fmt: skip

    assert [row[5] for row in load_words.seconds(columns)] == ["2 ms", "not in time"]
    drawn = load_chart.over_time({"seconds": columns, "deadline_s": 1.5})
    assert "not in time" in drawn

"""Attempts on a time axis: small, well-formed, to be read aloud, and no label over another, wide or narrow."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from hookproof.report.drawings.timeline import Moment, draw
from hookproof.report.words.evidence import visible
from tests.journals.hostile import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
DAYS_3 = 3 * 86400
CHAR_PX, LINE_PX = 7.2, 14


def _series(count, span_s, factor=1.0, answers=("500", "no answer", "refused", "reset")):
    """So many attempts within that time, each gap `factor` times the one before, the last acknowledged."""
    places = [sum(factor**n for n in range(end)) for end in range(count)]
    last = count - 1
    return [
        Moment(place / max(places) * span_s, 0.05, "200" if n == last else answers[n % len(answers)], n == last)
        for n, place in enumerate(places)
    ]


def _px(length, width):
    return float(length[:-1]) / 100 * width if length.endswith("%") else float(length)


def _boxes(svg, width):
    """Roughly where each text stands: left, top, right, bottom."""
    for node in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        long, x, y = len(node.text) * CHAR_PX, _px(node.get("x"), width), float(node.get("y"))
        left = x - {"number": 1, "gap": 1, "at": 0.5}.get(node.get("class"), 0) * long
        yield left, y - LINE_PX + 3, left + long, y + 3, node.text


@pytest.mark.parametrize("width", [290, 700])
@pytest.mark.parametrize("factor", [1.0, 1.9])
@pytest.mark.parametrize("span_s", [12, DAYS_3])
@pytest.mark.parametrize("count", [2, 6, 20])
def test_labels_stand_apart_and_inside(count, span_s, factor, width):
    svg = draw(_series(count, span_s, factor))
    boxes = list(_boxes(svg, width))
    height = float(ElementTree.fromstring(svg).get("height"))
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    assert all(
        left >= 0 and top >= -1 and right <= width + 1 and bottom <= height for left, top, right, bottom, _ in boxes
    )
    assert len(svg.encode()) <= 20_000


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_answers_are_only_ever_text(payload):
    series = [Moment(n, 0.1, payload * 50, False) for n in range(20)]
    svg = draw(series, title=payload)
    root = ElementTree.fromstring(svg)
    tags = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "text", "line", "rect", "path", "circle"}
    assert not any(name.startswith("on") or name in ("style", "href") for node in root.iter() for name in node.attrib)
    assert all(visible(text) == text for text in root.itertext())
    assert len(svg.encode()) <= 20_000


def test_every_attempt_says_what_happened():
    root = ElementTree.fromstring(draw([Moment(5, 2, "no answer", False), Moment(6.6, 0.01, "200", True)], "evt_1"))
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert texts[-2:] == ["acknowledged", "not acknowledged"]
    assert {"no answer", "200", "+1.6 s"} <= set(texts)
    assert root.find(f"{SVG}title").text == "evt_1"
    assert root.find(f"{SVG}desc").text == (
        "Attempt 1, at the start: no answer in 2 s, not acknowledged. "
        "Attempt 2, 1.6 s after the one before: 200 in 10 ms, acknowledged"
    )
    rows = root.findall(f"{SVG}g")[1:]
    shapes = [[node.tag.removeprefix(SVG) for node in row.find(f"{SVG}svg")] for row in rows]
    assert shapes == [["path"], ["circle"]]


def test_bars_are_as_long_as_the_attempts_were_open():
    svg = draw([Moment(0, 5, "no answer", False), Moment(5, 2.5, "200", True)])
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)%"', svg)]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.02)


@pytest.mark.parametrize("series, scale, ticks", [
    (_series(6, 12), "time", ["0", "5 s", "10 s"]),
    (_series(2, DAYS_3), "time", ["0", "1 d", "2 d", "3 d"]),
    ([Moment(at_s, 0.1, "500", False) for at_s in (0, 5, 305, 9305, DAYS_3)], "time (log)", ["0", "5 min", "4 h"]),
])  # fmt: skip
def test_the_axis_suits_the_time_and_its_ticks_are_round(series, scale, ticks):
    texts = [(node.get("class"), node.text) for node in ElementTree.fromstring(draw(series)).iter(f"{SVG}text")]
    assert ("axis", scale) in texts
    assert [text for kind, text in texts if kind == "at"] == ticks


@pytest.mark.parametrize("series", [
    [], [Moment(0, 0, "", True)], [Moment(3, 0, "500", False)] * 3,
    [Moment(0, 1e9, "500", False), Moment(1e9, 0, "", True)],
    [Moment(0, 0, "500", False), Moment(1e-9, 0, "500", False), Moment(1e9, 0, "500", False)],
], ids=["none", "one", "at once", "thirty years", "both"])  # fmt: skip
def test_odd_series_can_be_drawn(series):
    assert ElementTree.fromstring(draw(series)).get("class") == "moments"


def test_of_very_many_attempts_the_first_and_the_last_are_drawn():
    svg = draw(_series(500, DAYS_3))
    texts = [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "476 more" in texts and "500" in texts and "17" not in texts
    assert len(svg.encode()) <= 20_000

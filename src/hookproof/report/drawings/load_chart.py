"""The charts of a load, as SVG that a strict policy lets through. Their looks are in reports/page/load.css.

Lines are drawn in a plot that stretches; grid and text stand in percent and pixels around it and do not stretch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from hookproof.evidence.lines import Json
from hookproof.report.words.load_words import WORDS, capacity, in_time, latency
from hookproof.wording import number

Point: TypeAlias = tuple[float, float]

TOP, PLOT, FOOT = 14, 170, 24
_WIDE, _LINE_PX = 1000, 14

_FIGURE = Markup(
    '<svg class="chart" role="img" width="100%" height="{height}" xmlns="http://www.w3.org/2000/svg">'
    "<title>{title}</title><desc>{desc}</desc>{inside}</svg>"
)
_PLOT = Markup(
    '<svg x="0" y="{top}" width="100%" height="{high}" viewBox="0 0 1000 {high}" preserveAspectRatio="none">'
    "{inside}</svg>"
)
_LINE = Markup('<polyline class="{kind}" points="{points}"/>')
_BAR = Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>')
_GRID = Markup('<line class="{kind}" x1="0" x2="100%" y1="{y}" y2="{y}"/>')
_TICK = Markup('<line class="tick" x1="{x}%" x2="{x}%" y1="{top}" y2="{y}"/>')
_TEXT = Markup('<text class="{kind}" x="{x}" y="{y}">{text}</text>')
_MARK = Markup('<svg x="{x}%" y="{y}" overflow="visible" width="1" height="1"><title>{title}</title>{shape}</svg>')
_SHAPES = {
    "met": Markup('<circle class="yes" r="5"/>'),
    "missed": Markup('<path class="no" d="M-5-5 5 5M-5 5 5-5"/>'),
    "undecided": Markup('<circle class="maybe" r="5"/>'),
}


@dataclass(frozen=True)
class _Scale:
    """Values made into places from 0 to 1; by their logarithm if `low` is above 0 and it is said so."""

    low: float
    high: float
    log: bool = False

    def part(self, value: float) -> float:
        low, high, value = self.low, self.high, max(self.low, min(self.high, value))
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Pixels from the top of the plot."""
        return round((1 - self.part(value)) * PLOT, 1)


def by_percentile(scenario: Json) -> Markup:
    """Latency by percentile, each nine as wide as the one before: from due, and from sent."""
    deadline_s = scenario["deadline_s"]
    curves = {name: points for name, points in scenario["curves"].items() if points}
    most = max((_nines(points) for points in curves.values()), default=1.0)
    scale = _latencies((ms for points in curves.values() for _, ms in points), deadline_s)
    lines = {
        f"line {name}": [[(min(_nine(share), most) / most, scale.part(ms)) for share, ms in points]]
        for name, points in curves.items()
    }
    ticks = [(nine / most, f"{100 - 100 * 10**-nine:g} %") for nine in range(int(most) + 1)]
    known = scenario["numbers"]["latency"]
    said = ", ".join(
        f"{name} {latency(known[name])}" for name in ("p50", "p90", "p99", "p99.9", "p100") if name in known
    )
    return _drawn("Latency by percentile", f"From due: {said}", _time_grid(scale, deadline_s), ticks, lines)


def over_time(scenario: Json) -> Markup:
    """Latency over time, by when deliveries were due: the median and the 99th percentile of each stretch.

    Where so many were not acknowledged in time, they are drawn at the deadline, which is less than they were.
    """
    columns, deadline_s = scenario["seconds"], scenario["deadline_s"]
    shown = {
        kind: _at_least(columns, name, share, deadline_s)
        for kind, name, share in (("latency", "p99_ms", 0.99), ("service", "p50_ms", 0.5))
    }
    values = [ms for known in shown.values() for ms in known if ms]
    scale = _latencies(values, deadline_s)
    across = _across(columns)
    lines = {f"line {kind}": _pieces(columns["at_s"], known, across, scale) for kind, known in shown.items()}
    worst = max(values, default=0.0)
    said = latency(worst if worst < deadline_s * 1e3 else None)
    desc = f"The 99th percentile of the worst stretch is {said}"
    return _drawn("Latency over time", desc, _time_grid(scale, deadline_s), _time_ticks(across), lines)


def _at_least(columns: Json, name: str, share: float, deadline_s: float) -> list[float | None]:
    """A percentile over time in milliseconds: the deadline where it is not in time, None where nothing is known."""
    counted = zip(columns[name], columns["acknowledged"], columns["ended"], strict=True)
    return [
        known if known is None or in_time(kept, ended, share) else deadline_s * 1e3 for known, kept, ended in counted
    ]


def rates(scenario: Json) -> Markup:
    """Rates over time: due, sent, acknowledged as they came, and bars for what was due then and was late or lost."""
    columns, every_s = scenario["seconds"], scenario["seconds"]["every_s"]
    per_second = {
        name: [count / every_s for count in columns[name]] for name in ("due", "sent", "done", "ended", "acknowledged")
    }
    top = max((rate for name in ("due", "done") for rate in per_second[name]), default=1.0) or 1.0
    step = _round_up(top / 3)
    scale, across = _Scale(0.0, top * 1.05), _across(columns)
    grid = [(scale.y(step * count), f"{number(step * count)}/s", "grid") for count in range(int(top / step) + 1)]
    failed = [ended - kept for ended, kept in zip(per_second["ended"], per_second["acknowledged"], strict=True)]
    width = round(_WIDE * every_s / across.high, 2)
    bars = [
        _BAR.format(
            kind="failed",
            x=round(_WIDE * across.part(at_s), 2),
            y=scale.y(rate),
            width=width,
            height=round(PLOT - scale.y(rate), 1),
        )
        for at_s, rate in zip(columns["at_s"], failed, strict=True)
        if rate > 0
    ]
    lines = {
        f"line {name}": _pieces(columns["at_s"], per_second[name], across, scale) for name in ("due", "sent", "done")
    }
    desc = f"Up to {number(top)} deliveries a second; {number(sum(failed) * every_s)} were late or lost"
    return _drawn("Rate due, sent and acknowledged over time", desc, grid, _time_ticks(across), lines, bars)


def searched(search: Json) -> Markup:
    """The search for capacity: the rate of each stage, one after the other, and whether it was met."""
    steps = search["steps"]
    found = [step["rate"] for step in steps]
    scale = _Scale(min(found) / 1.3, max(found) * 1.3, log=True)
    place = [(at + 0.5) / len(steps) for at in range(len(steps))]
    marks = [
        _MARK.format(
            x=round(100 * x, 2),
            y=TOP + scale.y(step["rate"]),
            title=f"{number(step['rate'])}/s {step['phase']}: {WORDS[step['verdict']][0].lower()}",
            shape=_SHAPES[step["verdict"]],
        )
        for x, step in zip(place, steps, strict=True)
    ]
    best = [(scale.y(search["rate"]), capacity(search), "best")] if search["low"] else []
    decades = [(scale.y(rate), f"{number(rate)}/s", "grid") for rate in _decades(scale)]
    grid = [one for one in decades if all(abs(one[0] - y) > _LINE_PX for y, _, _ in best)] + best
    lines = {"line path": [[(x, scale.part(rate)) for x, rate in zip(place, found, strict=True)]]}
    ticks = [(x, str(at)) for at, x in enumerate(place, start=1) if len(steps) <= 12 or at % 5 == 0 or at == 1]
    desc = "; ".join(f"{number(step['rate'])}/s {WORDS[step['verdict']][0].lower()}" for step in steps)
    return _drawn("The search for capacity, stage by stage", desc, grid, ticks, lines, over=marks)


def _drawn(
    title: str,
    desc: str,
    grid: Sequence[tuple[float, str, str]],
    ticks: Sequence[tuple[float, str]],
    lines: dict[str, list[list[Point]]],
    bars: Sequence[Markup] = (),
    over: Sequence[Markup] = (),
) -> Markup:
    """Grid (pixels, text, class), ticks (0 to 1, text), bars, then lines (class: pieces of points), then marks."""
    bottom = TOP + PLOT
    pieces = [_GRID.format(kind=kind, y=TOP + y) for y, _, kind in grid]
    pieces += [_TICK.format(x=round(100 * x, 2), top=bottom, y=bottom + 5) for x, _ in ticks]
    drawn = [
        _LINE.format(kind=kind, points=" ".join(f"{_WIDE * x:.1f},{(1 - y) * PLOT:.1f}" for x, y in piece))
        for kind, found in lines.items()
        for piece in found
    ]
    pieces.append(_PLOT.format(top=TOP, high=PLOT, inside=Markup("").join([*bars, *drawn])))
    for y, text, kind in grid:
        end = kind == "goal"
        pieces.append(
            _TEXT.format(kind=f"{kind} side" if end else kind, x="100%" if end else 0, y=TOP + y - 4, text=text)
        )
    for x, text in ticks:
        side = "first" if x < 0.04 else "last" if x > 0.94 else "at"
        pieces.append(_TEXT.format(kind=side, x=f"{round(100 * x, 2)}%", y=bottom + 18, text=text))
    inside = Markup("").join([*pieces, *over])
    return _FIGURE.format(height=bottom + FOOT, title=title, desc=desc, inside=inside)


def _nine(share: float) -> float:
    """How many nines a share is: 90 % is one, 99 % is two."""
    return -math.log10(1 - share) if share < 1 else math.inf


def _nines(points: Sequence[Sequence[float]]) -> float:
    return max([1.0, *(_nine(share) + 0.2 for share, _ in points if share < 1)])


def _latencies(values: Iterable[float], deadline_s: float) -> _Scale:
    """From the decade below the least to above the deadline and the greatest."""
    found = [max(ms, 0.01) for ms in values] or [1.0]
    return _Scale(10 ** math.floor(math.log10(min(found))), max(max(found), deadline_s * 1e3) * 1.6, log=True)


def _time_grid(scale: _Scale, deadline_s: float) -> list[tuple[float, str, str]]:
    grid = [(scale.y(ms), latency(ms) if ms < 1e3 else f"{number(ms / 1e3)} s", "grid") for ms in _decades(scale)]
    return [*grid, (scale.y(deadline_s * 1e3), f"deadline {deadline_s:g} s", "goal")]


def _decades(scale: _Scale) -> list[float]:
    first, last = math.ceil(math.log10(scale.low) - 1e-9), math.floor(math.log10(scale.high))
    return [10.0**power for power in range(first, last + 1)]


def _across(columns: Json) -> _Scale:
    return _Scale(0.0, (columns["at_s"] or [0.0])[-1] + columns["every_s"])


def _time_ticks(across: _Scale) -> list[tuple[float, str]]:
    step = _round_up(across.high / 6)
    return [(across.part(step * count), f"{step * count:g} s") for count in range(int(across.high / step + 1e-9) + 1)]


def _pieces(
    places: Sequence[float], values: Sequence[float | None], across: _Scale, scale: _Scale
) -> list[list[Point]]:
    """A line through the middle of every stretch, broken where there is no value; a lone point becomes a short dash."""
    pieces: list[list[Point]] = [[]]
    half = (across.high - places[-1]) / 2 if places else 0.0
    for at_s, value in zip(places, values, strict=True):
        missing = value is None or (scale.log and not value)
        if missing:
            pieces.append([])
        else:
            pieces[-1].append((across.part(at_s + half), scale.part(value or 0.0)))
    return [piece if len(piece) > 1 else [piece[0], (piece[0][0] + 0.004, piece[0][1])] for piece in pieces if piece]


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ... that is no smaller."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * digit for digit in (1, 2, 5, 10) if size * digit >= value * (1 - 1e-9))

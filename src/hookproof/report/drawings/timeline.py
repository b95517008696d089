"""The attempts of one delivery drawn on a time axis, a row each, as SVG that a strict policy lets through.

Positions across are percentages, so that a drawing stretches and its text does not. Its looks are in reports/page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from hookproof.evidence.lines import Moment
from hookproof.report.words.evidence import visible

__all__ = ["Moment", "draw"]

ROW_PX, AXIS_PX, LEGEND_PX = 26, 26, 24
LEFT, RIGHT = 38.0, 78.0  # percent: answers stand left of the axis, gaps right of it
FIRST, LAST = 16, 8
LABEL, TITLE = 10, 80
# Below this part of the axis, two attempts are one blot.
_APART, _TICKS_APART = 0.03, 0.3
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_ROUND_S = (
    *(number * unit for unit in (0.001, 0.01, 0.1, 1) for number in (1, 2, 5)), 10, 20, 30,
    *(number * _MINUTE for number in (1, 2, 5, 10, 20, 30)), *(number * _HOUR for number in (1, 2, 4, 6, 12)),
    *(number * _DAY for number in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)),
)  # fmt: skip

_FIGURE = Markup(
    '<svg class="moments" role="img" width="100%" height="{height}" xmlns="http://www.w3.org/2000/svg">'
    "<title>{title}</title><desc>{desc}</desc>{inside}</svg>"
)
_ROW = Markup("<g><title>{title}</title>{inside}</g>")
_TEXT = Markup('<text class="{kind}" x="{x}" y="{y}">{text}</text>')
_TICK = Markup('<line class="tick" x1="{x}%" x2="{x}%" y1="0" y2="{y}"/>')
_BAR = Markup('<rect class="{kind}" x="{x}%" y="{y}" width="{width}%" height="8"/>')
_MARK = Markup('<svg x="{x}" y="{y}" overflow="visible" width="1" height="1">{shape}</svg>')
_SHAPES = {
    True: Markup('<circle class="yes" r="5"/>'),
    False: Markup('<path class="no" d="M-4-4 4 4M-4 4 4-4"/>'),
}


@dataclass(frozen=True)
class _Axis:
    """Time made into place: evenly, or, from `bend_s` on, by its logarithm."""

    start_s: float
    span_s: float
    bend_s: float | None

    def part(self, since_s: float) -> float:
        """How far along the axis something is that happened so long after its start, 0 to 1."""
        if self.bend_s is None:
            return since_s / self.span_s
        return math.log1p(since_s / self.bend_s) / math.log1p(self.span_s / self.bend_s)

    def place(self, since_s: float) -> float:
        """Where something that happened so long after the start stands, in percent of the drawing's width."""
        return round(LEFT + (RIGHT - LEFT) * self.part(since_s), 2)

    def ticks(self) -> list[float]:
        """Round times after the start, far enough apart to be written."""
        chosen = [0.0]
        if self.bend_s is None:
            step_s = next((size for size in _ROUND_S if size >= self.span_s * _TICKS_APART), self.span_s)
            return [step_s * count for count in range(int(self.span_s / step_s + 1e-9) + 1)]
        for size in _ROUND_S:
            if size <= self.span_s and self.part(size) - self.part(chosen[-1]) >= _TICKS_APART:
                chosen.append(size)
        return chosen


def draw(attempts: Sequence[Moment], title: str = "Attempts of one delivery") -> Markup:
    """An SVG of a delivery's attempts in the order of their start; of very many, the first and the last."""
    moments = sorted(attempts, key=lambda moment: moment.at_s)
    axis = _axis(moments)
    gaps = [later.at_s - moment.at_s for moment, later in pairwise(moments)]
    words = [_words(number, moments, gaps) for number in range(len(moments))]
    shown = [*range(len(moments))] if len(moments) <= FIRST + LAST else [*range(FIRST), *range(-LAST, 0)]
    pieces = [_axis_drawn(axis, len(shown) * ROW_PX + 4)] if moments else []
    for row, number in enumerate(shown):
        number %= len(moments)
        skipped = row and number - shown[row - 1] > 1
        gap = f"{number - shown[row - 1] - 1} more" if skipped else f"+{_span(gaps[number - 1])}" if row else ""
        pieces.append(_ROW.format(title=words[number], inside=_row(row, number, moments[number], gap, axis)))
    desc = ". ".join(words[number] for number in shown) + ("" if axis.bend_s is None else ". Time is logarithmic")
    height = len(shown) * ROW_PX + AXIS_PX + LEGEND_PX
    inside = Markup("").join([*pieces, _legend(height - 8)])
    return _FIGURE.format(height=height, title=_line(title, 200), desc=desc, inside=inside)


def _axis(moments: Sequence[Moment]) -> _Axis:
    """Linear where that keeps attempts apart."""
    start_s = moments[0].at_s if moments else 0.0
    span_s = max((moment.at_s + moment.open_s - start_s for moment in moments), default=0.0) or 1.0
    gaps = [later.at_s - moment.at_s for moment, later in pairwise(moments)]
    least = min((gap for gap in gaps if gap > 0), default=span_s)
    return _Axis(start_s, span_s, None if least >= _APART * span_s else max(least, span_s * 1e-6))


def _axis_drawn(axis: _Axis, y: int) -> Markup:
    pieces = [Markup("<g>")]
    for tick in axis.ticks():
        x = axis.place(tick)
        pieces.append(_TICK.format(x=x, y=y))
        pieces.append(_TEXT.format(kind="at", x=f"{x}%", y=y + 15, text=_span(tick) if tick else 0))
    scale = "time" if axis.bend_s is None else "time (log)"
    return Markup("").join([*pieces, _TEXT.format(kind="axis", x=0, y=y + 15, text=scale), Markup("</g>")])


def _row(row: int, number: int, moment: Moment, gap: str, axis: _Axis) -> Markup:
    y = row * ROW_PX + ROW_PX // 2
    since_s = moment.at_s - axis.start_s
    x, end = axis.place(since_s), axis.place(since_s + moment.open_s)
    kind = "open yes" if moment.acknowledged else "open"
    pieces = [
        _TEXT.format(kind="number", x=18, y=y + 4, text=number + 1),
        _TEXT.format(kind="answer", x=26, y=y + 4, text=_line(moment.answer, LABEL)),
        _BAR.format(kind=kind, x=x, y=y - 4, width=round(end - x, 2)),
        _MARK.format(x=f"{x}%", y=y, shape=_SHAPES[moment.acknowledged]),
    ]
    if gap:
        pieces.append(_TEXT.format(kind="gap", x="100%", y=y - ROW_PX // 2 + 4, text=gap))
    return Markup("").join(pieces)


def _legend(y: int) -> Markup:
    pieces = []
    for x, known, text in ((7, True, "acknowledged"), (118, False, "not acknowledged")):
        pieces += [_MARK.format(x=x, y=y - 4, shape=_SHAPES[known])]
        pieces += [_TEXT.format(kind="axis", x=x + 10, y=y, text=text)]
    return Markup("").join(pieces)


def _words(number: int, moments: Sequence[Moment], gaps: Sequence[float]) -> str:
    """One attempt as a sentence, for those who do not see it."""
    moment = moments[number]
    when = f"{_span(gaps[number - 1])} after the one before" if number else "at the start"
    judged = "acknowledged" if moment.acknowledged else "not acknowledged"
    return f"Attempt {number + 1}, {when}: {_line(moment.answer, TITLE)} in {_span(moment.open_s)}, {judged}"


def _line(text: str, limit: int) -> str:
    """Text of a target in one short line."""
    shown = " ".join(visible(text[: limit * 4]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _span(span_s: float) -> str:
    """A time in the unit one would say it in, seven characters at most."""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", 1)):
        if round(span_s / size, 2) >= 1:
            number = span_s / size
            return f"{number:.0f} {unit}" if number >= 99.5 else f"{number:.{2 if unit == 'min' else 3}g} {unit}"
    if span_s >= 0.0995:
        return f"{span_s:.2g} s"
    return f"{span_s * 1000:.2g} ms" if span_s >= 0.0001 else "0 s"

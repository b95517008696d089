"""The verdicts of the last runs as a row of marks, oldest first: SVG that a strict policy lets through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from hookproof.report.words.evidence import visible

STEP, SIDE = 26, 9
"""Pixels from one run to the next, and half the width of its mark."""

_FIGURE = Markup(
    '<svg class="strip" role="img" width="{width}" height="24" viewBox="0 0 {width} 24" '
    'xmlns="http://www.w3.org/2000/svg"><title>{title}</title>{inside}</svg>'
)
_MARK = Markup('<g class="{verdict}"><title>{said}</title>{shape}<text x="{x}" y="16">{sign}</text></g>')
_SHAPES = {
    "conformant": Markup('<circle cx="{x}" cy="12" r="9"/>'),
    "nonconformant": Markup('<rect x="{left}" y="3" width="18" height="18"/>'),
    "undecided": Markup('<path d="M{left} 12 {x} 3 {right} 12 {x} 21Z"/>'),
}


def draw(runs: Sequence[dict[str, Any]]) -> Markup:
    """A mark for each run: {"verdict", "sign", "said"}; `said` is all of it in words."""
    marks = [_mark(number, run) for number, run in enumerate(runs)]
    title = "Verdicts, oldest first: " + "; ".join(visible(run["said"]) for run in runs)
    return _FIGURE.format(width=STEP * len(runs), title=title, inside=Markup("").join(marks))


def _mark(number: int, run: dict[str, Any]) -> Markup:
    x = STEP * number + STEP // 2
    shape = _SHAPES[run["verdict"]].format(x=x, left=x - SIDE, right=x + SIDE)
    return _MARK.format(verdict=run["verdict"], said=visible(run["said"]), shape=shape, x=x, sign=run["sign"])

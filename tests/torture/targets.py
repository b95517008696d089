"""One kind of client sent to every hostile target: what P1 and P13 have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tests.torture.apart import all_apart, apart
from tests.torture.figures import Figure, Scale
from tests.torture.hostile import BEHAVIOURS

SLACK_S = 0.25
MOST_MB = 32
AT_ONCE = 8
Seen = dict[str, Any]


def against_all(
    scale: Scale, attempt: Callable[[str, float], Seen], trouble: Callable[[str, Seen, float], str]
) -> tuple[Figure, float, float]:
    """What became of each target by name, how late the latest was in seconds, and how many MB the largest took."""
    within_s = 0.6 if scale.quick else 2.0
    works = [functools.partial(attempt, name, within_s) for name in BEHAVIOURS]
    found = dict(zip(BEHAVIOURS, all_apart(works, AT_ONCE), strict=True))
    figure = Figure()
    for name, seen in found.items():
        if seen["elapsed_s"] > within_s + SLACK_S:  # a machine with much else to do is late for no fault of anybody's
            seen = found[name] = apart(functools.partial(attempt, name, within_s))
        wrong = trouble(name, seen, within_s)
        figure.note(not wrong, f"{name}: {wrong}")
    late_s = max(0.0, max(seen["elapsed_s"] for seen in found.values()) - within_s)
    most_mb = max(seen["grown_mb"] for seen in found.values())
    figure.more = {"deadline_s": within_s, "late_s": round(late_s, 3), "most_mb": round(most_mb, 1)}
    return figure, late_s, most_mb


def costly(seen: Seen, within_s: float) -> str:
    """What was too much, in time or memory; empty if nothing."""
    if seen["elapsed_s"] > within_s + SLACK_S:
        return f"took {seen['elapsed_s']:.2f} s"
    return f"grew by {seen['grown_mb']:.0f} MB" if seen["grown_mb"] > MOST_MB else ""

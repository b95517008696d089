"""One line a second while a load runs: what was due, what came of it, and whether we are on time ourselves. Pure."""

from __future__ import annotations

from hookproof.figures import milliseconds, number
from hookproof.load.histogram import Histogram
from hookproof.load.stage import Stage
from hookproof.load.tally import Fate, Tally

RECENT = 3
"""Latency and lag are those of so many slots, the newest."""


def line(stage: Stage, tally: Tally) -> str:
    """The state of a stage in at most 80 characters."""
    slots = [slot for _, slot in sorted(tally.slots.items())][-RECENT:]
    recent = Histogram()
    for slot in slots:
        recent.merge(slot.latency)
    failed = sum(tally.fates.values()) - tally.acknowledged
    late = f"{number(failed)} failed" if failed != tally.of(Fate.LATE, Fate.TIMED_OUT) else f"{number(failed)} late"
    p99 = milliseconds(recent.quantile_us(0.99) / 1e6) if recent.counts else "-"
    lag = milliseconds(max((slot.lag_s for slot in slots), default=0.0))
    seconds = number(max(tally.slots, default=0) * tally.slot_s)
    due = f"{number(tally.due)} due, {number(tally.acknowledged)} acknowledged, {late}"
    return f"{stage.scenario[:10]} {seconds:>4} s  {due}, p99 {p99}, lag {lag}"[:80]

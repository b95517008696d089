"""Lines about a load while it runs: what was due, what came of it, whether the generator is on time itself. Pure."""

from __future__ import annotations

from hookproof.load.engine.histogram import Histogram
from hookproof.load.engine.tally import Fate, Tally
from hookproof.load.schedule.stage import Stage
from hookproof.wording import milliseconds, number

RECENT = 3
"""How many slots, the newest, the latency and lag of a line are about."""


def line(stage: Stage, tally: Tally) -> str:
    """The state of a stage in at most 80 characters."""
    slots = [slot for _, slot in sorted(tally.slots.items())][-RECENT:]
    recent = Histogram()
    for slot in slots:
        recent.merge(slot.latency)
    failed = sum(tally.fates.values()) - tally.acknowledged
    late = f"{number(failed)} failed" if failed != tally.of(Fate.LATE, Fate.TIMED_OUT) else f"{number(failed)} late"
    p99 = _p99(recent, sum(slot.ended for slot in slots), stage.deadline_s)
    lag = milliseconds(max((slot.lag_s for slot in slots), default=0.0))
    seconds = number(max(tally.slots, default=0) * tally.slot_s)
    due = f"{number(tally.due)} due, {number(tally.acknowledged)} acknowledged, {late}"
    return f"{stage.scenario[:10]} {seconds:>4} s  {due}, p99 {p99}, lag {lag}"[:80]


def _p99(latency: Histogram, ended: int, deadline_s: float) -> str:
    """The 99th percentile of ended attempts; one that was not acknowledged took longer than any that was."""
    if not ended:
        return "-"
    share = 0.99 * ended / latency.total if latency.total else 2.0
    return milliseconds(latency.quantile_us(share) / 1e6) if share <= 1 else f"> {deadline_s:g} s"


def figures(tally: Tally) -> str:
    """One line with the latencies, the lag and the connections of a stage that is over."""
    lag = milliseconds(tally.lag.quantile_us(0.99) / 1e6)
    times = f"p50 {within(tally, 0.5)}, p99 {within(tally, 0.99)} from due"
    return f"  {times}; our own lag p99 {lag}; {number(tally.opened)} connections"


def within(tally: Tally, share: float) -> str:
    """The time within which this share of all due attempts was acknowledged, as words."""
    if not tally.due:
        return "-"
    if tally.acknowledged < share * tally.due:
        return "not in time"
    return milliseconds(tally.latency.quantile_us(share * tally.due / tally.acknowledged) / 1e6)

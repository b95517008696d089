"""What a load run writes into its journal, line by line: enough for a report even if the run is killed. No clock.

The report reads these lines and knows nothing else of a load: figures that need a histogram are worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from hookproof.journal import Journal
from hookproof.load.arrivals import Arrivals
from hookproof.load.effects import Effects
from hookproof.load.histogram import Histogram
from hookproof.load.objective import Judgement, Objective, Standing
from hookproof.load.recovery import Recovery
from hookproof.load.search import Capacity
from hookproof.load.tally import Slot, Tally

Json: TypeAlias = dict[str, Any]

SCHEMA = "hookproof/journal/1"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p100": 1.0}
STEPS = 8
"""Points of the curve for each further nine: 90 %, 99 %, 99.9 %."""


@dataclass(frozen=True)
class Planned:
    """A scenario as the run means to make it; `about` is its docstring, `objective` its own if it is not the run's."""

    name: str
    about: str
    arrivals: Arrivals
    objective: Objective | None = None

    def plain(self) -> Json:
        arrivals = self.arrivals
        known = {"duration_s": arrivals.duration_s, "deliveries": arrivals.deliveries}
        own = {"deadline_s": self.objective.deadline_s, "min_ok": self.objective.min_ok} if self.objective else {}
        return {"name": self.name, "about": self.about, "arrivals": arrivals.plain(), **known, **own}


def begin(
    journal: Journal,
    *,
    run: str,
    started: str,
    version: str,
    command: str,
    url: str,
    providers: Sequence[str],
    objective: Objective,
    seed: int,
    scenarios: Sequence[Planned],
    workers: int = 1,
    observer: str | None = None,
) -> None:
    """Write the first line: what is to be done. `started` is in ISO 8601, with its offset."""
    journal.write(
        "load_begin",
        schema=SCHEMA,
        run=run,
        started=started,
        version=version,
        command=command,
        target={"url": url, "role": ["receiver"], "provider": list(providers)},
        deadline_s=objective.deadline_s,
        min_ok=objective.min_ok,
        max_lag_s=objective.max_lag_s,
        seed=seed,
        scenarios=[planned.plain() for planned in scenarios],
        workers=workers,
        observer=observer,
    )


def second(
    journal: Journal,
    *,
    scenario: str,
    stage: int,
    second: int,
    due: int,
    sent: int,
    acknowledged: int,
    ended: int,
    p99_ms: float,
    lag_ms: float,
) -> None:
    """Write what happened in one second of a stage, at once: counts of that second alone."""
    counts = {"due": due, "sent": sent, "acknowledged": acknowledged, "ended": ended}
    seen = {"p99_ms": round(p99_ms, 3), "lag_ms": round(lag_ms, 3)}
    journal.write("load_second", scenario=scenario, stage=stage, second=second, **counts, **seen)


def stage(
    journal: Journal,
    *,
    scenario: str,
    stage: int,
    rate: float,
    tally: Tally,
    judgement: Judgement,
    effects: Effects | None = None,
    recovery: Recovery | None = None,
    workers: int = 1,
) -> None:
    """Write what a stage that is over came to: its account, its figures and its verdict."""
    journal.write(
        "load_stage",
        scenario=scenario,
        stage=stage,
        rate=rate,
        figures=figures(tally),
        tally={**tally.plain(marks=False), "slots": []},
        judgement=_judged(judgement),
        effects=effects.plain() if effects else None,
        recovery=recovery.plain() if recovery else None,
        workers=workers,
    )


def search(journal: Journal, *, scenario: str, capacity: Capacity) -> None:
    """Write what the search for capacity found; after each stage if you like, the last one counts."""
    journal.write("load_search", scenario=scenario, result=capacity.plain())


def scenario(journal: Journal, *, scenario: str, verdict: Standing, reasons: Sequence[str] = ()) -> None:
    """Write that a scenario is over, and its verdict. One without this line never passes."""
    journal.write("load_scenario", scenario=scenario, verdict=str(verdict), reasons=list(reasons))


def end(
    journal: Journal,
    *,
    elapsed_s: float,
    exit_: int,
    interrupted: bool,
    verdict: Standing,
    reasons: Sequence[str] = (),
) -> None:
    """Write the last line."""
    over = {"exit": exit_, "interrupted": interrupted, "verdict": str(verdict), "reasons": list(reasons)}
    journal.write("load_end", elapsed_s=round(elapsed_s, 3), **over)


def figures(tally: Tally) -> Json:
    """A tally in the figures that a report shows, quiet slots included; latencies in milliseconds."""
    slots = tally.slots
    return {
        **{name: getattr(tally, name) for name in ("due", "deliveries", "sent", "answered", "waited", "opened")},
        "acknowledged": tally.acknowledged,
        "fates": {fate: count for fate, count in sorted(tally.fates.items()) if count},
        "statuses": [list(pair) for pair in sorted(tally.statuses.items())],
        **{name: _quantiles(getattr(tally, name), tally.due) for name in ("latency", "service")},
        "lag": _quantiles(tally.lag, tally.lag.total),
        "curves": {name: curve(getattr(tally, name), tally.due) for name in ("latency", "service")},
        "slot_s": tally.slot_s,
        "slots": [
            [place * tally.slot_s, *_slot(slots.get(place, Slot()))] for place in range(max(slots, default=-1) + 1)
        ],
    }


def curve(histogram: Histogram, due: int) -> list[tuple[float, float]]:
    """Latency by percentile: the share of all due that took at most so many milliseconds, nine by nine.

    It ends where acknowledgements end: what came late or never is no faster than what is shown.
    """
    total, points, step = histogram.total, [], 0
    while total and (share := 1 - 10 ** (-step / STEPS)) * due < total:
        points.append((round(share, 9), histogram.quantile_us(share * due / total) / 1e3))
        step += 1
        if 10 ** (step / STEPS) > due:
            break
    return [*points, (total / due, histogram.highest_us / 1e3)] if total else []


def _quantiles(histogram: Histogram, due: int) -> dict[str, float | None]:
    """Of all due; None where so many were not acknowledged in time."""
    total = histogram.total
    return {
        name: histogram.quantile_us(share * due / total) / 1e3 if 0 < share * due <= total else None
        for name, share in QUANTILES.items()
    }


def _slot(slot: Slot) -> tuple[float, ...]:
    """due, sent, acknowledged, ended, done, p50, p99, lag, the last three in milliseconds."""
    seen = slot.quantile_s(0.5), slot.quantile_s(0.99), slot.lag_s
    return slot.due, slot.sent, slot.acknowledged, slot.ended, slot.done, *(seconds * 1e3 for seconds in seen)


def _judged(judgement: Judgement) -> Json:
    return {**asdict(judgement), "verdict": str(judgement.verdict), "reasons": list(judgement.reasons)}

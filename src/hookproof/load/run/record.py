"""What a load run writes into its journal, line by line: enough for a report even if the run is killed. No clock.

The report reads these lines and knows nothing else of a load: figures that need a histogram are worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hookproof.evidence.journal import Journal
from hookproof.evidence.lines import JOURNAL, TargetRecord
from hookproof.evidence.load_lines import (
    CapacityRecord,
    EffectsRecord,
    FiguresRecord,
    JudgementRecord,
    LoadBeginLine,
    LoadEndLine,
    PlannedScenario,
    RecoveryRecord,
    ScenarioLine,
    SearchLine,
    SecondLine,
    SlotRecord,
    StageLine,
)
from hookproof.load.engine.histogram import Histogram
from hookproof.load.engine.tally import Slot, Tally
from hookproof.load.judge.objective import Judgement, LoadVerdict, Objective
from hookproof.load.judge.reconciliation import Reconciliation
from hookproof.load.judge.recovery import Recovery
from hookproof.load.judge.search import Capacity
from hookproof.load.schedule.patterns import Schedule

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p100": 1.0}
STEPS = 8
"""Points of the curve for each further nine: 90 %, 99 %, 99.9 %."""


@dataclass(frozen=True)
class Planned:
    """A scenario as the run means to make it; `about` is its docstring, `objective` its own if it is not the run's."""

    name: str
    about: str
    arrivals: Schedule
    objective: Objective | None = None

    @property
    def record(self) -> PlannedScenario:
        """The scenario as the journal's first line has it."""
        return PlannedScenario(
            name=self.name,
            about=self.about,
            arrivals=self.arrivals.plain(),
            duration_s=self.arrivals.duration_s,
            deliveries=self.arrivals.deliveries,
            deadline_s=self.objective.deadline_s if self.objective else None,
            min_ok=self.objective.min_ok if self.objective else None,
        )


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
    line = LoadBeginLine(
        schema=JOURNAL,
        run=run,
        started=started,
        version=version,
        command=command,
        target=TargetRecord(url, ["receiver"], list(providers)),
        deadline_s=objective.deadline_s,
        min_ok=objective.min_ok,
        max_lag_s=objective.max_lag_s,
        seed=seed,
        scenarios=[planned.record for planned in scenarios],
        workers=workers,
        observer=observer,
    )
    journal.write(line)


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
    line = SecondLine(
        scenario=scenario,
        stage=stage,
        second=second,
        due=due,
        sent=sent,
        acknowledged=acknowledged,
        ended=ended,
        p99_ms=round(p99_ms, 3),
        lag_ms=round(lag_ms, 3),
    )
    journal.write(line)


def stage(
    journal: Journal,
    *,
    scenario: str,
    stage: int,
    rate: float,
    tally: Tally,
    judgement: Judgement,
    effects: Reconciliation | None = None,
    recovery: Recovery | None = None,
    workers: int = 1,
) -> None:
    """Write what a stage that is over came to: its account, its figures and its verdict."""
    line = StageLine(
        scenario=scenario,
        stage=stage,
        rate=rate,
        figures=figures(tally),
        tally={**tally.plain(marks=False), "slots": []},
        judgement=msgspec.convert(judgement, JudgementRecord, from_attributes=True),
        effects=msgspec.convert(effects, EffectsRecord | None, from_attributes=True),
        recovery=msgspec.convert(recovery, RecoveryRecord | None, from_attributes=True),
        workers=workers,
    )
    journal.write(line)


def search(journal: Journal, *, scenario: str, capacity: Capacity) -> None:
    """Write what the search for capacity found; after each stage if you like, the last one counts."""
    journal.write(SearchLine(scenario, msgspec.convert(capacity, CapacityRecord, from_attributes=True)))


def scenario(journal: Journal, *, scenario: str, verdict: LoadVerdict, reasons: Sequence[str] = ()) -> None:
    """Write that a scenario is over, and its verdict. One without this line never passes."""
    journal.write(ScenarioLine(scenario=scenario, verdict=verdict.value, reasons=list(reasons)))


def end(
    journal: Journal,
    *,
    elapsed_s: float,
    exit_: int,
    interrupted: bool,
    verdict: LoadVerdict,
    reasons: Sequence[str] = (),
) -> None:
    """Write the last line."""
    line = LoadEndLine(
        elapsed_s=round(elapsed_s, 3),
        exit=exit_,
        interrupted=interrupted,
        verdict=verdict.value,
        reasons=list(reasons),
    )
    journal.write(line)


def figures(tally: Tally) -> FiguresRecord:
    """A tally in the figures that a report shows, quiet slots included; latencies in milliseconds."""
    slots = tally.slots
    return FiguresRecord(
        due=tally.due,
        deliveries=tally.deliveries,
        sent=tally.sent,
        answered=tally.answered,
        waited=tally.waited,
        opened=tally.opened,
        acknowledged=tally.acknowledged,
        fates={fate: count for fate, count in sorted(tally.fates.items()) if count},
        statuses=sorted(tally.statuses.items()),
        latency=_quantiles(tally.latency, tally.due),
        service=_quantiles(tally.service, tally.due),
        lag=_quantiles(tally.lag, tally.lag.total),
        curves={"latency": curve(tally.latency, tally.due), "service": curve(tally.service, tally.due)},
        slot_s=tally.slot_s,
        slots=[_slot(place * tally.slot_s, slots.get(place, Slot())) for place in range(max(slots, default=-1) + 1)],
    )


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


def _slot(at_s: float, slot: Slot) -> SlotRecord:
    return SlotRecord(
        at_s=at_s,
        due=slot.due,
        sent=slot.sent,
        acknowledged=slot.acknowledged,
        ended=slot.ended,
        done=slot.done,
        p50_ms=slot.quantile_s(0.5) * 1e3,
        p99_ms=slot.quantile_s(0.99) * 1e3,
        lag_ms=slot.lag_s * 1e3,
    )

"""A load run as results: what its journal says becomes the dictionary of `results.json`. Makes no markup.

Nothing here turns into a pass what the run itself did not call met: a scenario that was not over, a line that cannot
be read, a run without an end leave it undecided, unless it was missed already.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hookproof.evidence.lines import Json
from hookproof.evidence.load_lines import (
    CapacityRecord,
    EffectsRecord,
    FiguresRecord,
    PlannedScenario,
    SecondLine,
    SlotRecord,
    StageLine,
    Standing,
)
from hookproof.evidence.reader import RecordedLoad
from hookproof.report.results.load_member import (
    LoadResults,
    LoadStageResult,
    NumbersResult,
    ScenarioResult,
    SecondsResult,
)
from hookproof.report.results.results import SCHEMA, Results
from hookproof.report.results.run import totals
from hookproof.verdict import Conclusion

POINTS = 300
"""Points of a chart, and seconds in results.json, at most; several then stand together."""
_CONCLUSIONS: dict[Standing, Conclusion] = {"met": "conformant", "missed": "nonconformant", "undecided": "undecided"}
_EXAMPLES = 5
"""Ids of events that results name of each kind of wrong effect, at most."""


def results(run: RecordedLoad) -> Json:
    """The contents of results.json: no requirements, no checks, and everything under `load`."""
    begin, end = run.begin, run.end
    scenarios = [_scenario(run, planned) for planned in begin.scenarios]
    complete = end is not None and not (end.interrupted or run.damaged) and all(one.complete for one in scenarios)
    verdict = _together([one.verdict for one in scenarios], complete=complete)
    said = end.verdict if end else "undecided"
    verdict = said if verdict == "met" else verdict
    load = LoadResults(
        verdict=verdict,
        reasons=list(dict.fromkeys([*(end.reasons if end else []), *_gaps(run)])),
        deadline_s=begin.deadline_s,
        min_ok=begin.min_ok,
        max_lag_s=begin.max_lag_s,
        workers=max([begin.workers, *(stage.workers for stage in run.stages)]),
        observer=begin.observer,
        scenarios=scenarios,
    )
    found = Results(
        schema=SCHEMA,
        verdict=_CONCLUSIONS[verdict],
        target=begin.target,
        started=begin.started,
        elapsed_s=end.elapsed_s if end else float(len({(one.stage, one.second) for one in run.seconds})),
        seed=begin.seed,
        complete=complete,
        totals=totals(()),
        requirements=[],
        checks=[],
        load=msgspec.to_builtins(load),
        run=begin.run,
        version=begin.version,
        command=begin.command,
        observer=begin.observer,
        deadline_s=begin.deadline_s,
        exit=end.exit if end else None,
        interrupted=end is None or end.interrupted,
        damaged_lines=run.damaged,
    )
    made: Json = msgspec.to_builtins(found)
    return made


def _gaps(run: RecordedLoad) -> list[str]:
    gaps = [] if run.end else ["the run was ended from outside, or its journal was cut off"]
    return [*gaps, f"{run.damaged} lines of its journal could not be read"] if run.damaged else gaps


def _together(verdicts: Sequence[Standing], *, complete: bool) -> Standing:
    if "missed" in verdicts:
        return "missed"
    return "met" if complete and verdicts and set(verdicts) == {"met"} else "undecided"


def _scenario(run: RecordedLoad, planned: PlannedScenario) -> ScenarioResult:
    """One scenario: its figures are those of its last stage, or of the last at the capacity that was found."""
    stages = [stage for stage in run.stages if stage.scenario == planned.name]
    search, over = run.searches.get(planned.name), run.over.get(planned.name)
    done = {stage.stage for stage in stages}
    running = [one for one in run.seconds if one.scenario == planned.name and one.stage not in done]
    main = _main(stages, search)
    verdict, reasons = _verdict(stages, running, over is not None, search)
    if over and verdict != "missed":
        verdict, reasons = over.verdict, list(over.reasons) or reasons
    return ScenarioResult(
        name=planned.name,
        about=planned.about,
        arrivals=planned.arrivals,
        duration_s=planned.duration_s,
        deliveries=planned.deliveries,
        deadline_s=planned.deadline_s or run.begin.deadline_s,
        min_ok=planned.min_ok or run.begin.min_ok,
        complete=over is not None,
        verdict=verdict,
        reasons=reasons,
        rate=main.rate if main else None,
        numbers=_numbers(main.figures) if main else _unfinished(running),
        curves=main.figures.curves if main else {},
        seconds=_columns(main.figures.slots, main.figures.slot_s)
        if main
        else _columns(list(map(_of_second, running)), 1.0),
        effects=_effects([stage.effects for stage in stages if stage.effects]),
        recovery=main.recovery if main else None,
        search=search,
        stages=[_stage(stage) for stage in stages],
    )


def _verdict(
    stages: Sequence[StageLine], running: Sequence[SecondLine], over: bool, search: CapacityRecord | None
) -> tuple[Standing, list[str]]:
    """What the stages say; in a search, stages are missed on purpose."""
    if not (stages or running):
        return "undecided", ["it was not run"]
    judged = [stage.judgement for stage in stages if not search]
    missed = [judgement for judgement in judged if judgement.verdict == "missed"]
    if missed:
        return "missed", [reason for judgement in missed for reason in judgement.reasons]
    if not over:
        return "undecided", ["the run ended before it was over"]
    return "undecided", [reason for judgement in judged for reason in judgement.reasons]


def _main(stages: Sequence[StageLine], search: CapacityRecord | None) -> StageLine | None:
    if search:
        found = [stage for stage in stages if stage.rate == search.rate]
        met = [stage for stage in found if stage.judgement.verdict == "met"]
        stages = met or found or stages
    return stages[-1] if stages else None


def _numbers(figures: FiguresRecord) -> NumbersResult:
    return NumbersResult(
        due=figures.due,
        deliveries=figures.deliveries,
        sent=figures.sent,
        answered=figures.answered,
        acknowledged=figures.acknowledged,
        late=figures.fates.get("late", 0),
        waited=figures.waited,
        opened=figures.opened,
        fates=figures.fates,
        statuses={str(code): count for code, count in figures.statuses},
        latency=figures.latency,
        service=figures.service,
        lag=figures.lag,
    )


def _unfinished(seconds: Sequence[SecondLine]) -> NumbersResult | None:
    """What the seconds of a stage without an end add up to; None without any."""
    if not seconds:
        return None
    return NumbersResult(
        due=sum(one.due for one in seconds),
        deliveries=None,
        sent=sum(one.sent for one in seconds),
        answered=None,
        acknowledged=sum(one.acknowledged for one in seconds),
        late=None,
        waited=None,
        opened=None,
        fates={},
        statuses={},
        latency={},
        service={},
        lag={},
    )


def _of_second(one: SecondLine) -> SlotRecord:
    """A second of a stage without an end as a slot: when acknowledgements came is not known, nor a median."""
    return SlotRecord(
        at_s=float(one.second),
        due=one.due,
        sent=one.sent,
        acknowledged=one.acknowledged,
        ended=one.ended,
        done=one.acknowledged,
        p50_ms=None,
        p99_ms=one.p99_ms,
        lag_ms=one.lag_ms,
    )


def _columns(slots: Sequence[SlotRecord], slot_s: float) -> SecondsResult:
    """The slots in columns, so many standing together that there are no more than POINTS: sums, and the worst."""
    size = max(1, -(-len(slots) // POINTS))
    groups = [slots[at : at + size] for at in range(0, len(slots), size)]
    return SecondsResult(
        every_s=slot_s * size,
        at_s=[group[0].at_s for group in groups],
        due=[sum(one.due for one in group) for group in groups],
        sent=[sum(one.sent for one in group) for group in groups],
        acknowledged=[sum(one.acknowledged for one in group) for group in groups],
        ended=[sum(one.ended for one in group) for group in groups],
        done=[sum(one.done for one in group) for group in groups],
        p50_ms=[max((one.p50_ms for one in group if one.p50_ms is not None), default=None) for group in groups],
        p99_ms=[max(one.p99_ms for one in group) for group in groups],
        lag_ms=[max(one.lag_ms for one in group) for group in groups],
    )


def _effects(found: Sequence[EffectsRecord]) -> EffectsRecord | None:
    """The effects of all stages together; None if nobody counted."""
    if not found:
        return None
    examples = {
        what: [id_ for one in found for id_ in one.examples.get(what, [])][:_EXAMPLES]
        for what in ("lost", "duplicated", "unknown")
    }
    return EffectsRecord(
        acknowledged=sum(one.acknowledged for one in found),
        asked=sum(one.asked for one in found),
        lost=sum(one.lost for one in found),
        duplicated=sum(one.duplicated for one in found),
        unknown=sum(one.unknown for one in found),
        sampled=any(one.sampled for one in found),
        examples={what: ids for what, ids in examples.items() if ids},
    )


def _stage(stage: StageLine) -> LoadStageResult:
    return LoadStageResult(
        stage=stage.stage,
        rate=stage.rate,
        verdict=stage.judgement.verdict,
        reasons=stage.judgement.reasons,
        due=stage.figures.due,
        acknowledged=stage.figures.acknowledged,
        p99_ms=stage.figures.latency.get("p99"),
        lag_ms=stage.figures.lag.get("p99"),
        workers=stage.workers,
    )

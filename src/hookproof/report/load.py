"""A load run as results: what its journal says becomes the dictionary of `results.json`. Makes no markup.

Nothing here turns into a pass what the run itself did not call met: a scenario that was not over, a line that cannot
be read, a run without an end leave it undecided, unless it was missed already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hookproof.report.lines import Json
from hookproof.report.loadlines import SLOT, Capacity, Effects, Figures, LoadRun, Planned, Second, Stage
from hookproof.report.results import SCHEMA
from hookproof.verdict import Level, Verdict

POINTS = 300
"""Points of a chart, and seconds in results.json, at most; several then stand together."""
_WORST = ("p50_ms", "p99_ms", "lag_ms")
_CONCLUSIONS = {"met": "conformant", "missed": "nonconformant", "undecided": "undecided"}
_EXAMPLES = 5


def results(run: LoadRun) -> Json:
    """The contents of results.json: no requirements, no checks, and everything under `load`."""
    begin, end = run.begin, run.end
    scenarios = [_scenario(run, planned) for planned in begin.scenarios]
    complete = end is not None and not (end.interrupted or run.damaged) and all(row["complete"] for row in scenarios)
    verdict = _together([row["verdict"] for row in scenarios], complete=complete)
    said = end.verdict if end else "undecided"
    verdict = said if verdict == "met" else verdict
    return {
        "schema": SCHEMA,
        "verdict": _CONCLUSIONS[verdict],
        "target": msgspec.to_builtins(begin.target),
        "started": begin.started,
        "elapsed_s": end.elapsed_s if end else float(len({(one.stage, one.second) for one in run.seconds})),
        "seed": begin.seed,
        "complete": complete,
        "totals": {level.value: {word.value: 0 for word in Verdict} for level in Level},
        "requirements": [],
        "checks": [],
        "load": {
            "verdict": verdict,
            "reasons": list(dict.fromkeys([*(end.reasons if end else []), *_gaps(run)])),
            "deadline_s": begin.deadline_s,
            "min_ok": begin.min_ok,
            "max_lag_s": begin.max_lag_s,
            "workers": max([begin.workers, *(stage.workers for stage in run.stages)]),
            "observer": begin.observer,
            "scenarios": scenarios,
        },
        "run": begin.run,
        "version": begin.version,
        "command": begin.command,
        "parameters": {},
        "observer": begin.observer,
        "deadline_s": begin.deadline_s,
        "patience_s": None,
        "strict": False,
        "facts": [],
        "exit": end.exit if end else None,
        "interrupted": end is None or end.interrupted,
        "damaged_lines": run.damaged,
        "about": {},
        "documents": {},
        "since": None,
        "accepted": None,
        "stale": [],
    }


def _gaps(run: LoadRun) -> list[str]:
    gaps = [] if run.end else ["the run was ended from outside, or its journal was cut off"]
    return [*gaps, f"{run.damaged} lines of its journal could not be read"] if run.damaged else gaps


def _together(verdicts: Sequence[str], *, complete: bool) -> str:
    if "missed" in verdicts:
        return "missed"
    return "met" if complete and verdicts and set(verdicts) == {"met"} else "undecided"


def _scenario(run: LoadRun, planned: Planned) -> Json:
    """One scenario: its figures are those of its last stage, or of the last at the capacity that was found."""
    stages = [stage for stage in run.stages if stage.scenario == planned.name]
    search, over = run.searches.get(planned.name), run.over.get(planned.name)
    done = {stage.stage for stage in stages}
    running = [one for one in run.seconds if one.scenario == planned.name and one.stage not in done]
    main = _main(stages, search)
    verdict, reasons = _verdict(stages, running, over is not None, search)
    if over and verdict != "missed":
        verdict, reasons = over.verdict, list(over.reasons) or reasons
    return {
        "name": planned.name,
        "about": planned.about,
        "arrivals": planned.arrivals,
        "duration_s": planned.duration_s,
        "deliveries": planned.deliveries,
        "deadline_s": planned.deadline_s or run.begin.deadline_s,
        "min_ok": planned.min_ok or run.begin.min_ok,
        "complete": over is not None,
        "verdict": verdict,
        "reasons": reasons,
        "rate": main.rate if main else None,
        "numbers": _numbers(main.figures) if main else _unfinished(running),
        "curves": main.figures.curves if main else {},
        "seconds": _thinned([dict(zip(SLOT, slot, strict=True)) for slot in main.figures.slots], main.figures.slot_s)
        if main
        else _thinned([_second(one) for one in running], 1.0),
        "effects": _effects([stage.effects for stage in stages if stage.effects]),
        "recovery": msgspec.to_builtins(main.recovery) if main and main.recovery else None,
        "search": msgspec.to_builtins(search) if search else None,
        "stages": [_stage(stage) for stage in stages],
    }


def _verdict(
    stages: Sequence[Stage], running: Sequence[Second], over: bool, search: Capacity | None
) -> tuple[str, list[str]]:
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


def _main(stages: Sequence[Stage], search: Capacity | None) -> Stage | None:
    if search:
        found = [stage for stage in stages if stage.rate == search.rate]
        met = [stage for stage in found if stage.judgement.verdict == "met"]
        stages = met or found or stages
    return stages[-1] if stages else None


def _numbers(figures: Figures) -> Json:
    known: Json = msgspec.to_builtins(figures)
    for name in ("curves", "slots", "slot_s"):
        del known[name]
    return {**known, "late": figures.fates.get("late", 0), "statuses": {str(code): n for code, n in figures.statuses}}


def _unfinished(seconds: Sequence[Second]) -> Json | None:
    """What the seconds of a stage without an end add up to; None without any."""
    if not seconds:
        return None
    sums = {name: sum(getattr(one, name) for one in seconds) for name in ("due", "sent", "acknowledged")}
    unknown = dict.fromkeys(("deliveries", "answered", "late", "waited", "opened"))
    return {**sums, **unknown, **{name: {} for name in ("fates", "statuses", "latency", "service", "lag")}}


def _second(one: Second) -> Json:
    known = {name: getattr(one, name) for name in ("due", "sent", "acknowledged", "ended", "p99_ms", "lag_ms")}
    return {"at_s": float(one.second), "done": one.acknowledged, "p50_ms": None, **known}


def _thinned(slots: Sequence[Json], slot_s: float) -> Json:
    """The slots in columns, so many standing together that there are no more than POINTS: sums, and the worst."""
    size = max(1, -(-len(slots) // POINTS))
    groups = [slots[at : at + size] for at in range(0, len(slots), size)]
    columns: Json = {"every_s": slot_s * size, "at_s": [group[0]["at_s"] for group in groups]}
    for name in SLOT[1:]:
        columns[name] = [_joined(name, [one[name] for one in group]) for group in groups]
    return columns


def _joined(name: str, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if name in _WORST else sum(known)


def _effects(found: Sequence[Effects]) -> Json | None:
    """The effects of all stages together; None if nobody counted."""
    if not found:
        return None
    sums = {
        name: sum(getattr(one, name) for one in found)
        for name in ("acknowledged", "asked", "lost", "duplicated", "unknown")
    }
    examples = {
        what: [id_ for one in found for id_ in one.examples.get(what, [])][:_EXAMPLES]
        for what in ("lost", "duplicated", "unknown")
    }
    return {**sums, "sampled": any(one.sampled for one in found), "examples": _kept(examples.items())}


def _kept(pairs: Iterable[tuple[str, list[str]]]) -> Json:
    return {what: ids for what, ids in pairs if ids}


def _stage(stage: Stage) -> Json:
    """A stage in one row."""
    figures, judgement = stage.figures, stage.judgement
    return {
        "stage": stage.stage,
        "rate": stage.rate,
        "verdict": judgement.verdict,
        "reasons": judgement.reasons,
        "due": figures.due,
        "acknowledged": figures.acknowledged,
        "p99_ms": figures.latency.get("p99"),
        "lag_ms": figures.lag.get("p99"),
        "workers": stage.workers,
    }

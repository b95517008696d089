"""The lines of a load run's journal: the only definition of them, for whoever writes `run.jsonl` and whoever reads it.

A `…Line` is one line, a `…Record` is a part of one. Latencies are in milliseconds and count from when a delivery
was due.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from hookproof.evidence.lines import Command, Json, Line, Ours, Seconds, TargetRecord

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Amount: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
Standing: TypeAlias = Literal["met", "missed", "undecided"]


class PlannedScenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A scenario as the run means to make it; `deadline_s` and `min_ok` only if they are not the run's."""

    name: Ours
    about: str = ""
    arrivals: Annotated[dict[Ours, Any], msgspec.Meta(description="When deliveries are due.")] = {}
    duration_s: Seconds = 0.0
    deliveries: Count | None = None
    deadline_s: Seconds | None = None
    min_ok: float | None = None


class LoadBeginLine(Line, frozen=True, kw_only=True, tag="load_begin"):
    """The first line of a load run: what is to be done. `started` is in ISO 8601, with its offset."""

    schema: Literal["hookproof/journal/1"]
    run: Ours
    started: Ours
    version: Annotated[Ours, msgspec.Meta(description="Version of hookproof.")]
    command: Command
    target: TargetRecord
    deadline_s: Seconds
    min_ok: Annotated[float, msgspec.Meta(description="Share that must be acknowledged within the deadline.")]
    max_lag_s: Annotated[Seconds, msgspec.Meta(description="Lag of the generator above which nothing passes.")] = 0.01
    seed: int
    scenarios: list[PlannedScenario]
    workers: Count = 1
    observer: Ours | None = None


class SecondLine(Line, frozen=True, kw_only=True, tag="load_second"):
    """What happened in one second of a stage that is still going on: counts of that second alone."""

    scenario: Ours
    stage: int
    second: Count
    due: Count
    sent: Count
    acknowledged: Count
    ended: Count
    p99_ms: Amount
    lag_ms: Amount


class SlotRecord(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a stage, written as a list: what was due, sent, acknowledged and ended of what was due in it.

    `done` counts the acknowledgements that came in it, whenever they were due.
    """

    at_s: Amount
    due: Count
    sent: Count
    acknowledged: Count
    ended: Count
    done: Count
    p50_ms: Amount | None
    p99_ms: Amount
    lag_ms: Amount


class FiguresRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The account of a stage in attempts, its percentiles of all that was due, and its slots of `slot_s` seconds.

    A percentile is null where so many were not acknowledged in time. A curve is of points: share of all due, and the
    milliseconds within which it was acknowledged.
    """

    due: Count
    deliveries: Count
    sent: Count
    answered: Count
    waited: Count
    opened: Count
    acknowledged: Count
    fates: dict[Ours, Count]
    statuses: list[tuple[int, Count]]
    latency: dict[Ours, Amount | None]
    service: dict[Ours, Amount | None]
    lag: dict[Ours, Amount | None]
    curves: dict[Ours, list[tuple[float, Amount]]] = {}
    slot_s: Seconds = 1.0
    slots: list[SlotRecord] = []


class JudgementRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the objective says of a stage. `ours`: the generator is the reason why nothing can be said."""

    verdict: Standing
    reasons: list[str] = []
    broke: Annotated[str, msgspec.Meta(description="The biggest part of what was missed.")] = ""
    count: Count = 0
    said: str = ""
    ours: bool = False


class EffectsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was acknowledged against what was processed."""

    acknowledged: Count
    asked: Annotated[Count, msgspec.Meta(description="Deliveries whose effects were counted.")]
    lost: Annotated[Count, msgspec.Meta(description="Acknowledged but never processed.")]
    duplicated: Annotated[Count, msgspec.Meta(description="Processed more than once.")]
    unknown: Annotated[Count, msgspec.Meta(description="The observer could not tell.")]
    sampled: bool
    examples: Annotated[dict[Ours, list[str]], msgspec.Meta(description="Ids of a few events of each kind.")]


class RecoveryRecord(msgspec.Struct, frozen=True):
    """Whether the receiver caught up with a backlog, and after how many seconds."""

    course: Literal["unshaken", "recovered", "collapsed", "behind", "undecided"]
    at_s: Seconds | None
    evidence: str


class StageLine(Line, frozen=True, kw_only=True, tag="load_stage"):
    """A stage that is over. `tally`: its histograms and counts as the engine keeps them, without slots."""

    scenario: Ours
    stage: int
    rate: Amount
    figures: FiguresRecord
    tally: Json = msgspec.field(default_factory=dict)
    judgement: JudgementRecord
    effects: EffectsRecord | None = None
    recovery: RecoveryRecord | None = None
    workers: Count = 1


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of the search for capacity."""

    rate: Annotated[float, msgspec.Meta(gt=0, le=1e15)]
    phase: Literal["grow", "narrow", "confirm"]
    verdict: Standing
    achieved: Annotated[Amount, msgspec.Meta(description="Acknowledged a second while they were due.")]
    broke: str
    said: str


class CapacityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the search for the highest rate that meets the objective has found. `cut`: it was stopped before its end."""

    found: Literal["capacity", "at_least", "below", "undecided"]
    rate: Amount
    confirmed: Count
    stages: Count
    low: Amount
    high: Amount | None
    broke: Annotated[str, msgspec.Meta(description="What broke first above the rate.")]
    said: str
    steps: list[StepRecord]
    cut: bool = False


class SearchLine(Line, frozen=True, tag="load_search"):
    """The search of a scenario, as far as it has come; of several lines the last counts."""

    scenario: Ours
    result: CapacityRecord


class ScenarioLine(Line, frozen=True, kw_only=True, tag="load_scenario"):
    """A scenario that is over, and its verdict. One without this line never passes."""

    scenario: Ours
    verdict: Standing
    reasons: list[str] = msgspec.field(default_factory=list)


class LoadEndLine(Line, frozen=True, kw_only=True, tag="load_end"):
    """The last line of a load run."""

    elapsed_s: Seconds
    exit: int | None = None
    interrupted: bool = False
    verdict: Standing
    reasons: list[str] = msgspec.field(default_factory=list)


LoadRunLine: TypeAlias = LoadBeginLine | SecondLine | StageLine | SearchLine | ScenarioLine | LoadEndLine

"""The member `load` of results.json, as types: what a load run came to. Percentiles are in milliseconds, from due."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from hookproof.evidence.load_lines import CapacityRecord, EffectsRecord, RecoveryRecord, Standing

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Amount: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Column: TypeAlias = list[Amount | None]
Percentiles: TypeAlias = Annotated[
    dict[str, Amount | None],
    msgspec.Meta(
        description="Milliseconds, of all that was due; null where so many were not acknowledged in time.",
        extra_json_schema={"propertyNames": {"enum": ["p50", "p90", "p99", "p99.9", "p100"]}},
    ),
]
Curves: TypeAlias = Annotated[
    dict[str, list[tuple[Amount, Amount]]],
    msgspec.Meta(
        description="Share of all due, and the milliseconds within which it was acknowledged; from due, from sent.",
        extra_json_schema={"propertyNames": {"enum": ["latency", "service"]}},
    ),
]


class NumbersResult(msgspec.Struct, frozen=True, kw_only=True):
    """The account of a stage, in attempts; of one that was cut off, what its seconds tell."""

    due: Count
    deliveries: Count | None
    sent: Count
    answered: Count | None
    acknowledged: Count
    late: Count | None
    waited: Count | None
    opened: Count | None
    fates: dict[str, Count]
    statuses: dict[str, Count]
    latency: Percentiles
    service: Percentiles
    lag: Percentiles


class SecondsResult(msgspec.Struct, frozen=True, kw_only=True):
    """What happened over time, in columns; each place stands for `every_s` seconds.

    `due`, `sent`, `acknowledged` and `ended` count what was due then, `done` the acknowledgements that came then.
    """

    every_s: Annotated[float, msgspec.Meta(gt=0)]
    at_s: Column
    due: Column
    sent: Column
    acknowledged: Column
    ended: Column
    done: Column
    p50_ms: Column
    p99_ms: Column
    lag_ms: Column


_COLUMNS = msgspec.Meta(
    extra_json_schema={
        "unevaluatedProperties": {"type": "array", "items": {"type": ["number", "null"], "minimum": 0}},
    }
)
"""A column that a later version adds is a column too."""


class LoadStageResult(msgspec.Struct, frozen=True, kw_only=True):
    """A stage in one row: its verdict, and the 99th percentiles of its latency and of the generator's lag."""

    stage: int
    rate: float
    verdict: Standing
    reasons: list[str]
    due: Count
    acknowledged: Count
    p99_ms: float | None
    lag_ms: float | None
    workers: int = 1


class ScenarioResult(msgspec.Struct, frozen=True, kw_only=True):
    """One load pattern. Numbers, curves and seconds are of its last stage, or of the capacity found."""

    name: str
    about: str
    arrivals: Annotated[dict[str, Any], msgspec.Meta(description="When deliveries were due.")]
    duration_s: float = 0.0
    deliveries: int | None = None
    deadline_s: Annotated[float, msgspec.Meta(gt=0)]
    min_ok: float
    complete: bool
    verdict: Standing
    reasons: list[str]
    rate: Annotated[float | None, msgspec.Meta(description="Deliveries a second, at most.")]
    numbers: NumbersResult | None
    curves: Curves
    seconds: Annotated[SecondsResult, _COLUMNS]
    effects: EffectsRecord | None
    recovery: RecoveryRecord | None
    search: CapacityRecord | None
    stages: list[LoadStageResult]


class LoadResults(msgspec.Struct, frozen=True, kw_only=True):
    """A load run. Latencies count from when a delivery was due."""

    verdict: Standing
    reasons: list[str]
    deadline_s: Annotated[float, msgspec.Meta(gt=0)]
    min_ok: Annotated[float, msgspec.Meta(description="Share that must be acknowledged within the deadline.")]
    max_lag_s: Annotated[float, msgspec.Meta(description="Lag of the generator above which nothing passes.")]
    workers: int
    observer: str | None
    scenarios: list[ScenarioResult]

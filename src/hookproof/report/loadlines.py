"""The lines of a load run's journal as values, however it was cut off. Judges nothing, and knows no engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from hookproof.report.lines import Json, Seconds, Target, gathered

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Amount: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
Standing: TypeAlias = Literal["met", "missed", "undecided"]


class Planned(msgspec.Struct, frozen=True):
    """A scenario as the run meant to make it."""

    name: str
    about: str = ""
    arrivals: dict[str, Any] = {}
    duration_s: Seconds = 0.0
    deliveries: Count | None = None
    deadline_s: Seconds | None = None
    min_ok: float | None = None


class Begin(msgspec.Struct, frozen=True):
    """First line of a load run."""

    schema: str
    run: str
    started: str
    version: str
    command: str
    target: Target
    deadline_s: Seconds
    min_ok: float
    seed: int
    scenarios: list[Planned]
    workers: Count = 1
    observer: str | None = None
    max_lag_s: Seconds = 0.01


class Second(msgspec.Struct, frozen=True):
    """What happened in one second of a stage."""

    scenario: str
    stage: int
    second: Count
    due: Count
    sent: Count
    acknowledged: Count
    ended: Count
    p99_ms: Amount
    lag_ms: Amount


class Figures(msgspec.Struct, frozen=True):
    """The account of a stage; slots as `SLOT` names their parts."""

    due: Count
    deliveries: Count
    sent: Count
    answered: Count
    acknowledged: Count
    waited: Count
    opened: Count
    fates: dict[str, Count]
    statuses: list[tuple[int, Count]]
    latency: dict[str, Amount | None]
    service: dict[str, Amount | None]
    lag: dict[str, Amount | None]
    curves: dict[str, list[tuple[float, Amount]]] = {}
    slot_s: Seconds = 1.0
    slots: list[tuple[Amount, Count, Count, Count, Count, Count, Amount, Amount, Amount]] = []


SLOT = ("at_s", "due", "sent", "acknowledged", "ended", "done", "p50_ms", "p99_ms", "lag_ms")


class Judgement(msgspec.Struct, frozen=True):
    """What the objective says of a stage."""

    verdict: Standing
    reasons: list[str] = []
    broke: str = ""
    count: Count = 0
    said: str = ""
    ours: bool = False


class Effects(msgspec.Struct, frozen=True):
    """What was acknowledged against what was processed."""

    acknowledged: Count
    asked: Count
    lost: Count
    duplicated: Count
    unknown: Count = 0
    sampled: bool = False
    examples: dict[str, list[str]] = {}


class Recovery(msgspec.Struct, frozen=True):
    """Whether the receiver caught up with a backlog."""

    course: Literal["unshaken", "recovered", "collapsed", "behind", "undecided"]
    at_s: Seconds | None
    evidence: str


class Stage(msgspec.Struct, frozen=True):
    """A stage that is over."""

    scenario: str
    stage: int
    rate: Amount
    figures: Figures
    judgement: Judgement
    effects: Effects | None = None
    recovery: Recovery | None = None
    workers: Count = 1


class Step(msgspec.Struct, frozen=True):
    """A stage of the search for capacity."""

    rate: Amount
    phase: Literal["grow", "narrow", "confirm"]
    verdict: Standing
    achieved: Amount
    broke: str = ""
    said: str = ""


class Capacity(msgspec.Struct, frozen=True):
    """What the search found."""

    found: Literal["capacity", "at_least", "below", "undecided"]
    rate: Amount
    confirmed: Count
    stages: Count
    low: Amount
    high: Amount | None
    broke: str
    said: str
    steps: list[Step]
    cut: bool = False


class Search(msgspec.Struct, frozen=True):
    """The search of a scenario, as far as it has come."""

    scenario: str
    result: Capacity


class Over(msgspec.Struct, frozen=True):
    """A scenario that is over."""

    scenario: str
    verdict: Standing
    reasons: list[str] = []


class End(msgspec.Struct, frozen=True):
    """Last line of a load run."""

    elapsed_s: Seconds
    verdict: Standing
    exit: int | None = None
    interrupted: bool = False
    reasons: list[str] = []


@dataclass
class LoadRun:
    """A load run's journal as read. `damaged` counts the lines that were not."""

    begin: Begin
    damaged: int = 0
    seconds: list[Second] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    searches: dict[str, Capacity] = field(default_factory=dict)
    over: dict[str, Over] = field(default_factory=dict)
    end: End | None = None


def recorded(journal: Path) -> bool:
    """Whether a journal is that of a load run. Raises OSError if there is none."""
    with journal.open("rb") as file:
        return any(line.startswith(b'{"type": "load_') for line in file)


def read(journal: Path) -> LoadRun:
    """Read a load run's journal. Raises ReportError if its first line is lost, OSError if it is."""
    return gathered(journal, "load_begin", Begin, LoadRun, _added, again="run the load again")


def _added(run: LoadRun, entry: Json) -> bool:
    """Add a line to the run; false if it is not as it should be. Types of a later version are passed over."""
    try:
        match entry.get("type"):
            case "load_second":
                run.seconds.append(msgspec.convert(entry, Second))
            case "load_stage":
                run.stages.append(msgspec.convert(entry, Stage))
            case "load_search":
                found = msgspec.convert(entry, Search)
                run.searches[found.scenario] = found.result
            case "load_scenario":
                over = msgspec.convert(entry, Over)
                run.over[over.scenario] = over
            case "load_end":
                run.end = msgspec.convert(entry, End)
    except msgspec.ValidationError:
        return False
    return True

"""results.json as types: the only definition of it, for what makes results and what reads them back.

A member with a default may be missing from a file, as those of an older version lack it; what is written now has all.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from hookproof.evidence.lines import (
    Accepted,
    DifferenceRecord,
    Json,
    PastRun,
    SeriesRecord,
    TargetRecord,
)
from hookproof.verdict import Conclusion, Level, Outcome, Verdict

SCHEMA: Literal["hookproof/results/1"] = "hookproof/results/1"
"""The `schema` of every results.json."""

Turn: TypeAlias = Literal["regression", "fixed", "judged now: fails", "judged now", "not judged now"]
Counts: TypeAlias = Annotated[
    dict[Verdict, Annotated[int, msgspec.Meta(ge=0)]],
    msgspec.Meta(
        description="Requirements of one level, counted by verdict.",
        extra_json_schema={"propertyNames": {"$ref": "#/$defs/Verdict"}},
    ),
]
AcceptedReason: TypeAlias = Annotated[str | None, msgspec.Meta(description="Why its failure is accepted.")]


def _whole(shape: type[msgspec.Struct]) -> msgspec.Meta:
    """For a part of the journal of which results.json has every member, though a journal may lack one."""
    return msgspec.Meta(extra_json_schema={"required": list(shape.__struct_fields__)})


class TotalsResult(msgspec.Struct, frozen=True):
    """Requirements counted by level and verdict."""

    MUST: Counts
    SHOULD: Counts
    MAY: Counts


class RequirementResult(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement and what it came out as: the verdict, reason and message of the worst check that decides it."""

    id: str
    provider: Annotated[str, msgspec.Meta(description="Name of the provider, or baseline.")]
    role: str
    level: Level
    verdict: Verdict
    text: str
    source: str
    checks: list[str]
    reason: Annotated[str | None, msgspec.Meta(description="Why it was not judged.")] = None
    message: Annotated[str, msgspec.Meta(description="What the worst of its checks says.")] = ""
    excluded: str | None = None
    applies: Annotated[bool, msgspec.Meta(description="False if the parameters of the run leave it out.")] = True
    subjects: Annotated[list[str], msgspec.Meta(description="What it was judged for.")] = []
    accepted: AcceptedReason = None


class AttemptResult(msgspec.Struct, frozen=True):
    """As in the journal; of a check that passed only n, label and line."""

    n: int
    label: str
    line: str


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one subject, with one of its cases if it has some, and the evidence of what it saw.

    `outcome` is missing from the oldest files: there the verdict tells it.
    """

    id: str
    subject: Annotated[str, msgspec.Meta(description="The provider it was made for.")]
    case: str | None = None
    verdict: Verdict
    outcome: Outcome | msgspec.UnsetType = msgspec.UNSET
    level: Level = Level.MUST
    reason: str | None
    message: str
    requirements: list[str] = []
    attempts: list[Annotated[Json, msgspec.Meta(extra_json_schema={"$ref": "#/$defs/AttemptResult"})]]
    reproduce: str | None
    series: list[Annotated[SeriesRecord, _whole(SeriesRecord)]] = []
    differences: list[DifferenceRecord] = []
    elapsed_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    accepted: AcceptedReason = None


class FactResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something about the run worth knowing. It decides nothing, unless `undecided`: then nothing is green."""

    name: str
    text: str
    undecided: bool = False


class ChangeResult(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that came out otherwise than in the run before."""

    requirement: Annotated[str, msgspec.Meta(description="provider/id")]
    change: Turn
    before: Verdict
    now: Verdict


class SinceResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of requirements since the run before."""

    started: str
    where: Annotated[str, msgspec.Meta(description="The folder of the run.")] = ""
    changes: list[ChangeResult]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run came to: a run of checks, or a load run, which has no requirements and no checks."""

    schema: Literal["hookproof/results/1"]
    verdict: Conclusion
    target: TargetRecord
    started: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
    elapsed_s: Annotated[float, msgspec.Meta(ge=0)]
    seed: int
    complete: Annotated[
        bool, msgspec.Meta(description="False if the run was cut off or a planned check has no result.")
    ]
    totals: TotalsResult
    requirements: list[RequirementResult]
    checks: list[CheckResult]
    load: Annotated[
        Json,
        msgspec.Meta(
            description="What a load run came to; empty for a run of checks.",
            extra_json_schema={"anyOf": [{"maxProperties": 0}, {"$ref": "#/$defs/LoadResults"}]},
        ),
    ]
    run: str = ""
    version: Annotated[str, msgspec.Meta(description="Version of hookproof.")] = "unknown"
    command: str = ""
    parameters: dict[str, Any] = {}
    observer: str | None = None
    deadline_s: float | None = None
    patience_s: float | None = None
    strict: bool = False
    facts: list[FactResult] = []
    exit: Annotated[int | None, msgspec.Meta(description="Exit code of the run; null if it has no end.")] = None
    interrupted: bool = False
    damaged_lines: Annotated[int, msgspec.Meta(ge=0, description="Lines of the journal that could not be read.")] = 0
    about: Annotated[dict[str, str], msgspec.Meta(description="What each check is for, by its id.")] = {}
    documents: Annotated[dict[str, str], msgspec.Meta(description="Address of each provider's document.")] = {}
    since: Annotated[
        SinceResult | None,
        msgspec.Meta(description="What became of requirements since the run before; null if none was found."),
    ] = None
    history: Annotated[
        list[Annotated[PastRun, _whole(PastRun)]],
        msgspec.Meta(description="Earlier runs of the same target, oldest first."),
    ] = []
    accepted: Annotated[
        list[Annotated[Accepted, _whole(Accepted)]] | None,
        msgspec.Meta(description="The baseline of the run; null if it had none."),
    ] = None
    stale: Annotated[
        list[Annotated[Accepted, _whole(Accepted)]],
        msgspec.Meta(description="Entries of the baseline whose check is met again."),
    ] = []


def defaults(shape: type[msgspec.Struct]) -> Json:
    """The members that a file of an older version may lack, each with what it then means."""
    found: Json = {}
    for field in msgspec.structs.fields(shape):
        value = field.default_factory() if callable(field.default_factory) else field.default
        if value not in (msgspec.NODEFAULT, msgspec.UNSET):
            found[field.name] = msgspec.to_builtins(value)
    return found

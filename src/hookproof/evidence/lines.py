"""The lines of a check run's journal: the only definition of them, for whoever writes or reads `run.jsonl`.

A `…Line` is one line, a `…Record` is a part of one. What a journal quotes came from a target: it is text to carry
along, never to trust. A field with a default may be missing from a journal, as those of an older version lack it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from hookproof.verdict import Conclusion, Level, Outcome, Verdict

Json: TypeAlias = dict[str, Any]

Ours: TypeAlias = Annotated[str, msgspec.Meta(extra={"words": "ours"})]
"""A text made by us alone: an id, a name, a sentence of specs/ or suites/. Whatever else is a text came from outside,
at least in part: secrets are left out of it."""

Command: TypeAlias = Annotated[str, msgspec.Meta(extra={"words": "command"})]
"""A command line: the names of options are ours, and so are the values that are words of ours."""

JOURNAL: Final = "hookproof/journal/1"
"""The `schema` of every journal: it stands in its first line."""

Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
"""A duration in seconds: no longer than thirty years, and so never infinite."""

Size: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
"""Bytes, or a place among them."""


class Line(msgspec.Struct, frozen=True, tag_field="type"):
    """One line of a journal. Its `type` says which."""


class TargetRecord(msgspec.Struct, frozen=True):
    """What was tested, as what, by whose documents."""

    url: str
    role: list[Ours]
    provider: list[Ours]


class RequirementRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a requirements.toml, as the run used it."""

    id: Ours
    provider: Annotated[Ours, msgspec.Meta(description="Name of the provider, or baseline.")]
    role: Ours | list[Ours]
    level: Level
    text: Ours
    source: Ours
    checks: list[Ours] = []
    excluded: Ours | None = None
    applies: Annotated[bool, msgspec.Meta(description="False if the parameters of the run leave it out.")] = True
    subjects: Annotated[list[Ours], msgspec.Meta(description="What it is judged for.")] = []


class PlannedCheck(msgspec.Struct, frozen=True):
    """A check the run means to make, for one subject, with one case if it has cases."""

    id: Ours
    subject: Ours
    case: Ours | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A failure the user lives with: one check, or one case of it, under one requirement, and why."""

    requirement: Ours
    check: Ours
    subject: Ours
    case: Ours | None = None
    reason: str = ""


class BeginLine(Line, frozen=True, kw_only=True, tag="begin"):
    """The first line of a check run: what was asked for.

    `without_cases`: check and subject for which a table has no case. `about`: what each check is for. `documents`:
    where each provider's can be read. `accepted`: the baseline; null if none was given.
    """

    schema: Literal["hookproof/journal/1"]
    version: Annotated[Ours, msgspec.Meta(description="Version of hookproof.")]
    run: Ours
    started: Ours
    seed: int
    command: Command
    target: TargetRecord
    parameters: dict[Ours, Any] = {}
    observer: Ours | None = None
    deadline_s: float | None = None
    patience_s: float | None = None
    strict: bool = False
    requirements: list[RequirementRecord]
    plan: list[PlannedCheck]
    without_cases: list[tuple[Ours, Ours]] = []
    about: dict[Ours, Ours] = {}
    documents: dict[Ours, Ours] = {}
    accepted: list[Accepted] | None = None


class BodyRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was sent or received after the head; bytes that are no text as base64. `cut`: not all of it stands here."""

    size: Size
    text: str | None = None
    base64: str | None = None
    cut: bool = False


class HttpRecord(msgspec.Struct, frozen=True):
    """Headers and body of a request or a response."""

    headers: list[tuple[str, str]] = []
    body: BodyRecord | None = None


class SignedRecord(msgspec.Struct, frozen=True):
    """How a request is signed: `signs` and `value` are templates; `over` are the signed bytes, if not the body."""

    algorithm: Ours
    header: Ours
    signs: Ours
    value: Ours
    own_secret: bool = True
    over: BodyRecord | None = None
    differs_at: int | None = None


class AttemptLine(Line, frozen=True, kw_only=True, tag="attempt"):
    """One HTTP request and what came back. `id`, `subject` and `case`: the check it was made for, if for one.

    `timeline`: seconds since the start, what happened, and with how many bytes.
    """

    n: Annotated[int, msgspec.Meta(description="Its number in the run.")]
    id: Ours | None = None
    subject: Ours | None = None
    case: Ours | None = None
    label: Annotated[str, msgspec.Meta(description="What is odd about it, in words.")]
    at_s: Annotated[float, msgspec.Meta(description="Seconds since the run began.")]
    line: Annotated[str, msgspec.Meta(description="All of it in one line.")]
    method: str
    url: str
    request: HttpRecord
    outcome: Annotated[Ours, msgspec.Meta(description="How it ended: answered, or what came instead.")]
    detail: str = ""
    status: int | None = None
    response: HttpRecord | None = None
    elapsed_s: float
    timeline: list[tuple[float, Ours, int | None]] = []
    signed: SignedRecord | None = None


@dataclass(frozen=True)
class Moment:
    """One attempt of a series: when it began, how long it was open, what was answered."""

    at_s: Seconds
    open_s: Seconds
    answer: str
    acknowledged: bool
    n: int | None = None


class SeriesRecord(msgspec.Struct, frozen=True):
    """The attempts of one delivery, as a sender made them."""

    attempts: list[Moment]
    caption: str = ""


class PieceRecord(BodyRecord, frozen=True, kw_only=True, omit_defaults=False):
    """A piece of a byte string that is `whole` bytes long."""

    whole: Size


class DifferenceRecord(msgspec.Struct, frozen=True):
    """Two byte strings that should be equal, from `start` on; they first differ `at` some byte."""

    what: Ours
    at: Size
    start: Size
    expected: PieceRecord
    actual: PieceRecord


class CheckLine(Line, frozen=True, kw_only=True, tag="check"):
    """What one check saw. `attempts`: the numbers of its attempts; `reproduce`: a script that makes them again."""

    id: Ours
    subject: Ours
    case: Ours | None = None
    outcome: Outcome
    reason: Annotated[Ours | None, msgspec.Meta(description="Why it could not be judged.")] = None
    message: str = ""
    attempts: list[int] = []
    series: list[SeriesRecord] = []
    differences: list[DifferenceRecord] = []
    reproduce: str | None = None
    waited_s: float = 0.0


class FactLine(Line, frozen=True, omit_defaults=True, tag="fact"):
    """Something about the run worth knowing. It decides nothing, unless `undecided`: then nothing is green."""

    name: Ours
    text: str
    undecided: bool = False


class OlderLine(Line, frozen=True, kw_only=True, tag="older"):
    """The run before this one, of the same target: what each requirement (`provider/id`) came out as."""

    started: Ours
    where: Annotated[str, msgspec.Meta(description="The folder of the run.")] = ""
    requirements: dict[Ours, Verdict]


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier run of the same target. `passed`: of each level, how many requirements passed and were judged."""

    started: Ours
    verdict: Conclusion
    complete: bool
    passed: Annotated[
        dict[Level, tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]],
        msgspec.Meta(extra_json_schema={"propertyNames": {"$ref": "#/$defs/Level"}}),
    ]
    where: Annotated[str, msgspec.Meta(description="The folder of the run.")] = ""


class PastLine(Line, frozen=True, tag="past"):
    """The runs of the same target before this one, oldest first."""

    runs: list[PastRun]


class EndLine(Line, frozen=True, kw_only=True, tag="end"):
    """The last line of a check run. `exit` is pytest's own status, before verdicts are considered."""

    elapsed_s: float
    exit: int | None = None
    interrupted: bool = False


CheckRunLine: TypeAlias = BeginLine | AttemptLine | CheckLine | FactLine | OlderLine | PastLine | EndLine

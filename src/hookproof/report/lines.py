"""A journal's lines as values: `run.jsonl` read, however it was cut off. Judges nothing.

What a journal quotes came from a target: it is text to carry along, never to trust.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Protocol, TypeAlias, TypeVar

import msgspec

from hookproof.verdict import Level, Outcome, Verdict

Json: TypeAlias = dict[str, Any]

# No longer than thirty years, and so never infinite.
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e9)]

JOURNAL = "hookproof/journal/1"


class ReportError(Exception):
    """A journal that cannot become a report. Its text is one line."""


class Target(msgspec.Struct, frozen=True):
    """What was tested, as what, by whose documents."""

    url: str
    role: list[str]
    provider: list[str]


class Requirement(msgspec.Struct, frozen=True):
    """One row of a requirements.toml, as the run used it."""

    id: str
    provider: str
    role: str | list[str]
    level: Level
    text: str
    source: str
    checks: list[str] = []
    excluded: str | None = None
    applies: bool = True
    subjects: list[str] = []


class Item(msgspec.Struct, frozen=True):
    """A check the run meant to make."""

    id: str
    subject: str
    case: str | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A failure the user lives with: one check, or one case of it, under one requirement, and why."""

    requirement: str
    check: str
    subject: str
    case: str | None = None
    reason: str = ""


class Begin(msgspec.Struct, frozen=True):
    """First line of a journal. `about`: what each check is for; `documents`: where each provider's can be read."""

    schema: str
    version: str
    run: str
    started: str
    seed: int
    command: str
    target: Target
    requirements: list[Requirement]
    plan: list[Item]
    without_cases: list[tuple[str, str]] = []
    parameters: dict[str, Any] = {}
    observer: str | None = None
    deadline_s: float | None = None
    patience_s: float | None = None
    strict: bool = False
    about: dict[str, str] = {}
    documents: dict[str, str] = {}
    accepted: list[Accepted] | None = None


class Body(msgspec.Struct, frozen=True):
    """What was sent or received after the head; bytes that are no text as base64."""

    size: int
    text: str | None = None
    base64: str | None = None
    cut: bool = False


class Part(msgspec.Struct, frozen=True):
    """Headers and body of a request or a response."""

    headers: list[tuple[str, str]] = []
    body: Body | None = None


class Signed(msgspec.Struct, frozen=True):
    """How a request is signed: `signs` and `value` are templates; `over` are the signed bytes, if not the body."""

    algorithm: str
    header: str
    signs: str
    value: str
    own_secret: bool = True
    over: Body | None = None
    differs_at: int | None = None


class Piece(Body, frozen=True):
    """A piece of a byte string that is `whole` bytes long."""

    whole: int = 0


class Difference(msgspec.Struct, frozen=True):
    """Two byte strings, from `start` on, that first differ `at` some byte."""

    what: str
    at: int
    start: int
    expected: Piece
    actual: Piece


class Attempt(msgspec.Struct, frozen=True):
    """One HTTP request and what came back."""

    n: int
    label: str
    line: str
    method: str
    url: str
    at_s: float
    elapsed_s: float
    outcome: str
    request: Part
    detail: str = ""
    status: int | None = None
    response: Part | None = None
    timeline: list[tuple[float, str, int | None]] = []
    signed: Signed | None = None


@dataclass(frozen=True)
class Moment:
    """One attempt of a series: when it began, how long it was open, what was answered."""

    at_s: Seconds
    open_s: Seconds
    answer: str
    acknowledged: bool
    n: int | None = None


class Series(msgspec.Struct, frozen=True):
    """The attempts of one delivery, as a sender made them."""

    attempts: list[Moment]
    caption: str = ""


class Check(msgspec.Struct, frozen=True):
    """What one check saw."""

    id: str
    subject: str
    outcome: Outcome
    case: str | None = None
    reason: str | None = None
    message: str = ""
    attempts: list[int] = []
    reproduce: str | None = None
    waited_s: float = 0.0
    series: list[Series] = []
    differences: list[Difference] = []


class Fact(msgspec.Struct, frozen=True):
    """Something about the run worth knowing that decides nothing by itself."""

    name: str
    text: str


class Older(msgspec.Struct, frozen=True):
    """The run before this one, of the same target: what each requirement (`provider/id`) came out as."""

    started: str
    requirements: dict[str, Verdict]
    where: str = ""


class Past(msgspec.Struct, frozen=True):
    """An earlier run of the same target: `passed` is passed and judged, for each level."""

    started: str
    verdict: Literal["conformant", "nonconformant", "undecided"]
    complete: bool
    passed: dict[Level, tuple[int, int]]
    where: str = ""


class Pasts(msgspec.Struct, frozen=True):
    """Earlier runs, oldest first."""

    runs: list[Past]


class End(msgspec.Struct, frozen=True):
    """Last line of a journal."""

    elapsed_s: float
    exit: int | None = None
    interrupted: bool = False


@dataclass
class Run:
    """A journal as read. `damaged` counts the lines that were not."""

    begin: Begin
    damaged: int = 0
    attempts: dict[int, Json] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    older: Older | None = None
    past: list[Past] = field(default_factory=list)
    end: End | None = None


def read(journal: Path) -> Run:
    """Read a journal, however it was cut off. Raises ReportError if its begin line is lost, OSError if it is."""
    return gathered(journal, "begin", Begin, Run, _added, again="run the tests again")


class Gathered(Protocol):
    """What lines are gathered into."""

    damaged: int


G = TypeVar("G", bound=Gathered)
B = TypeVar("B")


def gathered(
    journal: Path, first: str, shape: type[B], start: Callable[[B], G], add: Callable[[G, Json], bool], *, again: str
) -> G:
    """Every line of a journal, from its line of type `first` on, which has this shape; `add` says whether it is sound.

    Raises ReportError if that line is lost, OSError if the journal is.
    """
    run, damaged = None, 0
    for line in journal.read_bytes().split(b"\n"):
        entry = loaded(line) if line.strip() else {}
        if entry is None:
            damaged += 1
        elif entry.get("type") == first:
            run = start(_begin(entry, journal, first, shape))
        elif run is not None and not add(run, entry):
            damaged += 1
    if run is None:
        raise ReportError(f"{journal}: no {first} line, so there is nothing to report on; {again}")
    run.damaged = damaged
    return run


def loaded(line: bytes) -> Json | None:
    """One line as an object; None if it is none. Lone surrogates become text, or results.json were no UTF-8."""
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    sound: Json = _sound(value) if b"\\ud" in line or b"\\uD" in line else value
    return sound


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_sound(item) for item in value]
    if isinstance(value, dict):
        return {_sound(key): _sound(item) for key, item in value.items()}
    return value


def _begin(entry: Json, journal: Path, first: str, shape: type[B]) -> B:
    if entry.get("schema") != JOURNAL:
        raise ReportError(f"{journal}: its schema is {entry.get('schema')!r}; this version reads {JOURNAL!r}")
    try:
        return msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        raise ReportError(f"{journal}: its {first} line is not as it should be: {error}") from None


def _series(found: Any) -> Any:
    """The series of a check as objects: written as such, as lists of attempts, or as the attempts of a single one."""
    if not isinstance(found, list):
        return found
    single = found and all(isinstance(item, dict) and "attempts" not in item for item in found)
    return [{"attempts": item} if isinstance(item, list) else item for item in ([found] if single else found)]


def _added(run: Run, entry: Json) -> bool:
    """Add a line to the run; false if it is not as it should be. Types of a later version are passed over."""
    try:
        match entry.get("type"):
            case "attempt":
                run.attempts[msgspec.convert(entry, Attempt).n] = entry
            case "check":
                run.checks.append(msgspec.convert({**entry, "series": _series(entry.get("series", []))}, Check))
            case "fact":
                run.facts.append(msgspec.convert(entry, Fact))
            case "older":
                run.older = msgspec.convert(entry, Older)
            case "past":
                run.past = msgspec.convert(entry, Pasts).runs
            case "end":
                run.end = msgspec.convert(entry, End)
    except msgspec.ValidationError:
        return False
    return True

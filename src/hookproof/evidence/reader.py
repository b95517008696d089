"""`run.jsonl` read, however it was cut off: the journal of a check run or of a load run as values. Judges nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar, get_args

import msgspec

from hookproof.evidence.lines import (
    JOURNAL,
    AttemptLine,
    BeginLine,
    CheckLine,
    CheckRunLine,
    EndLine,
    FactLine,
    Json,
    Line,
    OlderLine,
    PastLine,
    PastRun,
)
from hookproof.evidence.load_lines import (
    CapacityRecord,
    LoadBeginLine,
    LoadEndLine,
    LoadRunLine,
    ScenarioLine,
    SearchLine,
    SecondLine,
    StageLine,
)


class ReportError(Exception):
    """A journal that cannot become a report. Its text is one line."""


@dataclass
class RecordedChecks:
    """The journal of a check run as read. `damaged` counts the lines that could not be.

    `attempts` are objects as they stand in the journal, by their numbers: results quote them with all they say.
    """

    begin: BeginLine
    damaged: int = 0
    attempts: dict[int, Json] = field(default_factory=dict)
    checks: list[CheckLine] = field(default_factory=list)
    facts: list[FactLine] = field(default_factory=list)
    older: OlderLine | None = None
    past: list[PastRun] = field(default_factory=list)
    end: EndLine | None = None


@dataclass
class RecordedLoad:
    """The journal of a load run as read. `damaged` counts the lines that could not be."""

    begin: LoadBeginLine
    damaged: int = 0
    seconds: list[SecondLine] = field(default_factory=list)
    stages: list[StageLine] = field(default_factory=list)
    searches: dict[str, CapacityRecord] = field(default_factory=dict)
    over: dict[str, ScenarioLine] = field(default_factory=dict)
    end: LoadEndLine | None = None


class _JournalRead(Protocol):
    """What the lines of a journal are gathered into."""

    damaged: int


_Run = TypeVar("_Run", bound=_JournalRead)
_First = TypeVar("_First", bound=Line)


def read(journal: Path) -> RecordedChecks | RecordedLoad:
    """Read a journal of either kind. Raises ReportError if its first line is lost, OSError if the journal is."""
    return read_load_run(journal) if _is_of_a_load(journal) else read_check_run(journal)


def read_check_run(journal: Path) -> RecordedChecks:
    """Read the journal of a check run. Raises as `read`."""
    return _gathered(journal, BeginLine, RecordedChecks, _add_to_check_run, again="run the tests again")


def read_load_run(journal: Path) -> RecordedLoad:
    """Read the journal of a load run. Raises as `read`."""
    return _gathered(journal, LoadBeginLine, RecordedLoad, _add_to_load_run, again="run the load again")


def _is_of_a_load(journal: Path) -> bool:
    with journal.open("rb") as file:
        return any(line.startswith(b'{"type": "load_') for line in file)


def _gathered(
    journal: Path,
    first: type[_First],
    start: Callable[[_First], _Run],
    add: Callable[[_Run, Json], None],
    *,
    again: str,
) -> _Run:
    """Every line of a journal from the `first` one on. Lines that `add` cannot take are counted as damaged."""
    run, damaged, name = None, 0, _type(first)
    for line in journal.read_bytes().split(b"\n"):
        entry = loaded(line) if line.strip() else {}
        if entry is None:
            damaged += 1
        elif entry.get("type") == name:
            run = start(_first(entry, journal, first))
        elif run is not None:
            try:
                add(run, entry)
            except msgspec.ValidationError:
                damaged += 1
    if run is None:
        raise ReportError(f"{journal}: no {name} line, so there is nothing to report on; {again}")
    run.damaged = damaged
    return run


def _first(entry: Json, journal: Path, shape: type[_First]) -> _First:
    if entry.get("schema") != JOURNAL:
        raise ReportError(f"{journal}: its schema is {entry.get('schema')!r}; this version reads {JOURNAL!r}")
    try:
        return msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        raise ReportError(f"{journal}: its {_type(shape)} line is not as it should be: {error}") from None


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


def _type(shape: type[Line]) -> str:
    """The `type` that lines of this shape have."""
    return str(shape.__struct_config__.tag)


_SHAPES: dict[str, type[Line]] = {_type(shape): shape for shape in get_args(CheckRunLine) + get_args(LoadRunLine)}


def _line(entry: Json) -> Line | None:
    """The line that an object is; None for a type of a later version. Raises ValidationError if it is not sound."""
    shape = _SHAPES.get(str(entry.get("type")))
    return msgspec.convert(entry, shape) if shape else None


def _add_to_check_run(run: RecordedChecks, entry: Json) -> None:
    """Add a line to the run. Raises ValidationError if it is not as it should be."""
    if entry.get("type") == "check":
        entry = {**entry, "series": _series(entry.get("series", []))}
    match _line(entry):
        case AttemptLine(n=n):
            run.attempts[n] = entry
        case CheckLine() as check:
            run.checks.append(check)
        case FactLine() as fact:
            run.facts.append(fact)
        case OlderLine() as older:
            run.older = older
        case PastLine(runs=runs):
            run.past = runs
        case EndLine() as end:
            run.end = end


def _series(found: Any) -> Any:
    """The series of a check as objects: written as such, as lists of attempts, or as the attempts of a single one."""
    if not isinstance(found, list):
        return found
    single = found and all(isinstance(item, dict) and "attempts" not in item for item in found)
    return [{"attempts": item} if isinstance(item, list) else item for item in ([found] if single else found)]


def _add_to_load_run(run: RecordedLoad, entry: Json) -> None:
    """Add a line to the run. Raises ValidationError if it is not as it should be."""
    match _line(entry):
        case SecondLine() as second:
            run.seconds.append(second)
        case StageLine() as stage:
            run.stages.append(stage)
        case SearchLine(scenario=name, result=found):
            run.searches[name] = found
        case ScenarioLine() as over:
            run.over[over.scenario] = over
        case LoadEndLine() as end:
            run.end = end

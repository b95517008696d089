"""The runs before this one: found among the folders beside it, told by what was tested. They are written down first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from hookproof.evidence.lines import Json, Line, OlderLine, PastLine, PastRun, TargetRecord
from hookproof.evidence.reader import ReportError, loaded
from hookproof.report.results import stored
from hookproof.report.words import headline
from hookproof.verdict import Level, Reason, Verdict

MOST = 20
"""Folders beside the run's own that are looked into, newest first."""
SHOWN = 11
"""Earlier runs that a journal remembers, at most."""


def lines(folder: Path, target: TargetRecord) -> Iterator[Line]:
    """What a journal says of the runs before it."""
    found = list(islice(alike(folder, target), SHOWN))
    if whole := next((one for one in found if one[1]["complete"]), None):
        path, results = whole
        yield OlderLine(started=results["started"], where=path.parent.name, requirements=verdicts(results))
    if found:
        yield PastLine([moment(results, path.parent.name) for path, results in reversed(found)])


def alike(folder: Path, target: TargetRecord) -> Iterator[tuple[Path, Json]]:
    """Earlier runs of checks against the same target, newest first."""
    try:
        beside = [path / "results.json" for path in folder.absolute().parent.iterdir() if path != folder.absolute()]
        files = [path for path in beside if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return
    for path in files[:MOST]:
        results = _alike(path, target)
        if results and not headline.is_load(results):
            yield path, results


def _alike(path: Path, target: TargetRecord) -> Json | None:
    """The results of a run of the same target; only these are held against the schema, which takes its time."""
    try:
        raw = loaded(path.read_bytes())
        return stored.read(path) if raw and _same(msgspec.convert(raw["target"], TargetRecord), target) else None
    except (OSError, ReportError, KeyError, msgspec.ValidationError):
        return None


def moment(results: Json, where: str = "") -> PastRun:
    """One run in a few words: when, what it came to, and what passed of what was judged."""
    return PastRun(
        started=results["started"],
        verdict=results["verdict"],
        complete=results["complete"],
        passed={level: headline.passed(results, level) for level in (Level.MUST, Level.SHOULD)},
        where=where,
    )


def verdicts(results: Json) -> dict[str, Verdict]:
    """`provider/id` and verdict of what was judged, or could not be for another reason than that it was left out."""
    rows = [row for row in results["requirements"] if row["applies"] and not row["excluded"]]
    return {
        f"{row['provider']}/{row['id']}": Verdict(row["verdict"]) for row in rows if row["reason"] != Reason.NOT_RUN
    }


def _same(one: TargetRecord, other: TargetRecord) -> bool:
    """Whether two targets are at one address and were tested in the same roles by the same documents."""
    return _place(one) == _place(other)


def _place(target: TargetRecord) -> tuple[str, list[str], list[str]]:
    return target.url, sorted(target.role), sorted(target.provider)

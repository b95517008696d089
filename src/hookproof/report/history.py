"""The runs before this one: found among the folders beside it, told by what was tested. They are written down first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from hookproof.report import headline, stored
from hookproof.report.lines import Json, ReportError, loaded
from hookproof.verdict import Level, Reason

MOST = 20  # folders looked into, newest first
SHOWN = 11
"""Runs before this one that are remembered."""


def lines(folder: Path, target: Json) -> Iterator[tuple[str, Json]]:
    """What a journal says of the runs before it: type and fields of each line."""
    found = list(islice(alike(folder, target), SHOWN))
    if whole := next((one for one in found if one[1]["complete"]), None):
        path, results = whole
        yield "older", {"started": results["started"], "where": path.parent.name, "requirements": verdicts(results)}
    if found:
        yield "past", {"runs": [moment(results, path.parent.name) for path, results in reversed(found)]}


def alike(folder: Path, target: Json) -> Iterator[tuple[Path, Json]]:
    """Earlier runs of checks against the same target, newest first."""
    try:
        beside = [path / "results.json" for path in folder.absolute().parent.iterdir() if path != folder.absolute()]
        files = [path for path in beside if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return
    for path in files[:MOST]:
        results = _alike(path, target)
        if results and not results["load"]:
            yield path, results


def _alike(path: Path, target: Json) -> Json | None:
    """The results of a run of the same target; only these are held against the schema, which takes its time."""
    try:
        raw = loaded(path.read_bytes())
        return stored.read(path) if raw and _same(raw["target"], target) else None
    except (OSError, ReportError, KeyError, TypeError):
        return None


def moment(results: Json, where: str = "") -> Json:
    """One run in a few words: when, what it came to, and what passed of what was judged."""
    counted: dict[str, Any] = {
        level.value: list(headline.passed(results, level)) for level in (Level.MUST, Level.SHOULD)
    }
    same = {key: results[key] for key in ("started", "verdict", "complete")}
    return {**same, "where": where, "passed": counted}


def verdicts(results: Json) -> Json:
    """`provider/id` and verdict of what was judged, or could not be for another reason than that it was left out."""
    rows = [row for row in results["requirements"] if row["applies"] and not row["excluded"]]
    return {f"{row['provider']}/{row['id']}": row["verdict"] for row in rows if row["reason"] != Reason.NOT_RUN}


def _same(one: Json, other: Json) -> bool:
    """The same address, but for its port, in the same roles, by the same documents."""
    return _place(one) == _place(other)


def _place(target: Json) -> tuple[str, list[str], list[str]]:
    return re.sub(r":\d+(?=/|$)", "", target["url"]), sorted(target["role"]), sorted(target["provider"])

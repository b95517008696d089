"""The run before this one: found among the folders beside it, told by what was tested."""

from __future__ import annotations

import re
from pathlib import Path

from hookproof.report import stored
from hookproof.report.lines import Json, ReportError, loaded
from hookproof.verdict import Reason

MOST = 20  # folders looked into, newest first


def before(folder: Path, target: Json) -> Json | None:
    """When the last whole run of checks of the same target was, and what it came out as; None if there is none."""
    try:
        beside = [path / "results.json" for path in folder.absolute().parent.iterdir() if path != folder.absolute()]
        files = [path for path in beside if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return None
    for path in files[:MOST]:
        found = _alike(path, target)
        if found and found["complete"] and not found["load"]:
            return {"started": found["started"], "where": path.parent.name, "requirements": verdicts(found)}
    return None


def _alike(path: Path, target: Json) -> Json | None:
    """The results of a run of the same target; only these are held against the schema, which takes its time."""
    try:
        raw = loaded(path.read_bytes())
        return stored.read(path) if raw and _same(raw["target"], target) else None
    except (OSError, ReportError, KeyError, TypeError):
        return None


def verdicts(results: Json) -> Json:
    """`provider/id` and verdict of what was judged, or could not be for another reason than that it was left out."""
    rows = [row for row in results["requirements"] if row["applies"] and not row["excluded"]]
    return {f"{row['provider']}/{row['id']}": row["verdict"] for row in rows if row["reason"] != Reason.NOT_RUN}


def _same(one: Json, other: Json) -> bool:
    """The same address, but for its port, in the same roles, by the same documents."""
    return _place(one) == _place(other)


def _place(target: Json) -> tuple[str, list[str], list[str]]:
    return re.sub(r":\d+(?=/|$)", "", target["url"]), sorted(target["role"]), sorted(target["provider"])

"""Failures the user accepts: the file they stand in, and what becomes of them in the results. A verdict stays.

An accepted failure is one check, or one case of it, under one requirement. One that is met again is stale.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import msgspec

from hookproof.evidence.lines import Accepted, Json
from hookproof.evidence.reader import ReportError
from hookproof.verdict import Level, Outcome, Verdict, conclude, judge

SCHEMA = "hookproof/baseline/1"

_BAD = (Verdict.FAIL.value, Verdict.WARN.value)
"""Verdicts that can be accepted."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: Literal["hookproof/baseline/1"]
    accepted: list[Accepted]


def read(path: Path) -> list[Accepted]:
    """The entries of a baseline, JSON or TOML by its name. Raises ReportError in one line, OSError."""
    raw = path.read_bytes()
    try:
        toml = path.suffix == ".toml"
        found = msgspec.toml.decode(raw, type=_File) if toml else msgspec.json.decode(raw, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = str(error).partition("\n")[0]
        raise ReportError(f"{path}: no baseline ({said}); `hookproof baseline results.json` writes one") from None
    keys = [key(entry) for entry in found.accepted]
    if twice := next((one for one in keys if keys.count(one) > 1), None):
        raise ReportError(f"{path}: {_named(*twice)} stands there twice")
    return found.accepted


def write(results: Json, *, strict: bool = False, reason: str = "") -> str:
    """The text of a baseline that accepts every failure of these results; `strict`: every warning too."""
    bad = _BAD if strict else _BAD[:1]
    entries = []
    for row in results["requirements"]:
        for check in _failing(row, results["checks"]) if row["verdict"] in bad else []:
            if judge(Outcome(check["outcome"]), Level(row["level"])).value in bad:
                kept = {name: check[name] for name in ("id", "subject", "case")}
                entries.append({"requirement": row["id"], "check": kept.pop("id"), **kept, "reason": reason})
    before = {_key(entry): entry["reason"] for entry in results.get("accepted") or []}
    entries = [{**entry, "reason": before.get(_key(entry), entry["reason"])} for entry in entries]
    return json.dumps({"schema": SCHEMA, "accepted": entries}, indent=2) + "\n"


def key(entry: Accepted) -> tuple[str, str, str, str | None]:
    """What an entry is about: requirement, check, subject and case. A baseline has one entry of a key."""
    return entry.requirement, entry.check, entry.subject, entry.case


def mark(results: Json, entries: list[Accepted] | None) -> Json:
    """The results with `accepted` on what is accepted, and the entries that are `stale`; None without a baseline.

    A check is accepted if it is under every requirement of its own level; those of a lower level only warn.
    """
    reasons = {key(entry): entry.reason or "accepted" for entry in entries or []}
    levels = {row["id"]: row["level"] for row in results["requirements"]}
    for check in results["checks"]:
        broken = [row for row in check["requirements"] if levels[row] == check["level"]]
        named = [reasons.get((row, check["id"], check["subject"], check["case"])) for row in broken]
        check["accepted"] = named[0] if check["verdict"] in _BAD and named and all(named) else None
    for row in results["requirements"]:
        found = [
            reasons.get((row["id"], check["id"], check["subject"], check["case"]))
            for check in (_failing(row, results["checks"]) if reasons and row["verdict"] in _BAD else [])
        ]
        row["accepted"] = found[0] if found and all(found) else None
    results["accepted"] = None if entries is None else [msgspec.to_builtins(entry) for entry in entries]
    results["stale"] = [msgspec.to_builtins(entry) for entry in entries or [] if _is_stale(entry, results)]
    return results


def remaining(results: Json) -> str:
    """The conclusion of a run if what is accepted were left out of it."""
    rows = [
        (Level(row["level"]), Verdict(row["verdict"])) for row in results["requirements"] if not row.get("accepted")
    ]
    doubted = any(fact.get("undecided") for fact in results["facts"])
    return conclude(rows, complete=results["complete"] and not doubted)


def _is_stale(entry: Accepted, results: Json) -> bool:
    """Whether the check was made and found nothing any more."""
    wanted = (entry.check, entry.subject, entry.case)
    return any(
        check["outcome"] == Outcome.MET and (check["id"], check["subject"], check["case"]) == wanted
        for check in results["checks"]
    )


def _failing(row: Json, checks: list[Json]) -> list[Json]:
    """The unmet checks that decide a requirement."""
    return [
        check
        for check in checks
        if check["outcome"] == Outcome.UNMET
        and row["id"] in check["requirements"]
        and check["subject"] in row["subjects"]
    ]


def _key(entry: Json) -> tuple[str, str, str, str | None]:
    return entry["requirement"], entry["check"], entry["subject"], entry.get("case")


def _named(requirement: str, check: str, subject: str, case: str | None) -> str:
    return f"{requirement} {check}" + (f"[{case}]" if case is not None else "") + f" for {subject}"

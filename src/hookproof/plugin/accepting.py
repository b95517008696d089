"""What `--baseline` does to a run: which entries make sense, which failures they cover, what the exit code then is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hookproof.evidence.lines import Accepted, PlannedCheck
from hookproof.plugin.items import CheckItem, Selection, names
from hookproof.report.results import baseline
from hookproof.verdict import Exit, Outcome, Verdict, judge
from hookproof.verdict import exit_code as of_run

_BAD = (Verdict.FAIL, Verdict.WARN)


def unknown(entry: Accepted, selection: Selection, plan: list[PlannedCheck]) -> str:
    """Why an entry means nothing in this run; empty if it does. `plan`: the items there are, if all are known."""
    rows = [(row, subjects) for _, row, subjects in selection.rows if row.id == entry.requirement]
    if not rows:
        return f"{entry.requirement} is no requirement of this run"
    if not any(names(row.checks, entry.check, entry.case) for row, _ in rows):
        return f"{entry.requirement} is not decided by {entry.check}"
    if not any(entry.subject in subjects for _, subjects in rows):
        return f"{entry.requirement} is not judged for {entry.subject}"
    cases = [one.case for one in plan if (one.id, one.subject) == (entry.check, entry.subject)]
    return f"{entry.check} has no case {entry.case}" if cases and entry.case not in cases else ""


def covers(entries: Iterable[Accepted] | None, selection: Selection, known: CheckItem, verdict: Verdict) -> bool:
    """Whether a failure is accepted, under every requirement that makes it one."""
    if not entries or verdict not in _BAD:
        return False
    wanted = {baseline.key(entry) for entry in entries}
    rows = selection.naming(known.id, known.subject, known.case)
    broken = [row for row in rows if judge(Outcome.UNMET, row.level) is verdict]
    return all((row.id, known.id, known.subject, known.case) in wanted for row in broken)


def exit_code(results: dict[str, Any], *, strict: bool) -> Exit:
    """The exit code of a finished run: what is accepted does not count, what is stale does."""
    verdicts = [Verdict(row["verdict"]) for row in results["requirements"] if not row["accepted"]]
    code = of_run(baseline.remaining(results), verdicts, strict=strict)
    return Exit.NONCONFORMANT if results["stale"] else code

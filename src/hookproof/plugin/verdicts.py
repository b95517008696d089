"""From the end of one check to its line in the journal: outcome, verdict, likely cause, reproducer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hookproof.evidence.journal import difference
from hookproof.evidence.lines import CheckLine, Moment, SeriesRecord
from hookproof.plugin.items import CheckItem
from hookproof.plugin.run import CheckRun
from hookproof.verdict import Inconclusive, Level, Outcome, Verdict, judge

PYTEST = {
    Verdict.PASS: "passed",
    Verdict.INFO: "passed",
    Verdict.WARN: "passed",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "failed",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
}


def settle(known: CheckItem, run: CheckRun, call: pytest.CallInfo[None]) -> tuple[Verdict, Level]:
    """Judge a check that has ended, explain what it found, and write it down."""
    outcome = _read_outcome(known, call)
    if outcome is Outcome.UNMET:
        _explain(known, run)
    known.message = run.redactor.text(known.message)
    _record(known, outcome, run, call)
    level = run.selection.level(known.id, known.subject, known.case)
    return judge(outcome, level), level


def _read_outcome(known: CheckItem, call: pytest.CallInfo[None]) -> Outcome:
    """What the check's end means. Anything but an assertion or Inconclusive is our own trouble."""
    if call.excinfo is None:
        return Outcome.MET
    error = call.excinfo.value
    if isinstance(error, Inconclusive):
        known.reason, known.message = error.reason.value, str(error)
        return Outcome.INCONCLUSIVE
    if isinstance(error, AssertionError):
        known.message = str(error).split("\nassert ")[0]
        return Outcome.UNMET
    if isinstance(error, pytest.skip.Exception):
        known.message = str(error)
        return Outcome.NOT_APPLICABLE
    known.message = f"{type(error).__name__}: {error}"
    return Outcome.ERROR


def _explain(known: CheckItem, run: CheckRun) -> None:
    """Name the likely cause and write the reproducer, while the target is still there."""
    try:
        found = known.actor.explain()
        cause = found if isinstance(found, str) else run.background.run(found)
    except Inconclusive:
        cause = ""
    known.message += f"\nlikely cause: {cause}" if cause else ""
    known.reproduce = known.actor.reproduce(known.message)


def _record(known: CheckItem, outcome: Outcome, run: CheckRun, call: pytest.CallInfo[None]) -> None:
    run.journal.write(
        CheckLine(
            id=known.id,
            subject=known.subject,
            case=known.case,
            outcome=outcome,
            reason=known.reason,
            message=known.message,
            attempts=list(known.actor.numbers),
            series=[_series(**one) for one in known.actor.drawn],
            differences=[difference(found) for found in known.actor.differences[:3]],
            reproduce=known.reproduce,
            waited_s=round(time.monotonic() - known.started if known.started else call.duration, 3),
        )
    )


def _series(caption: str, attempts: list[dict[str, Any]]) -> SeriesRecord:
    return SeriesRecord([Moment(**attempt) for attempt in attempts], caption)

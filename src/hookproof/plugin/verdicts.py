"""From the end of one check to its line in the journal: outcome, verdict, likely cause, reproducer."""

from __future__ import annotations

import time

import pytest

from hookproof.journal import difference
from hookproof.observers import HttpObserver
from hookproof.plugin.run import Item, Run
from hookproof.receiver import Receiver
from hookproof.redact import without_user
from hookproof.reproduce import reproduce
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


def settle(known: Item, run: Run, call: pytest.CallInfo[None]) -> tuple[Verdict, Level]:
    """Judge a check that has ended, explain what it found, and write it down."""
    outcome = _read_outcome(known, call)
    if outcome is Outcome.UNMET:
        _explain(known, run)
    known.message = run.redactor.text(known.message)
    _record(known, outcome, run, call)
    level = run.selection.level(known.id, known.subject, known.case)
    return judge(outcome, level), level


def _read_outcome(known: Item, call: pytest.CallInfo[None]) -> Outcome:
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


def _explain(known: Item, run: Run) -> None:
    """Name the likely cause and write the reproducer, while the target is still there."""
    receiver = known.actor
    if not isinstance(receiver, Receiver):
        cause, known.reproduce = receiver.explain(), receiver.reproduce()
        known.message += f"\nlikely cause: {cause}" if cause else ""
        return
    try:
        cause = run.background.run(receiver.diagnose())
    except Inconclusive:
        cause = ""
    if cause:
        known.message += f"\nlikely cause: {cause}"
    observer = ""
    if receiver.counted and isinstance(run.settings.observer, HttpObserver):
        observer = without_user(run.settings.effects).replace("{event_id}", receiver.counted[0])
    shown = [attempt for attempt in receiver.attempts if str(attempt) in known.message] or receiver.attempts
    shown = receiver.attempts if len(receiver.attempts) <= 3 or receiver.counted else shown
    known.reproduce = reproduce(shown, receiver.at_once, run.targets[known.subject].secret_env, observer)


def _record(known: Item, outcome: Outcome, run: Run, call: pytest.CallInfo[None]) -> None:
    run.journal.write(
        "check",
        **known.key,
        outcome=outcome.value,
        reason=known.reason,
        message=known.message,
        attempts=known.actor.numbers,
        series=known.actor.drawn,
        differences=[difference(found) for found in known.actor.differences[:3]],
        reproduce=known.reproduce,
        waited_s=round(time.monotonic() - known.started if known.started else call.duration, 3),
    )

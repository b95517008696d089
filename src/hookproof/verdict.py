"""From what a check saw to a verdict: outcome x level, worst of several, exit code. Pure.

What the target did wrong is an AssertionError in a check; what keeps us from judging is `Inconclusive`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import Literal, TypeAlias

Conclusion: TypeAlias = Literal["conformant", "nonconformant", "undecided"]
"""What a whole run comes to."""


class Level(StrEnum):
    """How strongly a document demands something (RFC 2119 words)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Outcome(StrEnum):
    """What one check saw, before anybody asks how much it matters."""

    MET = "met"
    UNMET = "unmet"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Verdict(StrEnum):
    """In rising order of badness; `worst` follows this order."""

    PASS = "pass"
    INFO = "info"
    NOT_APPLICABLE = "not_applicable"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    WARN = "warn"
    FAIL = "fail"


class Reason(StrEnum):
    """Why something could not be judged."""

    NO_OBSERVER = "no_observer"
    CONTROL_FAILED = "control_failed"
    PREREQUISITE_FAILED = "prerequisite_failed"
    NOT_TRIGGERED = "not_triggered"
    WINDOW_TOO_SHORT = "window_too_short"
    AMBIGUOUS_SEND = "ambiguous_send"
    TARGET_UNREACHABLE = "target_unreachable"
    CONFLICTING_EVIDENCE = "conflicting_evidence"
    NOTHING_COUNTED = "nothing_counted"
    TARGET_SILENT = "target_silent"
    RATE_LIMITED = "rate_limited"
    NOT_RUN = "not_run"


class Exit(IntEnum):
    """Exit codes of a run; 2 to 5 are pytest's own."""

    CONFORMANT = 0
    NONCONFORMANT = 1
    INTERRUPTED = 2
    INTERNAL = 3
    USAGE = 4
    UNDECIDED = 10
    UNREACHABLE = 11
    LOAD_MISSED = 12
    REPORT_FAILED = 13


class Inconclusive(Exception):
    """Raised where a check cannot judge the target. `reason` is a `Reason`, the text says what was missing."""

    def __init__(self, reason: Reason | str, text: str = "") -> None:
        self.reason = Reason(reason)
        super().__init__(text or self.reason.value)


def assume(holds: object, evidence: object = "", reason: Reason | str = Reason.CONTROL_FAILED) -> None:
    """Stop judging unless the control holds: a rejection counts only if the genuine delivery was acknowledged."""
    if not holds:
        raise Inconclusive(reason, str(evidence))


_ORDER = {verdict: position for position, verdict in enumerate(Verdict)}
_UNMET = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.WARN, Level.MAY: Verdict.INFO}
_OTHER = {
    Outcome.MET: Verdict.PASS,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
    Outcome.ERROR: Verdict.ERROR,
}


def judge(outcome: Outcome, level: Level) -> Verdict:
    """What an outcome means for a requirement of that level."""
    return _UNMET[level] if outcome is Outcome.UNMET else _OTHER[outcome]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict; `not_applicable` if there is none."""
    return max(verdicts, key=_ORDER.__getitem__, default=Verdict.NOT_APPLICABLE)


def strictest(levels: Iterable[Level]) -> Level:
    """MUST before SHOULD before MAY; MAY if there is none."""
    found = set(levels)
    return next((level for level in Level if level in found), Level.MAY)


def conclude(verdicts: Iterable[tuple[Level, Verdict]], *, complete: bool) -> Conclusion:
    """`conformant`, `nonconformant` or `undecided` for a whole run, from its requirements.

    Conformant: no MUST failed, at least one MUST was judged, and no trouble of our own was in the way. What could not
    be judged stays visible in the totals; `--strict` makes it count.
    """
    rows = list(verdicts)
    musts = [verdict for level, verdict in rows if level is Level.MUST]
    troubled = any(verdict is Verdict.ERROR for _, verdict in rows)
    if Verdict.FAIL in musts:
        return "nonconformant"
    judged = Verdict.PASS in musts
    return "conformant" if judged and complete and not troubled else "undecided"


def exit_code(conclusion: str, verdicts: Iterable[Verdict], *, strict: bool) -> Exit:
    """The exit code of a finished run. `strict`: warn counts as a failure, inconclusive as undecided."""
    seen = set(verdicts)
    if conclusion == "nonconformant" or (strict and Verdict.WARN in seen):
        return Exit.NONCONFORMANT
    if conclusion != "conformant" or (strict and seen & {Verdict.INCONCLUSIVE, Verdict.ERROR}):
        return Exit.UNDECIDED
    return Exit.CONFORMANT

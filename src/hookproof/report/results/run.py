"""A run judged: what its journal says becomes the dictionary of `results.json`. Writes no file, makes no markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from hookproof.evidence.lines import CheckLine, Json, PlannedCheck, RequirementRecord
from hookproof.evidence.reader import RecordedChecks
from hookproof.report.results import baseline
from hookproof.report.results.results import (
    SCHEMA,
    AttemptResult,
    ChangeResult,
    CheckResult,
    FactResult,
    RequirementResult,
    Results,
    SinceResult,
    TotalsResult,
    Turn,
)
from hookproof.verdict import Level, Outcome, Reason, Verdict, conclude, judge, strictest, worst

Finding: TypeAlias = tuple[Verdict, str | None, str]


def results(run: RecordedChecks) -> Json:
    """The contents of results.json."""
    begin, end = run.begin, run.end
    seen = {(check.id, check.subject, check.case) for check in run.checks}
    lost = [_not_run(item) for item in begin.plan if (item.id, item.subject, item.case) not in seen]
    checks = [*run.checks, *lost]
    empty = set(begin.without_cases)
    rows = [(row, *_found(row, checks, begin.target.role, empty)) for row in begin.requirements]
    complete = end is not None and not (end.interrupted or lost or run.damaged)
    found = Results(
        schema=SCHEMA,
        verdict=conclude(
            ((row.level, verdict) for row, verdict, *_ in rows),
            complete=complete and not any(fact.undecided for fact in run.facts),
        ),
        target=begin.target,
        started=begin.started,
        elapsed_s=end.elapsed_s if end else _last_s(run),
        seed=begin.seed,
        complete=complete,
        totals=totals((row.level, verdict) for row, verdict, *_ in rows),
        requirements=[_requirement(*row, begin.target.role) for row in rows],
        checks=[_check(check, run) for check in checks],
        load={},
        run=begin.run,
        version=begin.version,
        command=begin.command,
        parameters=begin.parameters,
        observer=begin.observer,
        deadline_s=begin.deadline_s,
        patience_s=begin.patience_s,
        strict=begin.strict,
        facts=[FactResult(fact.name, fact.text, fact.undecided) for fact in run.facts],
        exit=end.exit if end else None,
        interrupted=end is None or end.interrupted,
        damaged_lines=run.damaged,
        about={check.id: begin.about[check.id] for check in checks if check.id in begin.about},
        documents=begin.documents,
        since=_since(run, rows),
        history=run.past,
    )
    return baseline.mark(msgspec.to_builtins(found), begin.accepted)


def _since(run: RecordedChecks, rows: list[tuple[RequirementRecord, Verdict, str | None, str]]) -> SinceResult | None:
    """What became of each requirement since the run before; None if there was none."""
    if run.older is None:
        return None
    before = run.older.requirements
    mine = [(row, verdict, reason) for row, verdict, reason, _ in rows if row.applies and not row.excluded]
    now = {f"{row.provider}/{row.id}": verdict for row, verdict, reason in mine if reason != Reason.NOT_RUN}
    changes = [
        ChangeResult(requirement=name, change=turn, before=before[name], now=now[name])
        for name in now
        if name in before and (turn := change(before[name], now[name]))
    ]
    return SinceResult(started=run.older.started, where=run.older.where, changes=changes)


def change(before: Verdict, now: Verdict) -> Turn | None:
    """What became of something between two runs; None if it is nothing worth telling."""
    bad, left = (Verdict.WARN, Verdict.FAIL), (Verdict.INCONCLUSIVE, Verdict.ERROR)
    if now is Verdict.FAIL and before in left:
        return "judged now: fails"  # nobody knows whether it ever was otherwise
    if (now is Verdict.FAIL and before is not now) or (now is Verdict.WARN and before not in (*bad, *left)):
        return "regression"
    if before in bad and now in (Verdict.PASS, Verdict.INFO, Verdict.NOT_APPLICABLE):
        return "fixed"
    if now in left and before not in left:
        return "not judged now"
    return "judged now" if before in left and now not in left else None


def decides(name: str, case: str | None, subject: str, subjects: list[str], named: list[str]) -> bool:
    """Whether a check made for `subject`, or that case of it, decides a requirement that applies to these subjects."""
    return (name in named or f"{name}[{case}]" in named) and subject in subjects


def _not_run(item: PlannedCheck) -> CheckLine:
    text = "Planned, but the run ended first."
    return CheckLine(
        id=item.id,
        subject=item.subject,
        case=item.case,
        outcome=Outcome.INCONCLUSIVE,
        reason=Reason.NOT_RUN.value,
        message=text,
    )


def _found(
    row: RequirementRecord, checks: list[CheckLine], roles: list[str], without_cases: set[tuple[str, str]]
) -> Finding:
    """Verdict, reason and message of one requirement: those of the worst check it names."""
    if row.excluded:
        return Verdict.NOT_APPLICABLE, "excluded", row.excluded
    if not row.applies:
        return Verdict.NOT_APPLICABLE, None, "Does not apply with the parameters of this run."
    mine = [name for name in row.checks if name.split(".")[0] in roles]
    findings = [finding for name in mine for finding in _of(name, row, checks, without_cases)]
    verdict = worst(found for found, *_ in findings)
    return next((finding for finding in findings if finding[0] is verdict), (verdict, None, ""))


def _of(
    name: str, row: RequirementRecord, checks: list[CheckLine], without_cases: set[tuple[str, str]]
) -> list[Finding]:
    """What every case of one check means for a requirement; a check that did not run leaves it open."""
    id_, _, case = name.partition("[")
    made = [check for check in checks if check.id == id_ and check.subject in row.subjects]
    made = [check for check in made if not case or check.case == case.removesuffix("]")]
    if not made and all((name, subject) in without_cases for subject in row.subjects):
        return [(Verdict.NOT_APPLICABLE, None, "There is no case of it here.")]
    missing: Finding = (Verdict.INCONCLUSIVE, Reason.NOT_RUN.value, f"{name} was not part of this run.")
    return [(judge(check.outcome, row.level), check.reason, check.message) for check in made] or [missing]


def _requirement(
    row: RequirementRecord, verdict: Verdict, reason: str | None, message: str, roles: list[str]
) -> RequirementResult:
    own = [row.role] if isinstance(row.role, str) else [role for role in row.role if role in roles] or row.role
    return RequirementResult(
        id=row.id,
        provider=row.provider,
        role="/".join(own),
        level=row.level,
        verdict=verdict,
        text=row.text,
        source=row.source,
        checks=row.checks,
        reason=reason,
        message=message,
        excluded=row.excluded,
        applies=row.applies,
        subjects=row.subjects,
    )


def _check(check: CheckLine, run: RecordedChecks) -> CheckResult:
    """One entry of `checks`: the whole evidence unless it passed, then a line an attempt."""
    rows = [row for row in run.begin.requirements if row.applies]
    rows = [row for row in rows if decides(check.id, check.case, check.subject, row.subjects, row.checks)]
    level = strictest(row.level for row in rows)
    verdict = judge(check.outcome, level)
    attempts = [run.attempts[n] for n in check.attempts if n in run.attempts]
    short = [msgspec.structs.asdict(msgspec.convert(attempt, AttemptResult)) for attempt in attempts]
    return CheckResult(
        id=check.id,
        subject=check.subject,
        case=check.case,
        verdict=verdict,
        outcome=check.outcome,
        level=level,
        reason=check.reason,
        message=check.message,
        requirements=[row.id for row in rows],
        attempts=short if verdict is Verdict.PASS else attempts,
        reproduce=check.reproduce,
        series=check.series,
        differences=check.differences,
        elapsed_s=_span_s(attempts, check.waited_s),
    )


def _span_s(attempts: list[Json], waited_s: float) -> float:
    """How long a check took, as far as its attempts tell."""
    started = min((attempt["at_s"] for attempt in attempts), default=0.0)
    ended = max((attempt["at_s"] + attempt["elapsed_s"] for attempt in attempts), default=0.0)
    return round(max(ended - started, waited_s), 4)


def _last_s(run: RecordedChecks) -> float:
    """When the last attempt of a run without an end was over."""
    return max((attempt["at_s"] + attempt["elapsed_s"] for attempt in run.attempts.values()), default=0.0)


def totals(verdicts: Iterable[tuple[Level, Verdict]]) -> TotalsResult:
    """How many requirements of each level came out as what."""
    found = Counter(verdicts)
    return TotalsResult(*({verdict: found[level, verdict] for verdict in Verdict} for level in Level))

"""What a load leaves: its journal, written as things happen, the report, and the last lines on the terminal."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hookproof import report
from hookproof.evidence.journal import Journal
from hookproof.evidence.own_words import vocabulary
from hookproof.evidence.redact import Redactor, visible, without_user
from hookproof.load.engine.tally import Slot, Tally
from hookproof.load.judge.objective import Judgement, LoadVerdict
from hookproof.load.judge.reconciliation import Reconciliation
from hookproof.load.judge.recovery import Recovery
from hookproof.load.judge.search import Capacity, Step
from hookproof.load.run import record
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.run.progress import figures
from hookproof.load.run.scenario import Scenario
from hookproof.load.run.workers import StageResult
from hookproof.load.schedule.stage import Stage
from hookproof.report import ReportError
from hookproof.runs import command_line, run_folder, tool_version
from hookproof.settings import WrongUseError
from hookproof.verdict import Exit

SETTLED = 2
"""How many newer slots must have begun before a slot is written down: most of its attempts have ended by then."""


@dataclass(frozen=True)
class JudgedStage:
    """A stage that is over, with what was counted and what was judged."""

    stage: Stage
    result: StageResult
    judgement: Judgement
    effects: Reconciliation | None = None
    recovery: Recovery | None = None


class RunFiles:
    """Writes down one load.

    name     the run's name, which is part of every event id
    summary  lines for the terminal, once the load has ended
    """

    def __init__(self, settings: LoadSettings, scenarios: Sequence[Scenario]) -> None:
        """Make the run's folder and begin its journal. Raises WrongUseError if that is not possible."""
        self.name = secrets.token_hex(4)
        self.summary: list[str] = []
        self._quiet = settings.quiet
        self._begun = time.monotonic()
        self._stage = -1
        self._next_slot = 0
        redactor = Redactor(vocabulary())
        for key in settings.secrets.values():
            if key.secret:
                redactor.add(key.secret.reveal(), f"${key.env}")
        for secret in settings.hide:
            redactor.add(secret.encode(), "$EFFECTS")
        redactor.add_queries(settings.target, settings.effects)
        try:
            self.folder = run_folder(settings.report)
            self._journal = Journal(self.folder / "run.jsonl", redactor)
        except OSError as error:
            raise WrongUseError(f"--report: cannot write there: {error.strerror}: {error.filename}") from None
        first = scenarios[0].objective
        record.begin(
            self._journal,
            run=self.name,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            version=tool_version(),
            command=without_user(shlex.join(command_line("locust"))),
            url=settings.target,
            providers=list(dict.fromkeys(surface.provider.name for surface in settings.surfaces)),
            objective=first,
            seed=settings.seed,
            scenarios=[record.Planned(one.name, one.about, one.arrivals, one.objective) for one in scenarios],
            observer=settings.effects.partition(":")[0] or None,
        )

    def seconds(self, stage: Stage, tally: Tally) -> None:
        """Write down the slots that are old enough and not written yet."""
        if stage.number != self._stage:
            self._stage, self._next_slot = stage.number, 0
        last = max(tally.slots, default=0) - SETTLED
        for index in range(self._next_slot, last + 1):
            if slot := tally.slots.get(index):
                self._second(stage, index, slot)
        self._next_slot = max(self._next_slot, last + 1)

    def _second(self, stage: Stage, index: int, slot: Slot) -> None:
        record.second(
            self._journal,
            scenario=stage.scenario,
            stage=stage.number,
            second=round(index * stage.slot_s),
            due=slot.due,
            sent=slot.sent,
            acknowledged=slot.acknowledged,
            ended=slot.ended,
            p99_ms=slot.quantile_s(0.99) * 1e3,
            lag_ms=slot.lag_s * 1e3,
        )

    def stage(self, judged: JudgedStage) -> None:
        """Write down a stage that is over."""
        record.stage(
            self._journal,
            scenario=judged.stage.scenario,
            stage=judged.stage.number,
            rate=judged.stage.arrivals.rate,
            tally=judged.result.tally,
            judgement=judged.judgement,
            effects=judged.effects,
            recovery=judged.recovery,
            workers=judged.result.workers,
        )

    def single(self, scenario: Scenario, judged: JudgedStage) -> None:
        """Write down that a scenario of one stage is over."""
        self._over(scenario, judged.judgement)
        self._tell(figures(judged.result.tally))

    def step(self, scenario: Scenario, step: Step) -> None:
        """Print what came of one rate of a search."""
        if not self._quiet:
            print(visible(f"{scenario.name} at {step}"), flush=True)

    def search(self, scenario: Scenario, found: Capacity, judgement: Judgement) -> None:
        """Write down that a search is over."""
        record.search(self._journal, scenario=scenario.name, capacity=found)
        self._over(scenario, judgement)

    def _over(self, scenario: Scenario, judgement: Judgement) -> None:
        record.scenario(self._journal, scenario=scenario.name, verdict=judgement.verdict, reasons=judgement.reasons)
        self._tell("", f"{scenario.name}: {judgement.verdict}", *(f"  {reason}" for reason in judgement.reasons))

    def _tell(self, *lines: str) -> None:
        self.summary += [visible(line) for line in lines]

    def end(self, code: Exit, verdict: LoadVerdict, *, trouble: str, interrupted: bool) -> int:
        """Write the journal's end and the report. Returns the exit code, which is another if that fails."""
        if trouble:
            self._tell("", f"hookproof: {trouble}")
        record.end(
            self._journal,
            elapsed_s=time.monotonic() - self._begun,
            exit_=code,
            interrupted=interrupted,
            verdict=verdict,
            reasons=[trouble] if trouble else [],
        )
        self._journal.close()
        left = self.folder / "report.html"
        try:
            report.write(self._journal.path)
        except (ReportError, OSError) as error:
            self._tell(f"hookproof: the report could not be written: {error}")
            code, left = Exit.REPORT_FAILED, self._journal.path
        self._tell("", f"{'interrupted' if interrupted else verdict} (exit {int(code)}): {left}")
        return int(code)

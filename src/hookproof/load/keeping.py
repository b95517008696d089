"""What a run leaves: its journal as things happen, the report made of it, and the lines that end it."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from hookproof import report
from hookproof.journal import Journal
from hookproof.load import record
from hookproof.load.conductor import Conductor, Played
from hookproof.load.objective import Judgement
from hookproof.load.options import Settings
from hookproof.load.progress import figures
from hookproof.load.scenario import Scenario
from hookproof.load.search import Capacity, Step
from hookproof.load.stage import Stage
from hookproof.load.tally import Slot, Tally
from hookproof.redact import Redactor, visible, without_user
from hookproof.report import ReportError
from hookproof.runs import command_line, run_folder, tool_version
from hookproof.usage import WrongUseError
from hookproof.verdict import Exit

SETTLED = 2
"""A slot is written down when so many newer ones have begun: what is due in it has mostly ended by then."""


class Keeping:
    """Writes down one run. `summary`: lines for the terminal, once it has ended."""

    def __init__(self, settings: Settings, scenarios: Sequence[Scenario]) -> None:
        """Make the run's folder and begin its journal. Raises WrongUseError where that cannot be."""
        self.name = secrets.token_hex(4)
        self.summary: list[str] = []
        self._quiet = settings.quiet
        self._begun = time.monotonic()
        self._written: tuple[int, int] = (-1, 0)
        redactor = Redactor()
        for key in settings.secrets.values():
            if key.secret:
                redactor.add(key.secret.reveal(), f"${key.env}")
        for secret in settings.hide:
            redactor.add(secret.encode(), "$EFFECTS")
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
        """Write down the slots that have settled since the last time."""
        number, after = self._written if self._written[0] == stage.number else (stage.number, 0)
        last = max(tally.slots, default=0) - SETTLED
        for place in range(after, last + 1):
            if slot := tally.slots.get(place):
                self._second(stage, place, slot)
        self._written = (number, max(after, last + 1))

    def _second(self, stage: Stage, place: int, slot: Slot) -> None:
        record.second(
            self._journal,
            scenario=stage.scenario,
            stage=stage.number,
            second=round(place * stage.slot_s),
            due=slot.due,
            sent=slot.sent,
            acknowledged=slot.acknowledged,
            ended=slot.ended,
            p99_ms=slot.quantile_s(0.99) * 1e3,
            lag_ms=slot.lag_s * 1e3,
        )

    def stage(self, played: Played) -> None:
        """A stage is over."""
        record.stage(
            self._journal,
            scenario=played.stage.scenario,
            stage=played.stage.number,
            rate=played.stage.arrivals.rate,
            tally=played.run.tally,
            judgement=played.judgement,
            effects=played.effects,
            recovery=played.recovery,
            workers=played.run.workers,
        )

    def once(self, scenario: Scenario, played: Played) -> None:
        """A scenario of one stage is over."""
        self._over(scenario, played.judgement)
        self._tell(figures(played.run.tally))

    def step(self, scenario: Scenario, step: Step) -> None:
        """One rate of a search has been tried."""
        if not self._quiet:
            print(visible(f"{scenario.name} at {step}"), flush=True)

    def search(self, scenario: Scenario, found: Capacity, judgement: Judgement) -> None:
        """A search is over."""
        record.search(self._journal, scenario=scenario.name, capacity=found)
        self._over(scenario, judgement)

    def _over(self, scenario: Scenario, judgement: Judgement) -> None:
        record.scenario(self._journal, scenario=scenario.name, verdict=judgement.verdict, reasons=judgement.reasons)
        self._tell("", f"{scenario.name}: {judgement.verdict}", *(f"  {reason}" for reason in judgement.reasons))

    def _tell(self, *lines: str) -> None:
        self.summary += [visible(line) for line in lines]

    def end(self, conductor: Conductor, code: Exit) -> int:
        """Write the journal's end and the report; returns the exit code, which is another if that fails."""
        if conductor.trouble:
            self._tell("", f"hookproof: {conductor.trouble}")
        record.end(
            self._journal,
            elapsed_s=time.monotonic() - self._begun,
            exit_=code,
            interrupted=conductor.interrupted,
            verdict=conductor.verdict,
            reasons=[conductor.trouble] if conductor.trouble else [],
        )
        self._journal.close()
        left = self.folder / "report.html"
        try:
            report.write(self._journal.path)
        except (ReportError, OSError) as error:
            self._tell(f"hookproof: the report could not be written: {error}")
            code, left = Exit.REPORT_FAILED, self._journal.path
        verdict = "interrupted" if conductor.interrupted else str(conductor.verdict)
        self._tell("", f"{verdict} (exit {int(code)}): {left}")
        return int(code)

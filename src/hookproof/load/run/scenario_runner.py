"""Runs the scenarios of a load one after the other, judges every stage, and has the results written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hookproof.load.engine.tally import Fate, Tally
from hookproof.load.judge.drift import drift
from hookproof.load.judge.objective import Judgement, LoadVerdict, judge
from hookproof.load.judge.reconciliation import Reconciliation
from hookproof.load.judge.recovery import Course, Recovery, recover
from hookproof.load.judge.search import Capacity, keeping_up
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.run.observer_client import MOST_ASKED, ObserverClient, ObserverError
from hookproof.load.run.run_files import JudgedStage, RunFiles
from hookproof.load.run.scenario import Scenario
from hookproof.load.run.stage_share import UnreachableError, contents
from hookproof.load.run.workers import LoadError, Workers
from hookproof.load.schedule.backlog import Backlog
from hookproof.load.schedule.patterns import Schedule
from hookproof.load.schedule.schedule import constant
from hookproof.load.schedule.stage import Stage
from hookproof.verdict import Exit

CONTROL_S = 10.0
"""Deadline, in seconds, of the deliveries that are sent before the load and between stages."""
SETTLE_S = 60.0
"""Longest wait, in seconds, for a target to become quick again after a stage that was too much for it."""
QUICK_TIMES = 3.0
"""A target is quick again when a single delivery takes at most this many times as long as before the load."""
QUICK_S = 0.1
"""A target is quick again, whatever it was before the load, when a single delivery takes at most this many seconds."""
SEARCHED = 500
"""Most events of one stage of a search whose effects are counted."""
_BADNESS = (LoadVerdict.MET, LoadVerdict.UNDECIDED, LoadVerdict.MISSED)


@dataclass(repr=False)
class ScenarioRunner:
    """Runs the scenarios of one load.

    memory       gives the bytes of memory of the watched process, sampled since the stage began
    interrupted  whether the load is to end early
    now          the stage that is running
    verdict      on all scenarios together, once they are over
    trouble      why not every scenario could be run, in one line
    """

    settings: LoadSettings
    scenarios: Sequence[Scenario]
    workers: Workers
    files: RunFiles
    memory: Callable[[], list[int]] = list
    interrupted: bool = False
    now: Stage | None = None
    verdict: LoadVerdict = LoadVerdict.UNDECIDED
    trouble: str = ""
    _number: int = 0
    _verdicts: list[LoadVerdict] = field(default_factory=list)
    _quick_s: float = 0.0
    _observer: ObserverClient | None = None

    def run(self) -> Exit:
        """Run every scenario; returns the exit code."""
        code = None
        try:
            self._run_scenarios()
        except UnreachableError as error:
            self.trouble, code = f"nobody takes a connection: {error}", Exit.UNREACHABLE
        except (LoadError, ObserverError, ValueError) as error:
            self.trouble = str(error)
        finally:
            if self._observer:
                self._observer.close()
        doubts = [LoadVerdict.UNDECIDED] if self.trouble or self.interrupted or not self._verdicts else []
        self.verdict = max([*self._verdicts, *doubts], key=_BADNESS.index)
        if self.interrupted:
            return Exit.INTERRUPTED
        return code or Judgement(self.verdict).exit

    def interrupt(self) -> None:
        """End the load now; what has been measured stays."""
        self.interrupted = True
        self.workers.abandon()

    def _run_scenarios(self) -> None:
        self._control()
        if self.settings.effects:
            self._observer = ObserverClient(self.settings.effects)
        for scenario in self.scenarios:
            if not self.interrupted:
                self._verdicts.append(self._search(scenario) if scenario.search else self._single(scenario))

    def _control(self) -> None:
        """Send one genuine delivery before the load: a target that refuses it would only be measured refusing."""
        tally = self._probe(1)
        self._quick_s = max(QUICK_S, QUICK_TIMES * tally.latency.highest_us / 1e6)
        if tally.of(Fate.REFUSED):
            raise UnreachableError(self.settings.target)
        refusals = [status for status in tally.statuses if 400 <= status < 500 and status != 429]
        if refusals:
            raise LoadError(
                f"one genuine delivery was answered {refusals[0]}, so no load was sent: "
                "is it the right URL, the right --provider and its secret?"
            )

    def _probe(self, deliveries: int) -> Tally:
        """Send a few genuine deliveries, one after the other."""
        stage = self._stage(Scenario("control", "", constant(10, deliveries / 10), deadline_s=CONTROL_S))
        return self.workers.run(replace(stage, shown=False)).tally

    def _settle(self) -> None:
        """Wait until the target is quick again, so that no stage is judged by the queue of the one before it."""
        end = time.monotonic() + SETTLE_S
        while not self.interrupted and time.monotonic() < end:
            tally = self._probe(5)
            if tally.acknowledged == tally.due and tally.latency.highest_us <= self._quick_s * 1e6:
                return

    def _single(self, scenario: Scenario) -> LoadVerdict:
        """Run a scenario that has one stage."""
        judged = self._run_stage(scenario, self._stage(scenario))
        self.files.single(scenario, judged)
        return judged.judgement.verdict

    def _search(self, scenario: Scenario) -> LoadVerdict:
        """Run a scenario that searches for capacity, one stage for each rate."""
        search = scenario.begin_search()
        while (rate := search.next()) is not None and not self.interrupted:
            judged = self._run_stage(scenario, self._stage(scenario, rate), most_asked=SEARCHED)
            stage, slots = judged.stage, judged.result.tally.slots
            achieved = keeping_up(slots, slot_s=stage.slot_s, duration_s=stage.arrivals.duration_s)
            search.add(rate, judged.judgement, achieved)
            self.files.step(scenario, search.steps[-1])
            if search.steps[-1].verdict is not LoadVerdict.MET or achieved < rate / 2:
                self._settle()
        if self.interrupted:
            search.stop("the run was interrupted")
        found = search.result()
        judgement = concluded(found)
        self.files.search(scenario, found, judgement)
        return judgement.verdict

    def _stage(self, scenario: Scenario, rate: float | None = None) -> Stage:
        self._number += 1
        return scenario.stage(self._number, self.files.name, self.settings.seed, rate)

    def _run_stage(self, scenario: Scenario, stage: Stage, *, most_asked: int = MOST_ASKED) -> JudgedStage:
        """Run a stage, count its effects, judge it and have it written down."""
        self.now = stage
        result = self.workers.run(stage)
        self.now = None
        tally = result.tally
        effects = self._effects(stage, tally, most_asked)
        judgement = judge(
            tally,
            scenario.objective,
            expected=stage.arrivals.deliveries,
            lost_workers=result.lost,
            interrupted=self.interrupted,
            effects=effects,
        )
        recovery = recovery_of(stage.arrivals, tally, scenario)
        reasons = drift(tally, self.memory()).grown if scenario.drift else ()
        judgement = _completed(replace(judgement, reasons=(*judgement.reasons, *reasons)), recovery, effects)
        judged = JudgedStage(stage, result, judgement, effects, recovery)
        self.files.stage(judged)
        return judged

    def _effects(self, stage: Stage, tally: Tally, most_asked: int) -> Reconciliation | None:
        if not self._observer or self.interrupted:
            return None
        return self._observer.effects(stage, tally, contents(self.settings, stage), most=most_asked)


def recovery_of(arrivals: Schedule, tally: Tally, scenario: Scenario) -> Recovery | None:
    """What became of a receiver that was down; None if the stage has no backlog."""
    if not isinstance(arrivals, Backlog):
        return None
    return recover(
        tally.slots,
        slot_s=tally.slot_s,
        duration_s=arrivals.duration_s,
        min_ok=scenario.acknowledged_ratio,
        rate=arrivals.rate,
        backlog_s=arrivals.backlog_s,
    )


_RECOVERED = {
    Course.UNSHAKEN: LoadVerdict.MET,
    Course.RECOVERED: LoadVerdict.MET,
    Course.UNDECIDED: LoadVerdict.UNDECIDED,
}
"""Verdict on a stage with a backlog, by what became of the receiver; missed for every other course."""


def _completed(judgement: Judgement, recovery: Recovery | None, effects: Reconciliation | None) -> Judgement:
    """The judgement once recovery is taken into account, which decides a stage with a backlog."""
    if recovery is None:
        return judgement
    verdict = _RECOVERED.get(recovery.course, LoadVerdict.MISSED)
    wrong_effects = effects is not None and bool(effects.lost or effects.duplicated)
    if judgement.verdict is LoadVerdict.UNDECIDED or (judgement.verdict is LoadVerdict.MISSED and wrong_effects):
        verdict = judgement.verdict
    return replace(judgement, verdict=verdict, reasons=(recovery.evidence, *judgement.reasons))


def concluded(found: Capacity) -> Judgement:
    """The judgement on a search that is over."""
    return Judgement(found.verdict, (str(found),), found.broke)

"""Plays the scenarios of a run one after the other, judges them, and has written down what happened."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hookproof.load.arrivals import Arrivals
from hookproof.load.backlog import Backlog
from hookproof.load.crew import ABANDON, Crew, CrewError, Run
from hookproof.load.drift import Drift, drift
from hookproof.load.effects import Effects
from hookproof.load.objective import Judgement, Standing, judge
from hookproof.load.options import Settings
from hookproof.load.recovery import Course, Recovery, recover
from hookproof.load.scenario import Scenario
from hookproof.load.schedule import constant
from hookproof.load.search import Capacity, Step, keeping_up
from hookproof.load.stage import Stage
from hookproof.load.tally import Fate, Tally
from hookproof.load.witness import Witness, WitnessError
from hookproof.load.work import UnreachableError, deck
from hookproof.verdict import Exit

CONTROL_S = 10.0
SETTLE_S = 60.0
"""How long a target that was sent too much is left to come to itself."""
NEAR = 3.0
SLIGHT_S = 0.1
"""It has, when single deliveries take at most so many times as long as at first, or no more than this."""
SEARCHED = 500
"""Events of one stage of a search whose effects are counted at most."""
_BADNESS = (Standing.MET, Standing.UNDECIDED, Standing.MISSED)


@dataclass(frozen=True)
class Played:
    """One stage that is over, and what it says."""

    stage: Stage
    run: Run
    judgement: Judgement
    effects: Effects | None = None
    recovery: Recovery | None = None
    drift: Drift | None = None


class Witnessed(Protocol):
    """Who writes down what happens."""

    def stage(self, played: Played) -> None: ...
    def step(self, scenario: Scenario, step: Step) -> None: ...
    def search(self, scenario: Scenario, found: Capacity, judgement: Judgement) -> None: ...
    def once(self, scenario: Scenario, played: Played) -> None: ...


@dataclass(repr=False)
class Conductor:
    """One run. `memory`: bytes of the watched process, sampled since the stage began.

    now       the stage that is being played
    trouble   why not everything could be played, in one line
    """

    settings: Settings
    scenarios: Sequence[Scenario]
    crew: Crew
    record: Witnessed
    memory: Callable[[], list[int]] = list
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    interrupted: bool = False
    now: Stage | None = None
    verdict: Standing = Standing.UNDECIDED
    trouble: str = ""
    _number: int = 0
    _judged: list[Standing] = field(default_factory=list)
    _calm_s: float = 0.0
    _witness: Witness | None = None

    def play(self) -> Exit:
        """Play everything; returns the exit code."""
        code = None
        try:
            self._play()
        except UnreachableError as error:
            self.trouble, code = f"nobody takes a connection: {error}", Exit.UNREACHABLE
        except (CrewError, WitnessError, ValueError) as error:
            self.trouble = str(error)
        finally:
            if self._witness:
                self._witness.close()
        doubts = [Standing.UNDECIDED] if self.trouble or self.interrupted or not self._judged else []
        self.verdict = max([*self._judged, *doubts], key=_BADNESS.index)
        if self.interrupted:
            return Exit.INTERRUPTED
        return code or Judgement(self.verdict).exit

    def interrupt(self) -> None:
        """End the run now, with what has been measured."""
        self.interrupted = True
        self.crew.halt(ABANDON)

    def _play(self) -> None:
        self._control()
        if self.settings.effects:
            self._witness = Witness(self.settings.effects)
        for scenario in self.scenarios:
            if not self.interrupted:
                self._judged.append(self._search(scenario) if scenario.search else self._once(scenario))

    def _control(self) -> None:
        """One genuine delivery before the load: a target that refuses it would only be measured refusing."""
        tally = self._probe(1)
        self._calm_s = max(SLIGHT_S, NEAR * tally.latency.highest_us / 1e6)
        if tally.of(Fate.REFUSED):
            raise UnreachableError(self.settings.target)
        refusals = [status for status in tally.statuses if 400 <= status < 500 and status != 429]
        if refusals:
            raise CrewError(
                f"one genuine delivery was answered {refusals[0]}, so no load was sent: "
                "is it the right URL, the right --provider and its secret?"
            )

    def _probe(self, deliveries: int) -> Tally:
        """A few genuine deliveries, one after the other."""
        stage = self._stage(Scenario("control", "", constant(10, deliveries / 10), deadline_s=CONTROL_S))
        return self.crew.run(replace(stage, shown=False)).tally

    def _settle(self) -> None:
        """Wait for a target that was sent too much: the next stage is not to be judged by the queue of the last."""
        end = time.monotonic() + SETTLE_S
        while not self.interrupted and time.monotonic() < end:
            tally = self._probe(5)
            if tally.acknowledged == tally.due and tally.latency.highest_us <= self._calm_s * 1e6:
                return

    def _once(self, scenario: Scenario) -> Standing:
        played = self._perform(scenario, self._stage(scenario))
        self.record.once(scenario, played)
        return played.judgement.verdict

    def _search(self, scenario: Scenario) -> Standing:
        search = scenario.begin()
        assert search is not None
        while (rate := search.next()) is not None and not self.interrupted:
            played = self._perform(scenario, self._stage(scenario, rate), most=SEARCHED)
            stage, slots = played.stage, played.run.tally.slots
            achieved = keeping_up(slots, slot_s=stage.slot_s, duration_s=stage.arrivals.duration_s)
            search.told(rate, played.judgement, achieved)
            self.record.step(scenario, search.steps[-1])
            if search.steps[-1].verdict is not Standing.MET or achieved < rate / 2:
                self._settle()
        if self.interrupted:
            search.stop("the run was interrupted")
        found = search.result()
        judgement = concluded(found)
        self.record.search(scenario, found, judgement)
        return judgement.verdict

    def _stage(self, scenario: Scenario, rate: float | None = None) -> Stage:
        self._number += 1
        return scenario.stage(self._number, self.name, self.settings.seed, rate)

    def _perform(self, scenario: Scenario, stage: Stage, *, most: int | None = None) -> Played:
        """Run a stage, count its effects, judge it and have it written down."""
        self.now = stage
        run = self.crew.run(stage)
        self.now = None
        effects = self._effects(stage, run.tally, most)
        judgement = judge(
            run.tally,
            scenario.objective,
            expected=stage.arrivals.deliveries,
            lost_workers=run.lost,
            interrupted=self.interrupted,
            effects=effects,
        )
        grown = drift(run.tally, self.memory()) if scenario.drift else None
        played = Played(stage, run, judgement, effects, course(stage.arrivals, run.tally, scenario), grown)
        played = replace(played, judgement=_completed(played))
        self.record.stage(played)
        return played

    def _effects(self, stage: Stage, tally: Tally, most: int | None) -> Effects | None:
        if not self._witness or self.interrupted:
            return None
        limit = {} if most is None else {"most": most}
        return self._witness.effects(stage, tally, deck(self.settings, stage), **limit)


def course(arrivals: Arrivals, tally: Tally, scenario: Scenario) -> Recovery | None:
    """What became of a receiver that was down; None if the stage is not about that."""
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


_COURSES = {Course.UNSHAKEN: Standing.MET, Course.RECOVERED: Standing.MET, Course.UNDECIDED: Standing.UNDECIDED}


def _completed(played: Played) -> Judgement:
    """The judgement with what the scenario asks beyond its objective: recovery decides a backlog, drift is told."""
    judgement, found = played.judgement, played.recovery
    if played.drift:
        judgement = replace(judgement, reasons=(*judgement.reasons, *played.drift.grown))
    if found is None:
        return judgement
    verdict = _COURSES.get(found.course, Standing.MISSED)
    lost = played.effects is not None and bool(played.effects.lost or played.effects.duplicated)
    if judgement.verdict is Standing.UNDECIDED or (judgement.verdict is Standing.MISSED and lost):
        verdict = judgement.verdict
    return replace(judgement, verdict=verdict, reasons=(found.evidence, *judgement.reasons))


def concluded(found: Capacity) -> Judgement:
    """What a search that is over says of its objective."""
    return Judgement(found.verdict, (str(found),), found.broke)

"""The search for capacity: the highest rate at which the objective is met, by growing, halving and confirming. Pure.

Time passes outside: whoever runs the stages asks `next` for a rate and tells what came of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Any

from hookproof.figures import number
from hookproof.load.objective import Judgement, Standing
from hookproof.load.tally import Slot

BEHIND = 0.97
"""A stage that acknowledges less than this share of the rate due has fallen behind, however late the deadline is."""


class Phase(StrEnum):
    """What a stage of the search is for."""

    GROW = "grow"
    NARROW = "narrow"
    CONFIRM = "confirm"


class Found(StrEnum):
    """What the search can say. Never renamed: reports quote them."""

    CAPACITY = "capacity"
    AT_LEAST = "at_least"
    BELOW = "below"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Step:
    """One stage: the rate due, the rate it acknowledged, and whether the target kept up."""

    rate: float
    phase: Phase
    verdict: Standing
    achieved: float
    broke: str = ""
    said: str = ""

    def __str__(self) -> str:
        said = f": {self.said}" if self.said else ""
        return f"{number(self.rate)}/s: {self.verdict}{said}"

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "phase": str(self.phase), "verdict": str(self.verdict)}


@dataclass(frozen=True)
class Capacity:
    """What the search found.

    found      capacity; at_least: nothing of the target's broke up to there; below: not even the lowest rate was met;
               undecided: no rate was judged
    rate       the highest rate met (for `below`, the lowest one tried); confirmed of stages at that rate met it
    low, high  the capacity lies between; high is None where nobody knows
    broke      what broke first above it, as a fate, "behind", "effects" or "generator"; said: in words, with its number
    cut        the search was stopped before it was over
    """

    found: Found
    rate: float
    confirmed: int
    stages: int
    low: float
    high: float | None
    broke: str
    said: str
    steps: tuple[Step, ...]
    cut: bool = False

    def plain(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {**vars(self), "found": str(self.found), "steps": [step.plain() for step in self.steps]}

    @property
    def verdict(self) -> Standing:
        """Met if some rate was confirmed, missed if not even the lowest one was kept."""
        if self.found is Found.BELOW:
            return Standing.MISSED
        sure = self.found is not Found.UNDECIDED and self.confirmed > 1 and not self.cut
        return Standing.MET if sure else Standing.UNDECIDED

    def __str__(self) -> str:
        if self.found is Found.UNDECIDED:
            return f"no capacity found: {self.said}"
        if self.found is Found.BELOW:
            return f"below {number(self.rate)}/s: {self.said}"
        least = "at least " if self.found is Found.AT_LEAST else ""
        top = "" if self.high is None else f", below {number(self.high)}/s"
        told = f" (met in {self.confirmed} of {self.stages} stages{top})"
        return f"{least}{number(self.rate)}/s{told}" + (f"; then {self.said}" if self.said else "")


@dataclass
class Search:
    """Which rate to try next, and in the end what the capacity is.

    The rate doubles from `first` until a stage misses; the gap is then halved (in proportion) down to `precision`, and
    the highest rate that was met must be met `confirm` more times. A stage that misses by little, or that nobody can
    judge, gets a second chance: one pause of the target or the generator decides nothing. A rate that does not
    confirm is given up for one a little lower, and each further time for one lower by twice as much.

    Where the generator cannot keep up, the search ends with a lower bound.
    """

    first: float
    highest: float
    confirm: int = 2
    precision: float = 0.05
    growth: float = 2.0
    steps: list[Step] = field(default_factory=list)
    _met: float = 0.0
    _high: float | None = None
    _rate: float | None = None
    _phase: Phase = Phase.GROW
    _again: bool = False
    _down: float = 0.0
    _ended: str = ""
    _ours: bool = False
    _cut: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.highest or self.precision <= 0 or self.growth <= 1 or self.confirm < 0:
            raise ValueError("a search begins above 0 and ends no lower; precision is above 0, growth above 1")
        self._rate = self.first
        self._lowest = min(1.0, self.first)

    def next(self) -> float | None:
        """The rate of the next stage; None if the search is over."""
        return self._rate

    def told(self, rate: float, judgement: Judgement, achieved: float) -> None:
        """Take in what came of the stage at this rate; `achieved` is what `keeping_up` says of it."""
        step = _step(rate, self._phase, judgement, achieved)
        self.steps.append(step)
        if not (_clear(step) or self._again or self._phase is Phase.CONFIRM):
            self._again = True
            return
        self._again = False
        if step.verdict is Standing.UNDECIDED and self._phase is not Phase.CONFIRM:
            self._stop(judgement.reasons[0] if judgement.reasons else "", ours=judgement.ours)
        elif self._phase is Phase.CONFIRM:
            self._confirmed(rate)
        elif step.verdict is Standing.MET:
            self._up(rate)
        else:
            self._high = rate
            self._closer()

    def stop(self, why: str) -> None:
        """End the search here: what is found so far is a bound."""
        self._ended, self._rate, self._cut = why, None, True

    def result(self) -> Capacity:
        """What has been found, at any time; final once `next` is None."""
        rates = [step.rate for step in self.steps if step.verdict is Standing.MET and step.rate <= self._met]
        met = max(rates, default=0.0)
        here = [step for step in self.steps if step.rate == met]
        above = [step for step in self.steps if step.verdict is Standing.MISSED and step.rate > met]
        first = min(above, key=lambda step: step.rate, default=None)
        bounded = first is None or bool(self._ended)
        broke, said = "generator" if self._ours else "", self._ended
        if first and not bounded:
            broke, said = first.broke, first.said
        known, unknown = (Found.CAPACITY, Found.AT_LEAST) if met else (Found.BELOW, Found.UNDECIDED)
        confirmed = sum(step.verdict is Standing.MET for step in here)
        high = first.rate if first else None
        rate = met if met or high is None else high
        return Capacity(
            unknown if bounded else known, rate, confirmed, len(here), met, high, broke, said, tuple(self.steps)
        )

    def _up(self, rate: float) -> None:
        self._met = rate
        if rate >= self.highest:
            self._confirming()
        elif self._high is None:
            self._rate = min(rate * self.growth, self.highest)
        else:
            self._closer()

    def _closer(self) -> None:
        """Between what was met and what was missed, or lower if nothing was met yet."""
        high = self._high or self.highest
        if not self._met:
            self._rate = high / self.growth if high / self.growth >= self._lowest else None
        elif high / self._met <= 1 + self.precision:
            self._confirming()
        else:
            self._phase, self._rate = Phase.NARROW, (self._met * high) ** 0.5

    def _confirming(self) -> None:
        self._phase = Phase.CONFIRM
        self._rate = self._met if self.confirm else None

    def _stop(self, why: str, *, ours: bool) -> None:
        """Nothing higher can be tried: what has been met is a lower bound, once it is confirmed."""
        self._ended, self._ours = why, ours
        if self._met:
            self._confirming()
        else:
            self._rate = None

    def _confirmed(self, rate: float) -> None:
        """Go on confirming this rate, be done with it, or step down."""
        here = [step for step in self.steps if step.rate == rate and step.phase is Phase.CONFIRM]
        met = sum(step.verdict is Standing.MET for step in here)
        missed = sum(step.verdict is Standing.MISSED for step in here)
        if missed:
            self._lower(rate)
        elif met >= self.confirm or len(here) >= 2 * self.confirm + 1:
            self._rate = None

    def _lower(self, rate: float) -> None:
        self._down = max(self.precision, 2 * self._down)
        lower = rate / (1 + self._down)
        self._high, self._ended, self._ours = rate, "", False
        if lower < self._lowest:
            self._met, self._rate = 0.0, None
        else:
            self._met = self._rate = lower


def keeping_up(slots: Mapping[int, Slot], *, slot_s: float, duration_s: float) -> float:
    """How many deliveries a second the target acknowledged while they were due.

    With a deadline longer than the stage, everything may be acknowledged in time although a queue grew all along. What
    is not acknowledged yet at the end of each slot is fitted by a line, without the first slot; the rate due, less the
    line's slope where it is more than chance or a pause can explain (three standard errors), is what was kept up.
    In fewer than four slots nobody can tell, and what came after the stage counts too.
    """
    last = round(duration_s / slot_s)
    stage = [slots.get(place, Slot()) for place in range(last)]
    asked = sum(slot.due for slot in stage) / duration_s
    if last < 4:
        return min(asked, sum(slot.done for slot in slots.values()) / duration_s)
    waiting = list(accumulate(slot.due - slot.done for slot in stage))[1:]
    return max(0.0, asked - max(0.0, _growth(waiting) / slot_s))


def _growth(values: Sequence[float]) -> float:
    """The slope of a line fitted by least squares, less three standard errors."""
    count, mean = len(values), sum(values) / len(values)
    places = [place - (count - 1) / 2 for place in range(count)]
    spread = sum(place * place for place in places)
    slope = sum(place * value for place, value in zip(places, values, strict=True)) / spread
    left = sum((value - mean - slope * place) ** 2 for place, value in zip(places, values, strict=True))
    return slope - 3 * math.sqrt(left / (count - 2) / spread)


def _clear(step: Step) -> bool:
    """Whether a second stage at this rate could say nothing else."""
    far = step.achieved < 0.8 * step.rate or step.broke == "effects"
    return step.verdict is Standing.MET or (step.verdict is Standing.MISSED and far)


def _step(rate: float, phase: Phase, judgement: Judgement, achieved: float) -> Step:
    if judgement.verdict is Standing.MET and achieved < BEHIND * rate:
        said = f"it fell behind: {number(achieved)}/s acknowledged of {number(rate)}/s due"
        return Step(rate, phase, Standing.MISSED, achieved, "behind", said)
    return Step(rate, phase, judgement.verdict, achieved, judgement.broke, judgement.said)

"""The search for capacity: the highest rate at which the objective is met. Pure.

It runs no stage itself: whoever runs stages asks `next` for a rate, and hands over what came of it with `add`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from hookproof.load.engine.tally import Slot
from hookproof.load.judge.objective import Judgement, LoadVerdict
from hookproof.wording import number

BEHIND = 0.97
"""Share of the rate due below which a stage has fallen behind, even if every attempt was acknowledged in time."""


class Phase(StrEnum):
    """What a stage of the search is for."""

    GROW = "grow"
    NARROW = "narrow"
    CONFIRM = "confirm"


class SearchOutcome(StrEnum):
    """What a search found. Its values are never renamed: reports quote them."""

    CAPACITY = "capacity"
    AT_LEAST = "at_least"
    BELOW = "below"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Step:
    """One stage of a search.

    rate      deliveries a second that were due
    achieved  deliveries a second that were acknowledged while they were due
    broke     the most frequent kind of failure; said: that kind and number as words
    """

    rate: float
    phase: Phase
    verdict: LoadVerdict
    achieved: float
    broke: str = ""
    said: str = ""

    def __str__(self) -> str:
        said = f": {self.said}" if self.said else ""
        return f"{number(self.rate)}/s: {self.verdict}{said}"


@dataclass(frozen=True)
class Capacity:
    """What a search found.

    found      capacity: it is known; at_least: the target met every rate that was tried; below: it missed even the
               lowest rate; undecided: no rate could be judged
    rate       the highest rate that was met; for `below`, the lowest rate that was tried
    stages     how many stages were run at that rate
    confirmed  how many of those stages met it
    low, high  the capacity lies between these rates; high is None where nobody knows
    broke      what broke first above `rate`: a fate, "behind", "effects" or "generator"
    said       what broke first, in words, with its number
    cut        whether the search was stopped before it was over
    """

    found: SearchOutcome
    rate: float
    confirmed: int
    stages: int
    low: float
    high: float | None
    broke: str
    said: str
    steps: tuple[Step, ...]
    cut: bool = False

    @property
    def verdict(self) -> LoadVerdict:
        """Met if some rate was confirmed, missed if even the lowest one was missed, otherwise undecided."""
        if self.found is SearchOutcome.BELOW:
            return LoadVerdict.MISSED
        sure = self.found is not SearchOutcome.UNDECIDED and self.confirmed > 1 and not self.cut
        return LoadVerdict.MET if sure else LoadVerdict.UNDECIDED

    def __str__(self) -> str:
        if self.found is SearchOutcome.UNDECIDED:
            return f"no capacity found: {self.said}"
        if self.found is SearchOutcome.BELOW:
            return f"below {number(self.rate)}/s: {self.said}"
        least = "at least " if self.found is SearchOutcome.AT_LEAST else ""
        top = "" if self.high is None else f", below {number(self.high)}/s"
        told = f" (met in {self.confirmed} of {self.stages} stages{top})"
        return f"{least}{number(self.rate)}/s{told}" + (f"; then {self.said}" if self.said else "")


@dataclass
class Search:
    """Decides which rate to try next, and in the end what the capacity is.

    The rate doubles from `first` until a stage misses its objective. Then the gap between the highest rate met and the
    lowest rate missed is halved (in proportion) until it is at most `precision`, and the highest rate met must be met
    `confirm` more times. A rate that is not confirmed is replaced by one a little lower; each further time the step
    down is twice as big.

    A stage that misses by little, or is undecided, is run once more: a single pause of the target or of the generator
    decides nothing. If the generator cannot keep up, the search ends with a lower bound.
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

    def add(self, rate: float, judgement: Judgement, achieved: float) -> None:
        """Take the result of a stage at this rate; `achieved` is what `keeping_up` found for it."""
        step = _step(rate, self._phase, judgement, achieved)
        self.steps.append(step)
        if not (_clear(step) or self._again or self._phase is Phase.CONFIRM):
            self._again = True
            return
        self._again = False
        if step.verdict is LoadVerdict.UNDECIDED and self._phase is not Phase.CONFIRM:
            self._stop(judgement.reasons[0] if judgement.reasons else "", ours=judgement.ours)
        elif self._phase is Phase.CONFIRM:
            self._confirmed(rate)
        elif step.verdict is LoadVerdict.MET:
            self._up(rate)
        else:
            self._high = rate
            self._closer()

    def stop(self, why: str) -> None:
        """End the search early: what was found so far is a bound."""
        self._ended, self._rate, self._cut = why, None, True

    def result(self) -> Capacity:
        """What was found so far; it is final once `next` returns None."""
        rates = [step.rate for step in self.steps if step.verdict is LoadVerdict.MET and step.rate <= self._met]
        met = max(rates, default=0.0)
        here = [step for step in self.steps if step.rate == met]
        above = [step for step in self.steps if step.verdict is LoadVerdict.MISSED and step.rate > met]
        first = min(above, key=lambda step: step.rate, default=None)
        bounded = first is None or bool(self._ended)
        broke, said = "generator" if self._ours else "", self._ended
        if first and not bounded:
            broke, said = first.broke, first.said
        known, unknown = (
            (SearchOutcome.CAPACITY, SearchOutcome.AT_LEAST) if met else (SearchOutcome.BELOW, SearchOutcome.UNDECIDED)
        )
        confirmed = sum(step.verdict is LoadVerdict.MET for step in here)
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
        """Choose a rate between the highest one met and the lowest one missed, or a lower one if none was met yet."""
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
        """Try no higher rate: the highest rate met is a lower bound, once it is confirmed."""
        self._ended, self._ours = why, ours
        if self._met:
            self._confirming()
        else:
            self._rate = None

    def _confirmed(self, rate: float) -> None:
        """Decide whether to confirm this rate once more, to end the search, or to step down."""
        here = [step for step in self.steps if step.rate == rate and step.phase is Phase.CONFIRM]
        met = sum(step.verdict is LoadVerdict.MET for step in here)
        missed = sum(step.verdict is LoadVerdict.MISSED for step in here)
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
    """How many deliveries a second the target kept up with while they were due.

    With a deadline longer than the stage, everything may be acknowledged in time although a queue grew all along. So a
    line is fitted to the number of attempts that are still unacknowledged at the end of each slot, without the first
    slot. The result is the rate due, less the slope of that line where chance or a pause cannot explain it (three
    standard errors). Four slots are needed for that; with fewer, what was acknowledged after the stage counts too.
    """
    last = round(duration_s / slot_s)
    stage = [slots.get(index, Slot()) for index in range(last)]
    asked = sum(slot.due for slot in stage) / duration_s
    if last < 4:
        return min(asked, sum(slot.done for slot in slots.values()) / duration_s)
    waiting = list(accumulate(slot.due - slot.done for slot in stage))[1:]
    return max(0.0, asked - max(0.0, _growth(waiting) / slot_s))


def _growth(values: Sequence[float]) -> float:
    """The slope of a line fitted to the values by least squares, less three standard errors."""
    count, mean = len(values), sum(values) / len(values)
    offsets = [index - (count - 1) / 2 for index in range(count)]
    spread = sum(offset * offset for offset in offsets)
    slope = sum(offset * value for offset, value in zip(offsets, values, strict=True)) / spread
    left = sum((value - mean - slope * offset) ** 2 for offset, value in zip(offsets, values, strict=True))
    return slope - 3 * math.sqrt(left / (count - 2) / spread)


def _clear(step: Step) -> bool:
    """Whether a second stage at this rate could not change the answer."""
    far = step.achieved < 0.8 * step.rate or step.broke == "effects"
    return step.verdict is LoadVerdict.MET or (step.verdict is LoadVerdict.MISSED and far)


def _step(rate: float, phase: Phase, judgement: Judgement, achieved: float) -> Step:
    if judgement.verdict is LoadVerdict.MET and achieved < BEHIND * rate:
        said = f"it fell behind: {number(achieved)}/s acknowledged of {number(rate)}/s due"
        return Step(rate, phase, LoadVerdict.MISSED, achieved, "behind", said)
    return Step(rate, phase, judgement.verdict, achieved, judgement.broke, judgement.said)

"""Arrivals after an outage: the retries of what could not be delivered, on top of fresh traffic. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random
from typing import ClassVar

from hookproof.load.arrivals import Due, Scheduled, above_zero, drawn

LADDER_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)


@dataclass(frozen=True)
class Backlog(Scheduled):
    """Fresh Poisson traffic, on top of the retries of what was sent in vain while the receiver was down.

    The receiver is back at 0, after `down_s`. What was first sent `a` seconds before 0 has failed then and after each
    delay of `retries` that ended before 0; it stands on that step of the ladder, and is due when the next delay ends.
    Deliveries of every age waited alike, so step k is due at the rate of fresh traffic, from 0 (for the last step
    reached: from when its oldest is due) until its delay has passed. A ladder of which n delays end within `down_s`
    so makes the stage begin at n + 1 times the fresh rate; each step that ends takes one away. What has run out
    of retries by 0, and what is retried only after the stage, is not due.
    """

    kind: ClassVar[str] = "backlog"
    rate: float
    down_s: float
    for_s: float
    retries: tuple[float, ...] = LADDER_S

    def __post_init__(self) -> None:
        object.__setattr__(self, "retries", tuple(self.retries))
        above_zero(self, "rate", "down_s", "for_s")
        if not self.retries or not all(0 < delay < math.inf for delay in self.retries):
            raise ValueError("a backlog needs delays of retries above 0 s")

    @property
    def duration_s(self) -> float:
        return self.for_s

    @property
    def backlog_s(self) -> float:
        """When the last of the backlog has been due once."""
        return max((until for _, _, until in self._steps()), default=0.0)

    @property
    def backlogged(self) -> int:
        """How many deliveries of the backlog are due in the stage, on average."""
        return round(self.rate * sum(until - since for _, since, until in self._steps()))

    @property
    def deliveries(self) -> int:
        return sum(number for number, _, _, _ in self._stretches())

    def at(self, rate: float) -> Backlog:
        return replace(self, rate=rate)

    def lasting(self, seconds: float) -> Backlog:
        return replace(self, for_s=seconds)

    def retrying(self, retries: Iterable[float]) -> Backlog:
        """The same with another ladder: seconds from each attempt to the next."""
        return replace(self, retries=tuple(retries))

    def due(self, seed: int) -> Iterator[Due]:
        random, serial = Random(seed), 0
        for number, begin_s, end_s, _ in self._stretches():
            yield from drawn(random, number, begin_s, end_s - begin_s, serial)
            serial += number

    def standing(self, seed: int) -> Iterator[int]:
        """For each serial number in turn, how many attempts have failed before the stage: 0 if it is fresh."""
        choose = Random(f"{seed} standing").choice
        for number, _, _, steps in self._stretches():
            yield from (choose(steps) for _ in range(number))

    def _stretches(self) -> Iterator[tuple[int, float, float, tuple[int, ...]]]:
        """Stretches of one rate each: how many are due, from when to when, and on which steps (0: fresh) they stand."""
        windows = [(0, 0.0, self.for_s), *self._steps()]
        edges = sorted({edge for _, since, until in windows for edge in (since, until)})
        expected, before = 0.0, 0
        for begin_s, end_s in pairwise(edges):
            steps = tuple(step for step, since, until in windows if since <= begin_s and end_s <= until)
            expected += self.rate * len(steps) * (end_s - begin_s)
            yield round(expected) - before, begin_s, end_s, steps
            before = round(expected)

    def _steps(self) -> Iterator[tuple[int, float, float]]:
        """How many attempts have failed, and between which seconds those deliveries are due."""
        before = 0.0
        for failed, age in enumerate(accumulate(self.retries), start=1):
            since, until = age - min(age, self.down_s), min(age - before, self.for_s)
            if since < until:
                yield failed, since, until
            before = age

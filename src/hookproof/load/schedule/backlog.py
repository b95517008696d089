"""The schedule after an outage: fresh traffic, and on top of it retries of what could not be delivered. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random
from typing import ClassVar

from hookproof.load.schedule.patterns import Due, Scheduled, above_zero, drawn

LADDER_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Delays in seconds, each from a failed attempt to the next, where a scenario names none."""


@dataclass(frozen=True)
class Backlog(Scheduled):
    """Fresh Poisson traffic, and the retries of what was sent while the receiver was down.

    The receiver is down for `down_s` seconds, and back at second 0, when the stage begins. Until then deliveries came
    at the fresh rate, and every attempt failed: the first one, and one more after each delay of `retries` that ended
    before second 0. Each such delivery is due again when its next delay ends.

    Deliveries that have failed k times are therefore due at the fresh rate too, from second 0 until the k-th delay is
    over; for the highest k that was reached, from the second at which its oldest delivery is due. If n delays ended
    during the outage, the stage begins at n + 1 times the fresh rate, which falls by one fresh rate each time a delay
    is over. Deliveries without a retry left, and retries after the end of the stage, are not due.
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
        """The second by which every delivery of the backlog has been due once."""
        return max((until for _, _, until in self._steps()), default=0.0)

    @property
    def deliveries(self) -> int:
        return sum(number for number, _, _, _ in self._stretches())

    def at(self, rate: float) -> Backlog:
        return replace(self, rate=rate)

    def lasting(self, seconds: float) -> Backlog:
        return replace(self, for_s=seconds)

    def due(self, seed: int) -> Iterator[Due]:
        random, serial = Random(seed), 0
        for number, begin_s, end_s, _ in self._stretches():
            yield from drawn(random, number, begin_s, end_s - begin_s, serial)
            serial += number

    def failed_before(self, seed: int) -> Iterator[int]:
        """For each serial number in turn, how many attempts failed before the stage: 0 for a fresh delivery."""
        choose = Random(f"{seed} standing").choice
        for number, _, _, steps in self._stretches():
            yield from (choose(steps) for _ in range(number))

    def _stretches(self) -> Iterator[tuple[int, float, float, tuple[int, ...]]]:
        """Stretches of one rate: how many are due, from when to when, and how often each may have failed before."""
        windows = [(0, 0.0, self.for_s), *self._steps()]
        edges = sorted({edge for _, since, until in windows for edge in (since, until)})
        expected, before = 0.0, 0
        for begin_s, end_s in pairwise(edges):
            steps = tuple(step for step, since, until in windows if since <= begin_s and end_s <= until)
            expected += self.rate * len(steps) * (end_s - begin_s)
            yield round(expected) - before, begin_s, end_s, steps
            before = round(expected)

    def _steps(self) -> Iterator[tuple[int, float, float]]:
        """How often a delivery has failed, and between which seconds such deliveries are due."""
        before = 0.0
        for failed, age in enumerate(accumulate(self.retries), start=1):
            since, until = age - min(age, self.down_s), min(age - before, self.for_s)
            if since < until:
                yield failed, since, until
            before = age

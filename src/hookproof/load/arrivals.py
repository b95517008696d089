"""Kinds of arrivals: when the deliveries of a stage are due, whatever the target does. Pure; a seed decides all chance.

How many are due is known before the first one; when, is random where real traffic is. Poisson arrivals given their
number are that many instants drawn independently.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, ClassVar, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]
Due: TypeAlias = tuple[float, int]
"""Seconds since the stage began, and the delivery's serial number."""


class Arrivals(Protocol):
    """What every kind of schedule can say of itself.

    rate        the most deliveries a second it has due, as a rate
    duration_s  how long the stage is; nothing is due after it
    deliveries  how many serial numbers there are: 0, 1, 2 ... in the order in which they are due
    expected    how many items `due` yields: first attempts, each copy of a delivery counted
    """

    kind: ClassVar[str]

    @property
    def rate(self) -> float: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def deliveries(self) -> int: ...
    @property
    def expected(self) -> int: ...
    def at(self, rate: float) -> Arrivals: ...
    def lasting(self, seconds: float) -> Arrivals: ...
    def plain(self) -> Json: ...
    def due(self, seed: int) -> Iterator[Due]: ...


class Scheduled:
    """A schedule whose fields are numbers, and whose deliveries are due once each."""

    kind: ClassVar[str]
    deliveries: Any

    @property
    def expected(self) -> int:
        return int(self.deliveries)

    def plain(self) -> Json:
        """As JSON and msgpack can say it; `read` is the way back."""
        return {"kind": self.kind, **{item.name: getattr(self, item.name) for item in fields(self)}}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Steady(Scheduled):
    """Poisson arrivals at one rate."""

    kind: ClassVar[str] = "steady"
    rate: float
    for_s: float

    def __post_init__(self) -> None:
        above_zero(self, "rate", "for_s")

    @property
    def duration_s(self) -> float:
        return self.for_s

    @property
    def deliveries(self) -> int:
        return round(self.rate * self.for_s)

    def at(self, rate: float) -> Steady:
        return replace(self, rate=rate)

    def lasting(self, seconds: float) -> Steady:
        return replace(self, for_s=seconds)

    def due(self, seed: int) -> Iterator[Due]:
        return drawn(Random(seed), self.deliveries, 0.0, self.for_s)


@dataclass(frozen=True)
class Constant(Steady):
    """Evenly spaced at one rate: what a clock would send, without the crowding of real traffic."""

    kind: ClassVar[str] = "constant"

    def due(self, seed: int) -> Iterator[Due]:
        rate = self.rate
        for serial in range(self.deliveries):
            yield serial / rate, serial


@dataclass(frozen=True)
class Burst(Scheduled):
    """Quiet, then `count` due at random instants within `within_s`; `times` times, one burst every `every_s`.

    Each burst ends its stretch of `every_s`, so the quiet comes first.
    """

    kind: ClassVar[str] = "burst"
    count: int
    within_s: float
    every_s: float
    times: int

    def __post_init__(self) -> None:
        above_zero(self, "count", "within_s", "every_s", "times")
        if self.every_s < self.within_s:
            raise ValueError(f"a burst within {self.within_s:g} s cannot come every {self.every_s:g} s")

    @property
    def rate(self) -> float:
        return self.count / self.within_s

    @property
    def duration_s(self) -> float:
        return self.every_s * self.times

    @property
    def deliveries(self) -> int:
        return self.count * self.times

    def at(self, rate: float) -> Burst:
        """As many in each burst as make this rate while it lasts."""
        return replace(self, count=round(rate * self.within_s))

    def lasting(self, seconds: float) -> Burst:
        """As many whole bursts as there is time for."""
        times = int(seconds / self.every_s + 1e-9)
        if times < 1:
            raise ValueError(f"{seconds:g} s are too short for a burst every {self.every_s:g} s")
        return replace(self, times=times)

    def due(self, seed: int) -> Iterator[Due]:
        random, quiet_s = Random(seed), self.every_s - self.within_s
        for number in range(self.times):
            begin_s = number * self.every_s + quiet_s
            yield from drawn(random, self.count, begin_s, self.within_s, number * self.count)


@dataclass(frozen=True)
class Ramp(Scheduled):
    """Poisson arrivals whose rate grows (or falls) in a straight line from `first` to `last`."""

    kind: ClassVar[str] = "ramp"
    first: float
    last: float
    for_s: float

    def __post_init__(self) -> None:
        above_zero(self, "rate", "for_s")
        if min(self.first, self.last) < 0:
            raise ValueError("a ramp's rates cannot be below 0")

    @property
    def rate(self) -> float:
        return max(self.first, self.last)

    @property
    def duration_s(self) -> float:
        return self.for_s

    @property
    def deliveries(self) -> int:
        return round((self.first + self.last) / 2 * self.for_s)

    def at(self, rate: float) -> Ramp:
        """As steep in proportion, with this as its highest rate."""
        return replace(self, first=self.first * rate / self.rate, last=self.last * rate / self.rate)

    def lasting(self, seconds: float) -> Ramp:
        return replace(self, for_s=seconds)

    def due(self, seed: int) -> Iterator[Due]:
        """Inverts the count expected up to an instant, first * t + slope / 2 * t * t, at the instants of `drawn`."""
        first, slope = self.first, (self.last - self.first) / self.for_s
        if abs(slope * self.for_s) < first * 1e-6:
            yield from drawn(Random(seed), self.deliveries, 0.0, self.for_s)
            return
        draw, sqrt, until_s, number = Random(seed).random, math.sqrt, self.for_s, self.deliveries
        squared, twice, left = self.last * self.last, 2 * slope, (first + self.last) / 2 * until_s
        for serial in range(number):
            left *= draw() ** (1 / (number - serial))
            at_s = (sqrt(abs(squared - twice * left)) - first) / slope
            yield (at_s if at_s < until_s else until_s), serial


def drawn(random: Random, number: int, begin_s: float, width_s: float, serial: int = 0) -> Iterator[Due]:
    """So many instants drawn independently from a stretch of time, in ascending order, without holding them.

    The part of the stretch that lies behind the next of n instants is the greatest of n draws: one draw's n-th root.
    """
    draw, end_s, left_s = random.random, begin_s + width_s, width_s
    for remaining in range(number, 0, -1):
        left_s *= draw() ** (1 / remaining)
        yield end_s - left_s, serial
        serial += 1


def above_zero(arrivals: object, *names: str) -> None:
    for name in names:
        value = getattr(arrivals, name)
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0, not {value!r}")

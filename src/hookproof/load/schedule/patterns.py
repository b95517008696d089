"""Kinds of schedules: when the deliveries of a stage are due, whatever the target does. Pure; the seed decides chance.

How many deliveries are due is fixed by the numbers of a schedule. The instants are random where those of real traffic
are: Poisson arrivals of a known count are that many instants, each drawn independently of the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, ClassVar, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]
Due: TypeAlias = tuple[float, int]
"""When an attempt is due, in seconds since the stage began, and the serial number of its delivery.

A plain pair, unpacked wherever it is used."""


class Schedule(Protocol):
    """What every kind of schedule offers. A scenario's `arrivals` are one.

    rate        the highest number of deliveries due in a second
    duration_s  how long the stage is; nothing is due after it
    deliveries  how many serial numbers there are: 0, 1, 2 ... in the order in which they are due
    expected    how many pairs `due` yields: one for each delivery, and one more for each copy of it
    at          the same schedule at another rate
    lasting     the same schedule for another duration
    plain       the schedule as JSON and msgpack can say it; `schedule.read` is the way back
    due         when each attempt is due, in ascending order
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
    def at(self, rate: float) -> Schedule: ...
    def lasting(self, seconds: float) -> Schedule: ...
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
        """The schedule as JSON and msgpack can say it; `schedule.read` is the way back."""
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
    """Evenly spaced arrivals at one rate: as a clock would send, without the crowding of real traffic."""

    kind: ClassVar[str] = "constant"

    def due(self, seed: int) -> Iterator[Due]:
        rate = self.rate
        for serial in range(self.deliveries):
            yield serial / rate, serial


@dataclass(frozen=True)
class Burst(Scheduled):
    """Quiet, then `count` deliveries at random instants within `within_s` seconds; `times` times, one every `every_s`.

    Each stretch of `every_s` seconds ends with its burst, so quiet comes first.
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
        """Bursts at the same moments, each with as many deliveries as make this rate while the burst lasts."""
        return replace(self, count=round(rate * self.within_s))

    def lasting(self, seconds: float) -> Burst:
        """As many whole bursts of this pattern as fit into these seconds."""
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
        """This ramp in proportion, with another highest rate."""
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
    """Draw `number` independent instants from a stretch of time; yield them in ascending order, without a list of them.

    Of n instants that are left, the share of the stretch that lies after the next one is distributed as the greatest
    of n draws, which is the n-th root of one draw.
    """
    draw, end_s, left_s = random.random, begin_s + width_s, width_s
    for remaining in range(number, 0, -1):
        left_s *= draw() ** (1 / remaining)
        yield end_s - left_s, serial
        serial += 1


def above_zero(schedule: object, *names: str) -> None:
    """Raise ValueError unless each of these fields is a finite number above 0."""
    for name in names:
        value = getattr(schedule, name)
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0, not {value!r}")

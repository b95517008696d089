"""Schedules as scenarios write them, as plain data, and shared out among workers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, ClassVar

from hookproof.load.schedule.backlog import LADDER_S, Backlog
from hookproof.load.schedule.patterns import Burst, Constant, Due, Json, Ramp, Schedule, Steady


@dataclass(frozen=True)
class Copied:
    """Another schedule, with a share of its deliveries, drawn at random, due `copies` times at the same instant."""

    kind: ClassVar[str] = "copied"
    arrivals: Schedule
    share: float
    copies: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.copies < 2:
            raise ValueError("a share of copied deliveries is from 0 to 1, of at least 2 copies")

    @property
    def rate(self) -> float:
        return self.arrivals.rate * (1 + self.share * (self.copies - 1))

    @property
    def duration_s(self) -> float:
        return self.arrivals.duration_s

    @property
    def deliveries(self) -> int:
        return self.arrivals.deliveries

    @property
    def copied(self) -> int:
        """How many deliveries are due more than once."""
        return round(self.arrivals.expected * self.share)

    @property
    def expected(self) -> int:
        return self.arrivals.expected + self.copied * (self.copies - 1)

    def at(self, rate: float) -> Copied:
        """A schedule like this one with another rate of deliveries; their copies come on top."""
        return replace(self, arrivals=self.arrivals.at(rate))

    def lasting(self, seconds: float) -> Copied:
        return replace(self, arrivals=self.arrivals.lasting(seconds))

    def plain(self) -> Json:
        return {"kind": self.kind, "arrivals": self.arrivals.plain(), "share": self.share, "copies": self.copies}

    def due(self, seed: int) -> Iterator[Due]:
        draw, copies = Random(f"{seed} copies").random, self.copies
        left, wanted = self.arrivals.expected, self.copied
        for item in self.arrivals.due(seed):
            yield item
            if draw() * left < wanted:
                wanted -= 1
                for _ in range(1, copies):
                    yield item
            left -= 1


_KINDS: dict[str, Any] = {kind.kind: kind for kind in (Steady, Constant, Burst, Ramp, Backlog)}


def read(plain: Mapping[str, Any]) -> Schedule:
    """The schedule of which `plain()` made this. Raises ValueError if there is no such kind."""
    given = dict(plain)
    kind = given.pop("kind", None)
    if kind == Copied.kind:
        return Copied(read(given["arrivals"]), given["share"], given["copies"])
    if kind not in _KINDS:
        raise ValueError(f"no schedule is called {kind!r}: {', '.join(sorted(_KINDS))}, {Copied.kind}")
    found: Schedule = _KINDS[kind](**given)
    return found


def steady(rate: float, for_s: float) -> Steady:
    """Poisson arrivals at `rate` a second."""
    return Steady(rate, for_s)


def constant(rate: float, for_s: float) -> Constant:
    """Evenly spaced arrivals at `rate` a second."""
    return Constant(rate, for_s)


def burst(count: int, within_s: float = 1.0, every_s: float = 10.0, times: int = 3) -> Burst:
    """Quiet, then `count` deliveries within `within_s` seconds; a burst every `every_s` seconds, `times` times."""
    return Burst(count, within_s, every_s, times)


def ramp(first: float, last: float, for_s: float) -> Ramp:
    """Poisson arrivals whose rate goes in a straight line from `first` to `last` a second."""
    return Ramp(first, last, for_s)


def backlog(rate: float, down_s: float, for_s: float, retries: Iterable[float] = LADDER_S) -> Backlog:
    """Traffic at `rate`, and the retries of what came at that rate while the receiver was down for `down_s` seconds."""
    return Backlog(rate, down_s, for_s, tuple(retries))


def copied(arrivals: Schedule, share: float, copies: int = 2) -> Copied:
    """The schedule `arrivals`, with a share of its deliveries sent `copies` times at the same instant."""
    return Copied(arrivals, share, copies)


def share(items: Iterable[Due], worker: int, workers: int) -> Iterator[Due]:
    """What worker number `worker` (from 0) of `workers` sends: every serial number is exactly one worker's."""
    return ((at_s, serial) for at_s, serial in items if serial % workers == worker)

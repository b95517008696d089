"""One stage of a scenario: what is sent, when, and within which deadline. A value that every process of a run gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from hookproof.load.schedule import schedule
from hookproof.load.schedule.patterns import Schedule

Json: TypeAlias = dict[str, Any]
MOST_SLOTS = 600
"""Most slots in the tally of one stage."""


@dataclass(frozen=True)
class Stage:
    """What is sent, and how.

    number             counts the stages of a run, from 1
    deadline_s         seconds from when an attempt is due until it must be acknowledged
    run                part of every event id, so that no other run or stage has the same ones
    retries            seconds from a failed attempt to the next; empty for senders that do not retry
    weights            name of a surface or provider -> how often its deliveries come, in proportion; 1 where not named
    each_kind_equally  whether every kind of event comes equally often; otherwise every surface does
    shown              whether the stage is part of what the user asked for
    """

    scenario: str
    number: int
    arrivals: Schedule
    deadline_s: float
    run: str
    seed: int = 0
    retries: tuple[float, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    each_kind_equally: bool = False
    shown: bool = True

    @property
    def slot_s(self) -> float:
        """How long each slot of the tally is: one second, or more where that would be more than MOST_SLOTS."""
        return max(1.0, round(self.arrivals.duration_s / MOST_SLOTS))

    @property
    def longest_s(self) -> float:
        """Seconds after the start by which every attempt has ended."""
        return self.arrivals.duration_s + self.deadline_s + 1.0

    def plain(self) -> Json:
        """The stage as JSON and msgpack can say it; `Stage.read` is the way back."""
        return {**vars(self), "arrivals": self.arrivals.plain()}

    @staticmethod
    def read(plain: Json) -> Stage:
        pairs = tuple((name, weight) for name, weight in plain["weights"])
        arrivals = schedule.read(plain["arrivals"])
        return Stage(**{**plain, "arrivals": arrivals, "retries": tuple(plain["retries"]), "weights": pairs})

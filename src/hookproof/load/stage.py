"""One stage of a scenario: a stretch of arrivals under one promise, as every process of a run is told of it. Values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from hookproof.load import schedule
from hookproof.load.arrivals import Arrivals

Json: TypeAlias = dict[str, Any]
MOST_SLOTS = 600


@dataclass(frozen=True)
class Stage:
    """What is sent, and how.

    number   counts the stages of a run; `run` makes its event ids differ from those of any other run
    retries  seconds from a failed attempt to the next, for senders that retry
    weights  how often each surface's deliveries come, in proportion; 1 where nothing is said
    shown    whether it is part of what the user asked for
    """

    scenario: str
    number: int
    arrivals: Arrivals
    deadline_s: float
    run: str
    seed: int = 0
    retries: tuple[float, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    shown: bool = True

    @property
    def slot_s(self) -> float:
        """How wide the slots of its tally are: a second, unless that would be too many."""
        return max(1.0, round(self.arrivals.duration_s / MOST_SLOTS))

    @property
    def longest_s(self) -> float:
        """When the last attempt has ended at the latest, in seconds after the start."""
        return self.arrivals.duration_s + self.deadline_s + 1.0

    def plain(self) -> Json:
        """As JSON and msgpack can say it; `Stage.read` is the way back."""
        return {**asdict(replace(self)), "arrivals": self.arrivals.plain()}

    @staticmethod
    def read(plain: Json) -> Stage:
        pairs = tuple((name, weight) for name, weight in plain["weights"])
        arrivals = schedule.read(plain["arrivals"])
        return Stage(**{**plain, "arrivals": arrivals, "retries": tuple(plain["retries"]), "weights": pairs})

"""Many events that were asked for together, and their attempts in the order in which they came. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookproof.sender.attempts.received import Received
from hookproof.target.endpoints.trigger import Trigger
from hookproof.wire.arrivals import most_open


@dataclass(frozen=True)
class EventBurst:
    """Many events in the order in which they were asked for, and their attempts in the order in which they came."""

    events: Sequence[Trigger]
    attempts: Sequence[Received]

    @property
    def most_open(self) -> int:
        """How many requests were open at the same time at most, of those that are over."""
        return most_open(attempt.arrival for attempt in self.attempts if attempt.arrival.over)

    @property
    def order(self) -> list[int]:
        """The numbers of the events, from 0 on, in the order in which their first attempts came."""
        came = list(dict.fromkeys(attempt.event for attempt in self.attempts))
        return [self.events.index(event) for event in came if event]

    @property
    def is_whole(self) -> bool:
        """Whether each event came."""
        return len(self.order) == len(self.events)

    def __str__(self) -> str:
        return f"{len(self.events)} events, {len(self.attempts)} attempts"

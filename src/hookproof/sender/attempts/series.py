"""The attempts of one event, in order, and what they tell of the sender. No I/O and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

from hookproof.evidence.differences import Difference, differing, first_difference
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.retry_spacing import Backoff, classify
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.endpoints.trigger import Trigger
from hookproof.wire.arrivals import Arrival

MOST_SEEN = 60
"""How many attempts of one event are watched; a sender that makes so many is taken for one that never ends."""


HELD_S = 45.0
"""Seconds for which an attempt without an answer is watched at least, where no deadline is documented."""


@dataclass(frozen=True)
class Series:
    """The attempts of one event at one endpoint, in order, and how long another was waited for after the last.

    label          which event, in words
    watched_s      seconds without an attempt after the last one's end
    sure           whether another attempt would have come in that time if any ever did
    acknowledges   the statuses that acknowledge
    notes          what else there is to say
    first_retry_s  seconds after which the first retry must have come; `first_retry_is_known`: somebody but us says so
    documents      what the attempts are read by
    event          the event, where it was asked for by us
    endpoint       where the attempts were looked for
    elsewhere      how many attempts of the event came to other endpoints of ours
    """

    label: str
    arrivals: tuple[Arrival, ...]
    watched_s: float = 0.0
    sure: bool = False
    acknowledges: frozenset[int] = frozenset(range(200, 300))
    notes: tuple[str, ...] = field(default=(), compare=False)
    first_retry_s: float = field(default=10.0, compare=False)
    first_retry_is_known: bool = field(default=True, compare=False)
    documents: Documents | None = field(default=None, compare=False)
    event: Trigger | None = field(default=None, compare=False)
    endpoint: OwnEndpoint | None = field(default=None, compare=False)
    elsewhere: int = field(default=0, compare=False)

    # -- the attempts -----------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many attempts there were."""
        return len(self.arrivals)

    @property
    def attempts(self) -> list[Received]:
        """The attempts, read by the documents."""
        assert self.documents, "a series that a sender's verbs return has documents"
        return [Received(arrival, self.documents, self.event) for arrival in self.arrivals]

    @property
    def first(self) -> Received:
        """The first attempt."""
        return self.attempts[0]

    @property
    def delay_s(self) -> float:
        """Seconds from asking for the event to its first attempt; how long it was waited for where none came."""
        return self.first.delay_s if self.arrivals else self.watched_s

    @property
    def overlapping(self) -> bool:
        """Whether an attempt arrived while the one before it was still open."""
        return any(not early.over or late.at_s < early.ended_s - 0.05 for early, late in pairwise(self.arrivals))

    # -- was it tried again -----------------------------------------------------------------------------------------

    @property
    def retried(self) -> bool:
        """Whether the event came again."""
        return self.count > 1

    @property
    def settled(self) -> bool:
        """Whether it can be told if the event is tried again: it was, or it would have been by now."""
        return self.retried or self.sure

    @property
    def too_short(self) -> str:
        """The line of evidence of a series that is not settled, with the patience that would settle it."""
        patience = f"--patience {2 * self.first_retry_s:g}"
        if self.first_retry_is_known:
            return f"{self}; {patience} would tell"
        first = f"--set retry.first={self.first_retry_s:g}"
        return f"{self}; no document says when a retry is due: {patience} {first}, or what is true there, would tell"

    @property
    def seen_to_its_end(self) -> bool:
        """Whether the first attempt was given up, or is open although the documents say that it must have been.

        Where no document says how long an answer may take, who reads a slow one to its end is not wrong within HELD_S.
        """
        if self.documents is not None and self.documents.has_a_deadline:
            return True
        first = self.arrivals[0] if self.arrivals else None
        if first and first.outcome == "answered" and (first.ended_s or first.at_s) - first.at_s < HELD_S:
            return False
        return self.sure or bool(first and first.over)

    @property
    def still_open(self) -> str:
        """The line of evidence of a series whose first attempt is still open, with what watches it longer."""
        return f"still waiting for an answer: {self}; --deadline SECONDS, as the platform has it, watches it longer"

    @property
    def acknowledged(self) -> bool:
        """Whether some attempt was answered, wholly, with a status that acknowledges."""
        return any(self._is_acknowledged(arrival) for arrival in self.arrivals)

    @property
    def after_acknowledgement(self) -> tuple[Arrival, ...]:
        """The attempts that came after one that was acknowledged."""
        index = next((at for at, arrival in enumerate(self.arrivals) if self._is_acknowledged(arrival)), self.count)
        return self.arrivals[index + 1 :]

    def _is_acknowledged(self, arrival: Arrival) -> bool:
        return (
            arrival.outcome == "answered"
            and arrival.answer.end == "whole"
            and arrival.answer.status in self.acknowledges
        )

    # -- the gaps ---------------------------------------------------------------------------------------------------

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds from the end of each attempt to the next attempt's last byte; 0 where the two overlapped."""
        pairs = pairwise(self.arrivals)
        return tuple(max(0.0, late.at_s - (early.ended_s or early.at_s)) for early, late in pairs)

    @property
    def span_s(self) -> float:
        """Seconds from the first attempt to the last."""
        return self.arrivals[-1].at_s - self.arrivals[0].at_s if self.arrivals else 0.0

    @property
    def usual_gap_s(self) -> float:
        """The median of the gaps, in seconds. Needs two attempts."""
        return median(self.gaps)

    @cached_property
    def backoff(self) -> Backoff:
        """How the gaps grow."""
        return classify(self.gaps)

    @property
    def next_gap_s(self) -> float:
        """How long the next gap may be, in seconds: by how the gaps before it grew, and a little more."""
        if not self.gaps:
            return max(self.first_retry_s, 1.0)
        ratios = [late / early for early, late in pairwise(self.gaps) if early > 0.2]
        return 1.1 * max(self.gaps) * min(max(2.0, median(ratios or [2.0])), 6.0) + 0.5

    @property
    def is_over(self) -> bool:
        """Whether the next attempt would have come by now, by how the gaps before it grew."""
        return self.watched_s >= self.next_gap_s

    @property
    def is_long_over(self) -> bool:
        """Whether the last gap has passed a hundred times without another attempt: ladders climb by sixty at a step."""
        return bool(self.gaps) and self.watched_s > 100 * max(self.gaps[-1], 0.1)

    @property
    def is_endless(self) -> bool:
        """Whether there are as many attempts as are watched at most."""
        return self.count >= MOST_SEEN

    # -- is it the same event ---------------------------------------------------------------------------------------

    @property
    def same_bytes(self) -> bool:
        """Whether all attempts have the same body."""
        return len({arrival.body for arrival in self.arrivals}) == 1

    @property
    def same_ids(self) -> bool:
        """Whether all attempts have the same ids."""
        return len({arrival.ids for arrival in self.arrivals}) == 1

    @property
    def redated(self) -> list[Received]:
        """The attempts that came more than a second after the first one, and so must say another time."""
        attempts = self.attempts
        return [attempt for attempt in attempts[1:] if attempt.at_s > attempts[0].at_s + 1.1]

    @property
    def ids(self) -> str:
        """The ids that came, in order, in words."""
        return "ids " + ", ".join("+".join(arrival.ids) or "none" for arrival in self.arrivals)

    @property
    def difference(self) -> str:
        """Where the body of an attempt first differs from that of the first attempt, in words."""
        first = self.arrivals[0].body
        number = next((n for n, arrival in enumerate(self.arrivals, 1) if arrival.body != first), 0)
        if not number:
            return "no difference"
        body = self.arrivals[number - 1].body
        at = first_difference(first, body) or 0
        old, new = first[at : at + 40], body[at : at + 40]
        return f"attempt {number} differs from byte {at} on: {old!r}, {new!r}"

    @property
    def differences(self) -> list[Difference]:
        """Where the bodies of two attempts first differ, for the report; empty if all are the same."""
        for number, arrival in enumerate(self.arrivals[1:], 2):
            if arrival.body != self.arrivals[0].body:
                return differing(f"the bodies of attempts 1 and {number}", self.arrivals[0].body, arrival.body)
        return []

    # -- for the report ---------------------------------------------------------------------------------------------

    @property
    def drawn(self) -> dict[str, Any]:
        """The series for the report's timeline, from its first attempt on."""
        start_s = self.arrivals[0].at_s if self.arrivals else 0.0
        return {
            "caption": self.label,
            "attempts": [
                {
                    "at_s": round(arrival.at_s - start_s, 3),
                    "open_s": round(arrival.open_s, 3),
                    "answer": arrival.says,
                    "acknowledged": self._is_acknowledged(arrival),
                    "n": arrival.n,
                }
                for arrival in self.arrivals
            ],
        }

    def __str__(self) -> str:
        """One line of evidence: what was answered, and what came after how long."""
        if not self.arrivals:
            notes = f" ({'; '.join(self.notes)})" if self.notes else ""
            return f"{self.label}: no attempt within {self.watched_s:.1f} s{notes}"
        steps = [self.arrivals[0].says]
        steps += [
            f"after {gap:.2f} s again: {late.says}" for gap, late in zip(self.gaps, self.arrivals[1:], strict=True)
        ]
        if len(steps) > 9:
            steps[7:-1] = [f"… {len(steps) - 8} more …"]
        waited = f"; then nothing for {self.watched_s:.1f} s" if self.watched_s else ""
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        return f"{self.label}: {'; '.join(steps)}{waited}{notes}"

    __repr__ = __str__

"""Several attempts as a check judges them together. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Delivery
from hookproof.evidence.leaks import internals
from hookproof.target.ledger import LIMITS


@dataclass(frozen=True)
class Attempts:
    """Attempts in the order in which they were begun. Their `str` is one line of evidence."""

    each: tuple[Attempt, ...]

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    @property
    def first(self) -> Attempt:
        return self.each[0]

    @property
    def acknowledged(self) -> bool:
        """Every one of them was acknowledged, and there is one at least."""
        return bool(self.each) and all(attempt.acknowledged for attempt in self.each)

    @property
    def any_acknowledged(self) -> bool:
        return any(attempt.acknowledged for attempt in self.each)

    @property
    def deliveries(self) -> list[Delivery]:
        return [attempt.delivery for attempt in self.each]

    @property
    def limited(self) -> str:
        """How many were told to come later, and the first of them; empty if none was."""
        found = [one for one in self.each if one.answered and one.status in LIMITS]
        return f"{len(found)} of {len(self.each)} at once were told to come later; {found[0]}" if found else ""

    @property
    def taken(self) -> list[Delivery]:
        """The deliveries that were acknowledged, each once: a copy that never was owes no effect."""
        return list({one.delivery.event_id: one.delivery for one in self.each if one.acknowledged}.values())

    @property
    def leak(self) -> str:
        """The first answer that shows a stack trace or a source file, with what it shows; empty if none does."""
        for attempt in self.each:
            if shown := internals(attempt.exchange.body):
                return f"{attempt}; it shows {shown!r}"
        return ""

    def __str__(self) -> str:
        """The first attempt that was not acknowledged, and how many were."""
        if not self.each:
            return "nothing was sent"
        good = sum(attempt.acknowledged for attempt in self.each)
        worst = next((attempt for attempt in self.each if not attempt.acknowledged), self.first)
        return f"{good} of {len(self.each)} acknowledged; {worst}"

    __repr__ = __str__

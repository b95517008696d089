"""All that arrived in a run, and all that did not: what no single check looks at. No I/O and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hookproof.evidence.differences import first_difference
from hookproof.sender.attempts.received import Received
from hookproof.target.endpoints.trigger import Trigger

USUAL_TOLERANCE_S = 600.0
"""Seconds by which a time may be off where no tolerance is documented."""


@dataclass(frozen=True)
class SendersLedger:
    """Every attempt of a run at an endpoint of ours, in order.

    attempts   those credited to an event, and those that nobody asked for
    lost       the events that the platform took and that no endpoint ever got
    twice      URLs that were registered more than once
    restarts   when the platform was restarted, in seconds on the inbox's clock
    """

    attempts: Sequence[Received]
    lost: Sequence[Trigger] = ()
    twice: frozenset[str] = frozenset()
    restarts: Sequence[float] = field(default=(), compare=False)

    @property
    def unsigned(self) -> list[Received]:
        """The attempts without the right signature. Raises Inconclusive without a key."""
        return [attempt for attempt in self.attempts if not attempt.signed]

    @property
    def misdated(self) -> list[Received]:
        """The attempts that say no time, or one that is further off than receivers are documented to tolerate."""
        scheme = self.attempts[0].documents.surface.scheme if self.attempts else None
        most_s = (scheme.tolerance_s if scheme else 0.0) or USUAL_TOLERANCE_S
        return [one for one in self.attempts if one.told_at_s is None or abs(one.seconds_off) > most_s]

    @property
    def repeated(self) -> list[str]:
        """The deliveries that came again to an endpoint that had acknowledged them at once, in words.

        A restart may repeat what was on its way, and a URL that was registered twice may get everything twice.
        """
        return [
            f"{first}; {later.at_s - first.at_s:.2f} s later again: {later}"
            for first, later in self._pairs
            if first.acknowledged_at_once and first.url_without_query not in self.twice
            and not any(first.at_s <= restart_s <= later.at_s for restart_s in self.restarts)
        ]  # fmt: skip

    @property
    def changed(self) -> list[str]:
        """The deliveries that came again with other bytes, in words."""
        return [
            f"{later} differs from the first attempt from byte {first_difference(first.body, later.body) or 0} on"
            for first, later in self._pairs
            if first.body != later.body
        ]

    @property
    def _pairs(self) -> list[tuple[Received, Received]]:
        """First and later attempts of one delivery: the same event with the same ids at the same endpoint."""
        firsts: dict[tuple[str, int, tuple[str, ...]], Received] = {}
        found = []
        for attempt in self.attempts:
            if attempt.event is None or not attempt.ids:
                continue
            first = firsts.setdefault((attempt.url_without_query, id(attempt.event), attempt.ids), attempt)
            if first is not attempt:
                found.append((first, attempt))
            if attempt.acknowledged_at_once and not first.acknowledged_at_once:
                firsts[attempt.url_without_query, id(attempt.event), attempt.ids] = attempt
        return found

    def __str__(self) -> str:
        return f"{len(self.attempts)} attempts"

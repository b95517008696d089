"""What every observer can do, and what of an error may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote, quote_plus

SHOWN = 200
"""Characters of an error's line that are shown."""


class Observer(Protocol):
    """Counts effects of one event."""

    form: str
    hide: Sequence[str] = ()
    """What of --effects must not be shown: passwords and tokens."""
    texts: Mapping[str, str] = MappingProxyType({})
    """What was written in each event, by its id, as the observer last saw it; empty where it shows none."""

    async def start(self) -> None:
        """Open what stays open for the whole run. Raises Inconclusive when it cannot."""
        return

    async def stop(self) -> None:
        """Close what `start` opened; once is enough."""
        return

    def expect(self, event_id: str) -> None:
        """An event is about to be sent: says from when on its effects can have come."""
        return

    async def count(self, event_id: str) -> int:
        """How many effects the event has had so far. Raises Inconclusive when it cannot be told."""


def first_line(text: str, hide: Iterable[str] = ()) -> str:
    """The first line of an error that says something, cut, without what must not be shown."""
    for secret in hide:
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(spelling, "***")
    return next((line.strip()[:SHOWN] for line in text.splitlines() if line.strip()), "")

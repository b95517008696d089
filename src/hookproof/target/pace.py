"""How fast a target may be asked that says it gets too much: 429, or a 503 that passes when it is left alone."""

from __future__ import annotations

import asyncio
import time

from hookproof.delivery.attempt import Attempt

TRIES = 6
"""How often one delivery is sent at most because the target limits our rate."""
LONGEST_S = 30.0
"""Seconds of a Retry-After that are waited at most; who asks for more is not judged further."""
_FIRST_S, _MOST_S, _NONE_S = 0.1, 2.0, 0.02
_FUTILE = 2


class Pace:
    """The gap between two requests: none until the target limits us, doubled each time it does, shrinking since."""

    def __init__(self) -> None:
        self.gap_s = 0.0
        self.recovers = False
        self._next = self._slowed = 0.0
        self._futile = 0

    async def turn(self) -> None:
        """Return when the next request may go out."""
        now = time.monotonic()
        start = max(self._next, now)
        self._next = start + self.gap_s
        if start > now:
            await asyncio.sleep(start - now)

    def limited(self, attempt: Attempt) -> bool:
        """Whether an answer says that the target gets too much; a 503 does until it proves to be no matter of pace."""
        return attempt.answered and (
            attempt.status == 429 or (attempt.status == 503 and (self.recovers or self._futile < _FUTILE))
        )

    def slow_down(self, attempt: Attempt, begun: float) -> bool:
        """Leave more room from now on; False if the target asks for more than we wait. `begun`: when it was sent."""
        asked_s = _retry_after(attempt)
        if asked_s > LONGEST_S:
            return False
        if begun >= self._slowed:  # what was under way beside it says nothing new
            self._slowed = time.monotonic()
            self.gap_s = min(max(2 * self.gap_s, _FIRST_S), _MOST_S)
        self._next = max(self._next, time.monotonic() + max(asked_s, self.gap_s))
        return True

    def passed(self, *, after_503: bool) -> None:
        """A request went through; `after_503`: the same one had been answered 503 before."""
        self.recovers |= after_503
        self._futile = 0 if after_503 else self._futile
        self.gap_s = 0.93 * self.gap_s if self.gap_s > _NONE_S else 0.0

    def gave_up(self) -> None:
        """However long it was left alone, the answer stayed 503."""
        self._futile += 1
        if self._futile >= _FUTILE and not self.recovers:
            self.gap_s, self._next = 0.0, 0.0


def _retry_after(attempt: Attempt) -> float:
    """Seconds that the answer asks for; 0 if it says none, or a date."""
    for name, value in attempt.exchange.headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return float(min(int(value[:9]), 10**6))
    return 0.0

"""What the checks of a run share about one platform."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hookproof.target.endpoints.own_endpoint import OwnEndpoint

T = TypeVar("T")
POOL = 5
"""How many endpoints the checks share for events that are not acknowledged at once."""


@dataclass
class SharedByChecks:
    """What one check found out about a platform, or had made there, and other checks use too.

    Every check that follows an event writes `gaps_s` and `slowest_s`: no later check waits for an attempt much longer
    than this platform has been seen to take. What several checks look at (`once`), or the endpoints that they share
    (`pooled`), the check that comes first makes; the others get what it made.

    gaps_s     the longest waits seen before the second attempt (1), before the third (2) …, in seconds
    slowest_s  the longest seen from asking for an event to its first attempt, in seconds
    """

    gaps_s: dict[int, float] = field(default_factory=dict)
    slowest_s: float = 0.0
    _observations: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _pool: list[OwnEndpoint] = field(default_factory=list)
    _pooling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def learn_gap(self, number: int, gap_s: float) -> None:
        """Note the gap after an attempt of that number which was answered with a plain failure."""
        self.gaps_s[number] = max(self.gaps_s.get(number, 0.0), gap_s)

    def learn_delay(self, delay_s: float) -> None:
        """Note how long an event took from being asked for to its first attempt."""
        self.slowest_s = max(self.slowest_s, delay_s)

    async def once(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """The observation of that name. The first who wants it makes it; what it raises is raised for all."""
        if name not in self._observations:
            self._observations[name] = asyncio.ensure_future(make())
        made: T = await asyncio.shield(self._observations[name])
        return made

    async def pooled(self, make: Callable[[], Awaitable[OwnEndpoint | None]], otherwise: OwnEndpoint) -> OwnEndpoint:
        """One of a few endpoints that checks share in turn; `otherwise` where the platform takes none."""
        async with self._pooling:
            if len(self._pool) < POOL and (made := await make()):
                self._pool.insert(0, made)
            endpoint = self._pool.pop(0) if self._pool else otherwise
            self._pool.append(endpoint)
        return endpoint

"""Which checks of a platform may run beside each other: those that need the same settings, or none in particular."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

USUAL = "usual"
"""The regime of checks that need no settings of their own; its turn is first."""


class Turns:
    """Checks wait here for the turn of their regime: all of one regime run at the same time, one regime after another.

    `enter` is called when the turn of a regime begins, before the first check of that regime goes on.
    """

    def __init__(self, enter: Callable[[str], Awaitable[None]]) -> None:
        self._enter = enter
        self._order: list[str] = []
        self._waiting: dict[str, int] = {}
        self._current: str | None = None
        self._changed = asyncio.Condition()

    def expect(self, regime: str) -> None:
        """Say beforehand that a check of this regime will come, so that the regimes' order is that of the checks."""
        if regime not in self._waiting:
            self._order.insert(0 if regime == USUAL else len(self._order), regime)
        self._waiting[regime] = self._waiting.get(regime, 0) + 1

    @contextlib.asynccontextmanager
    async def within(self, regime: str) -> AsyncIterator[None]:
        """Wait for the turn of a regime that was expected. A turn is over when all its expected checks are through."""
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._order[0] == regime)
                if self._current != regime:
                    await self._enter(regime)
                    self._current = regime
            yield
        finally:
            async with self._changed:
                self._waiting[regime] -= 1
                if not self._waiting[regime]:
                    del self._waiting[regime]
                    self._order.remove(regime)
                    self._changed.notify_all()

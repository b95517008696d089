"""Which checks of a platform may run beside each other: those that need the same settings, or none in particular."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

USUAL = "usual"


class Regimes:
    """Checks wait here for their regime. All of one regime run at the same time, one regime after another.

    `enter` is called when another regime begins, before its first check goes on.
    """

    def __init__(self, enter: Callable[[str], Awaitable[None]]) -> None:
        self._enter = enter
        self._order: list[str] = []
        self._waiting: dict[str, int] = {}
        self._current: str | None = None
        self._changed = asyncio.Condition()

    def expect(self, name: str) -> None:
        """Say beforehand that a check of this regime will come, so that the regimes' order is that of the checks."""
        if name not in self._waiting:
            self._order.insert(0 if name == USUAL else len(self._order), name)
        self._waiting[name] = self._waiting.get(name, 0) + 1

    @contextlib.asynccontextmanager
    async def within(self, name: str) -> AsyncIterator[None]:
        """Wait for the turn of a regime that was expected; its turn is over when all that were expected are through."""
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._order[0] == name)
                if self._current != name:
                    await self._enter(name)
                    self._current = name
            yield
        finally:
            async with self._changed:
                self._waiting[name] -= 1
                if not self._waiting[name]:
                    del self._waiting[name]
                    self._order.remove(name)
                    self._changed.notify_all()

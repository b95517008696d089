"""How long this process could not attend to something that has a deadline: suspended, or short of processor time."""

from __future__ import annotations

import asyncio

import anyio

TICK_S = 0.1
LATE_S = 0.02
SUSPENDED_S = 1.0
"""How often it is looked whether this process is late; from when on it is, and from when on it did not run at all."""


class Attention:
    """While this process is late, the deadline of a cancel scope stands still.

    For `most_s` seconds altogether where it is merely slow, for as long as it takes where it was suspended.
    held_s  seconds by which this process was late, over all
    """

    def __init__(self, scope: anyio.CancelScope, most_s: float) -> None:
        self.held_s = 0.0
        self._scope, self._most_s = scope, most_s

    def __enter__(self) -> Attention:
        self._loop, self._last = asyncio.get_running_loop(), self._scope.deadline + self._most_s
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticking.cancel()
        self.held_s += max(0.0, self._loop.time() - self._due)

    def _wait(self) -> None:
        self._due = self._loop.time() + TICK_S
        self._ticking = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        late_s = self._loop.time() - self._due
        if late_s > LATE_S:
            self.held_s += late_s
            self._last += late_s if late_s > SUSPENDED_S else 0.0
            self._scope.deadline = min(self._scope.deadline + late_s, self._last)
        self._wait()

"""When a count may be believed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar

from hookproof.observers.observer import Observer
from hookproof.verdict import Inconclusive, Reason

MOST_S = 180.0
AT_ONCE = 8

T = TypeVar("T")


class Watch:
    """Decides when a count can be believed.

    Receivers process after they answer, so a count is read when a *later* genuine event (a marker) has had its
    effect and some time has passed on top: what is still missing then was overtaken, and what was going to be done
    twice has been done twice. `send_marker` sends such an event and returns its id, or raises Inconclusive.
    """

    def __init__(
        self,
        observer: Observer,
        send_marker: Callable[[], Awaitable[str]],
        patience_s: float,
        accepted: Callable[[], int] = lambda: 0,
    ) -> None:
        """`accepted` says how many deliveries the target has acknowledged so far: its work may still lie before it."""
        self._observer, self._send_marker, self._patience_s = observer, send_marker, patience_s
        self._accepted = accepted
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._latency_s = 0.0
        self._ready: asyncio.Task[None] | None = None
        self._barrier: tuple[float, asyncio.Task[None]] | None = None

    async def learn(self) -> str:
        """Calibrate while nothing else is under way; what was learnt, in words."""
        try:
            await self.calibrate()
        except Inconclusive as unknown:
            return f"effects cannot be counted: {unknown}"
        return f"a genuine event has its effect after {self._latency_s:.3f} s"

    def calibrate(self) -> asyncio.Task[None]:
        """Learn, once, how long a genuine event takes to show, and that an unknown one counts 0."""
        if self._ready is None:
            self._ready = asyncio.ensure_future(self._calibrate())
        return self._ready

    async def _calibrate(self) -> None:
        if await self._count("hookproof-never-sent"):
            raise Inconclusive(Reason.CONFLICTING_EVIDENCE, "the observer counts effects of an event never sent")
        self._latency_s = await self._pass_marker()

    async def _pass_marker(self) -> float:
        """Send a marker and wait until it shows; seconds that took.

        A receiver may lose a marker as it may lose any event: others follow, and one that shows is enough.
        """
        start, again_s = time.monotonic(), max(2.0, 20 * self._latency_s)
        markers = [await self._send_marker()]
        end = start + self._longest_s()
        while not await self._any_reaches(markers, min(again_s, end - time.monotonic())):
            if time.monotonic() > end:
                self._give_up(markers[0], time.monotonic() - start)
            if self._latency_s:
                markers.append(await self._send_marker())
        return time.monotonic() - start

    def _give_up(self, marker: str, waited_s: float) -> NoReturn:
        if self._latency_s:
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, f"later events had no effect in {waited_s:.0f} s either")
        text = f"the observer still counted 0 for a genuine event ({marker}) after {waited_s:.0f} s"
        raise Inconclusive(Reason.CONTROL_FAILED, text)

    async def _any_reaches(self, event_ids: list[str], within_s: float) -> bool:
        end, pause = time.monotonic() + within_s, 0.02
        while not any([await self._count(event_id) for event_id in event_ids[-4:]]):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return True

    def _longest_s(self) -> float:
        """How long a marker may take: a target that does one thing after the other has all the others to do first."""
        if not self._latency_s:
            return self._patience_s
        return max(3 * self._patience_s, min(2 * self._latency_s * self._accepted(), MOST_S))

    async def counts(self, event_ids: list[str], expected: int) -> list[int]:
        """Effects of each event, read when they can be believed. `expected`: how many each should have."""
        await asyncio.shield(self.calibrate())
        await self._overtaken()
        found = await _all(self._count(event_id) for event_id in event_ids)
        if any(count < expected for count in found):
            missing = [event_id for event_id, count in zip(event_ids, found, strict=True) if count < expected]
            await _all(self._reaches(event_id, expected, self._patience_s) for event_id in missing)
            found = await _all(self._count(event_id) for event_id in event_ids)
        return found

    async def _overtaken(self) -> None:
        """Return when an event sent from now on has shown and settled; callers of one moment share it."""
        now = time.monotonic()
        if self._barrier is None or now - self._barrier[0] > 0.05:
            self._barrier = (now, asyncio.ensure_future(self._settle()))
        await asyncio.shield(self._barrier[1])

    async def _settle(self) -> None:
        await asyncio.sleep(0.06)  # whoever joins this barrier has sent everything before its marker goes out
        took = await self._pass_marker()
        await asyncio.sleep(min(max(0.5, 2 * max(took, self._latency_s)), self._patience_s))

    async def shows_within(self, event_id: str, seconds: float) -> float | None:
        """Seconds until the event has had an effect; None if it has none in that time."""
        await asyncio.shield(self.calibrate())
        start = time.monotonic()
        return time.monotonic() - start if await self._reaches(event_id, 1, seconds) else None

    async def _reaches(self, event_id: str, wanted: int, within_s: float) -> bool:
        end, pause = time.monotonic() + within_s, 0.02
        while await self._count(event_id) < wanted:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return True

    async def _count(self, event_id: str) -> int:
        async with self._asking:
            return await self._observer.count(event_id)


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each of them returns. The first that raises ends the others: an observer that is dead is asked once."""
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()

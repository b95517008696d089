"""When a count may be believed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from hookproof.observers.observer import Observer
from hookproof.verdict import Inconclusive, Reason

MOST_S = 180.0
"""How long, in seconds, a marker is waited for at most, however much a target has acknowledged before it."""
FINAL_S = 30.0
"""Seconds after its acknowledgement before which an event is not called lost, however short the patience."""
NEVER = "hookproof-never-sent"
"""The id of an event that never was: an observer that counts effects of it counts anything."""
PROOFS, APART_S = 5, 1.1
"""Genuine events that may show that the observer counts, and seconds from each to the next."""
AT_ONCE = 8
"""Counts that are asked for at the same time."""

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
        send_marker: Callable[[int], Awaitable[str]],
        patience_s: float,
        accepted: Callable[[], int] = lambda: 0,
    ) -> None:
        """`send_marker` gets the marker's number: those of a calibration differ in text, sender and kind.

        `accepted` says how many deliveries the target has acknowledged so far: its work may still lie before it.
        """
        self._observer, self._send_marker, self._patience_s = observer, send_marker, patience_s
        self._accepted = accepted
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._latency_s = 0.0
        self._lies = self._counted = False
        self._ready: asyncio.Task[None] | None = None
        self._barrier: tuple[float, asyncio.Task[None]] | None = None

    @property
    def proved(self) -> bool:
        """Whether the observer has counted an effect, and none of an event that never was."""
        return self._counted and not self._lies

    @property
    def trouble(self) -> str:
        """Why the observer cannot be believed or asked, where it is not that it counted nothing; empty otherwise."""
        failed = self._ready.exception() if self._ready and self._ready.done() and not self._ready.cancelled() else None
        other = isinstance(failed, Inconclusive) and failed.reason is not Reason.NOTHING_COUNTED
        return f"effects cannot be counted: {failed}" if other else ""

    @property
    def latency_s(self) -> float:
        """Seconds that a genuine event took to show while nothing else was under way; 0 as long as none did."""
        return self._latency_s

    @property
    def window_s(self) -> float:
        """Seconds after which an event that still shows no effect is lost."""
        return max(FINAL_S, self._patience_s)

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
        """Several events, apart in time and content: who loses the first gives no reason to doubt the observer."""
        if await self._count(NEVER):
            raise Inconclusive(Reason.CONFLICTING_EVIDENCE, "the observer counts effects of an event never sent")
        begun, markers = time.monotonic(), dict[str, float]()
        for number in range(PROOFS):
            markers[await self._send_marker(number)] = time.monotonic()
            if await self._any_reaches([*markers], APART_S):
                break
        else:
            await self._any_reaches([*markers], begun + self._patience_s - time.monotonic())
        shown = [at for event_id, at in markers.items() if self._counted and await self._count(event_id)]
        if not shown:
            waited = f"after {time.monotonic() - begun:.0f} s"
            text = f"acknowledged {len(markers)} genuine events, the observer counted none {waited}"
            raise Inconclusive(Reason.NOTHING_COUNTED, text)
        self._latency_s = time.monotonic() - min(shown)

    async def _pass_marker(self) -> float:
        """Send a marker and wait until it shows; seconds that took.

        A receiver may lose a marker as it may lose any event: others follow, and one that shows is enough.
        """
        start, again_s = time.monotonic(), max(2.0, 20 * self._latency_s)
        markers = [await self._send_marker(0)]
        end = start + self._longest_s()
        while not await self._any_reaches(markers, min(again_s, end - time.monotonic())):
            if time.monotonic() > end:
                text = f"later events had no effect in {time.monotonic() - start:.0f} s either"
                raise Inconclusive(Reason.WINDOW_TOO_SHORT, text)
            markers.append(await self._send_marker(0))
        return time.monotonic() - start

    async def _any_reaches(self, event_ids: list[str], within_s: float) -> bool:
        end, pause = time.monotonic() + within_s, 0.02
        while not any([await self._count(event_id) for event_id in event_ids[-PROOFS:]]):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return True

    def _longest_s(self) -> float:
        """How long a marker may take: a target that does one thing after the other has all the others to do first."""
        return max(3 * self._patience_s, min(2 * self._latency_s * self._accepted(), MOST_S))

    async def counts(
        self, event_ids: list[str], expected: int, since: Mapping[str, float] | None = None, *, final: bool = True
    ) -> list[int]:
        """Effects of each event, read when they can be believed. `expected`: how many each should have.

        What is missing is waited for as `missing` says, or where it is not `final` until patience ends.
        """
        await asyncio.shield(self.calibrate())
        await self._overtaken()
        found = await self.read(event_ids)
        lacking = {event_id: expected for event_id, count in zip(event_ids, found, strict=True) if count < expected}
        if lacking and final:
            await self.missing(lacking, since or {})
        elif lacking:
            await _all(self._reaches(event_id, expected, self._patience_s) for event_id in lacking)
        return await self.read(event_ids) if lacking else found

    async def read(self, event_ids: Iterable[str]) -> list[int]:
        """Effects of each event as they are counted now."""
        return await _all(self._count(event_id) for event_id in event_ids)

    async def missing(self, wanted: Mapping[str, int], since: Mapping[str, float]) -> list[str]:
        """The events that still lack some of their `wanted` effects when that is final; at once where none does.

        Final it is when one of them was acknowledged (`since`, seconds of the monotonic clock) longer ago than the
        window, and for a third of it none has shown. Raises Inconclusive where some still show minutes later.
        """
        start = progress = time.monotonic()
        left, pause = dict(wanted), 0.02
        while left:
            found = dict(zip(left, await self.read(left), strict=True))
            now = time.monotonic()
            if shown := [event_id for event_id, count in found.items() if count >= left[event_id]]:
                left, progress = {one: left[one] for one in left if one not in shown}, now
            oldest = min((since.get(event_id, start) for event_id in left), default=now)
            if left and now - oldest >= self.window_s and now - progress >= self.window_s / 3:
                break
            if left and now - start > max(MOST_S, 2 * self.window_s):
                raise Inconclusive(Reason.WINDOW_TOO_SHORT, f"{len(left)} events were still to be worked on")
            await asyncio.sleep(pause if left else 0)
            pause = min(pause * 1.5, 0.5)
        return list(left)

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
            found = await self._observer.count(event_id)
        self._lies |= event_id == NEVER and found > 0
        self._counted |= event_id != NEVER and found > 0
        return found


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each of them returns. The first that raises ends the others: an observer that is dead is asked once."""
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()

"""The target's own process, where we began it (`--start`): killed at a moment, begun anew; and what it has printed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Delivery
from hookproof.receiver.effects import Effects
from hookproof.receiver.media_host import MediaFile
from hookproof.receiver.receiver import Receiver
from hookproof.target.restart import StartedTarget
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import StartingGate

SHARES = (0.5, 0.25, 0.75, 0.4, 0.1, 0.9)
"""Parts of the time that an answer took before, after which the target is killed: one after the other."""
KILLS = 3
"""How often a moment is met before it is judged; `SHARES` says how often it is tried for at most."""
MOST_AT_ONCE = 10
AGAIN_S = 0.5
"""Seconds from one retry to the next."""
LEAST = 16
"""Characters from which a signature's value is looked for in what the target has printed."""


@dataclass
class CrashOutcome:
    """What became of deliveries around a kill, once what a sender tries again had come again. `str`: the evidence.

    interrupted  attempts that the kill left without an answer
    retries      the last retry of each delivery that was not acknowledged before the kill
    effects      of every event that was acknowledged, before the kill or when it came again
    """

    moment: str
    kills: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    interrupted: list[Attempt] = field(default_factory=list)
    retries: list[Attempt] = field(default_factory=list)
    effects: Effects = field(default_factory=lambda: Effects({}, 0))

    @property
    def lost(self) -> bool:
        return self.effects.lost

    @property
    def twice(self) -> bool:
        return not self.effects.at_most_once

    @property
    def stuck(self) -> list[Attempt]:
        """Retries that are still not acknowledged when nobody waits any longer."""
        return [attempt for attempt in self.retries if not attempt.acknowledged]

    def __str__(self) -> str:
        times = "once" if self.kills == 1 else f"{self.kills} times"
        said = f"killed {times} {self.moment}, {len(self.interrupted)} of {len(self.attempts)} attempts cut off"
        again = f"; came again: {self.stuck[0] if self.stuck else self.retries[0]}" if self.retries else ""
        return f"{said}{again}; {self.effects}"

    __repr__ = __str__


@dataclass(frozen=True)
class Printed:
    """What the target has printed so far, and which secrets stand in it, by name. `str`: the first such line."""

    size: int
    secrets: tuple[str, ...] = ()
    signatures: int = 0
    line: str = ""

    def __str__(self) -> str:
        return f"it printed: {self.line}" if self.line else f"{self.size} bytes, and nothing of the kind"


class TargetProcess:
    """The process of the receiver under test, as one check sees it. Raises Inconclusive where we did not begin it."""

    def __init__(self, receiver: Receiver, crashes: dict[tuple[str, str], CrashOutcome]) -> None:
        """`crashes`: what came of each moment, by subject: several checks judge one crash."""
        self._receiver, self._target, self._crashes = receiver, receiver.target, crashes

    async def killed(self, moment: str) -> CrashOutcome:
        """What came of killing it at that moment: `before its answer`, `after its answer`, `with ten under way`."""
        ways = {
            "before its answer": self._before_its_answer,
            "after its answer": self._after_its_answer,
            "with ten under way": self._with_ten_under_way,
        }
        return await self._once(moment, ways[moment])

    async def killed_over_a_file(self, delivery: Delivery, file: MediaFile) -> CrashOutcome:
        """What came of killing it while it fetches that file, which can be had when it comes again."""

        async def cut_off(crash: CrashOutcome) -> None:
            work = [asyncio.ensure_future(self._receiver.attempt(delivery, once=True))]
            if not await file.fetched():
                await asyncio.gather(*work, return_exceptions=True)
                raise Inconclusive(Reason.NOT_TRIGGERED, "it fetches no file, so there is none to be killed over")
            await self._kill(crash, work)
            file.mend()

        return await self._once("while it fetches a file", cut_off)

    async def _once(self, moment: str, cut_off: Callable[[CrashOutcome], Awaitable[None]]) -> CrashOutcome:
        """Crash, unless another check has; then begin it anew, try again what a sender would, and count."""
        process, key = self._started, (self._target.name, moment)
        if key not in self._crashes:
            crash, before = CrashOutcome(moment), await self._control()
            try:
                await cut_off(crash)
            finally:
                if process.died or not process.running:
                    await self._receiver.restart()
            await self._come_again(crash, before)
            self._crashes[key] = crash
        else:
            self._receiver.record.attempts += [*self._crashes[key].attempts, *self._crashes[key].retries]
        return self._crashes[key]

    @property
    def _started(self) -> StartedTarget:
        if not isinstance(self._target.restart, StartedTarget):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "only what we began can be killed: --start COMMAND")
        return self._target.restart

    async def _control(self) -> Attempt:
        """A genuine delivery that is acknowledged and whose effect is seen: what a crash must leave there."""
        control = await self._receiver.attempt(self._receiver.make())
        if not control.acknowledged:
            raise Inconclusive(Reason.CONTROL_FAILED, str(control))
        if await self._receiver.shows_within(control.delivery, self._receiver.patience_s) is None:
            raise Inconclusive(Reason.CONTROL_FAILED, f"it had no effect while all was well: {control}")
        return control

    async def _before_its_answer(self, crash: CrashOutcome) -> None:
        await self._cut_off(crash, 1)

    async def _with_ten_under_way(self, crash: CrashOutcome) -> None:
        await self._cut_off(crash, min(MOST_AT_ONCE, self._target.concurrency))

    async def _cut_off(self, crash: CrashOutcome, count: int) -> None:
        """Kill it a part of the time after the last byte was sent that such requests took while all was well."""
        quiet = await self._receiver.send_at_once(self._receiver.make_many(count), once=True)
        took_s = max((attempt.exchange.head_s for attempt in quiet if attempt.answered), default=0.0)
        met = 0
        for share in SHARES:
            gate = StartingGate(count + 1)
            deliveries = self._receiver.make_many(count)
            work = [asyncio.ensure_future(self._receiver.attempt(one, gate=gate, once=True)) for one in deliveries]
            await gate.wait()
            await asyncio.sleep(share * took_s)
            met += bool(await self._kill(crash, work))
            if met == (KILLS if count == 1 else KILLS - 1):
                return
            await self._receiver.restart()
        if not met:
            text = f"it answered each of {len(SHARES)} times before it was killed, within {took_s:.3f} s"
            raise Inconclusive(Reason.NOT_TRIGGERED, text)

    async def _after_its_answer(self, crash: CrashOutcome) -> None:
        for left in reversed(range(KILLS)):
            attempt = await self._receiver.attempt(self._receiver.make(), once=True)
            self._started.kill()
            crash.kills += 1
            crash.attempts.append(attempt)
            if left:
                await self._receiver.restart()

    async def _kill(self, crash: CrashOutcome, work: Sequence[asyncio.Future[Attempt]]) -> list[Attempt]:
        """Kill it; the attempts under way that so had no answer. One that never reached it counts for nothing."""
        await asyncio.to_thread(self._started.kill)
        ended = await asyncio.gather(*work, return_exceptions=True)
        attempts = [attempt for attempt in ended if isinstance(attempt, Attempt)]
        cut = [attempt for attempt in attempts if not attempt.answered]
        crash.kills += 1
        crash.attempts += attempts
        crash.interrupted += cut
        return cut

    async def _come_again(self, crash: CrashOutcome, before: Attempt) -> None:
        """Try again what was not acknowledged, until it is or the window ends; then count the effects."""
        watch = self._target.watch
        assert watch, "a control has shown its effect"
        if not (await watch.read([before.delivery.event_id]))[0]:
            text = "the observer forgets, when the target is killed, what it counted before: keep effects on disk"
            raise Inconclusive(Reason.NO_OBSERVER, text)
        end = time.monotonic() + watch.window_s
        taken = [attempt.delivery for attempt in crash.attempts if attempt.acknowledged]
        for attempt in [attempt for attempt in crash.attempts if not attempt.acknowledged]:
            again = await self._retry(attempt.delivery, end)
            crash.retries.append(again)
            taken += [again.delivery] if again.acknowledged else []
        if taken:
            crash.effects = await self._receiver.effects(*taken)

    async def _retry(self, delivery: Delivery, end: float) -> Attempt:
        retry = delivery.labelled("genuine, again after a kill")
        while True:
            again = await self._receiver.attempt(retry, once=True)
            if again.acknowledged or time.monotonic() > end:
                return again
            await asyncio.sleep(AGAIN_S)

    async def printed(self) -> Printed:
        """What it has printed in this run, looked through. Raises Inconclusive where that is nothing."""
        raw = self._started.printed
        if not raw.strip():
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "it printed nothing: where its log goes is not known")
        return await asyncio.to_thread(self._looked_through, raw)

    def _looked_through(self, raw: bytes) -> Printed:
        redactor, text = self._target.redactor, raw.decode("utf-8", "replace")
        secrets = tuple(name for name in redactor.names_in(text) if name.startswith("$") and name != "$EFFECTS")
        signatures = [value for value in _long(self._target.valid_signatures) if value in text]
        shown = ""
        if secrets or signatures:
            lines = (line.strip() for line in text.splitlines())
            shown = next(
                (line for line in lines if set(redactor.names_in(line)) & set(secrets) or _any_in(signatures, line)), ""
            )
        return Printed(len(raw), secrets, len(signatures), redactor.text(shown)[:300])


def _long(values: Iterable[str]) -> Iterable[str]:
    return (value for value in values if len(value) >= LEAST)


def _any_in(values: Iterable[str], line: str) -> bool:
    return any(value in line for value in values)

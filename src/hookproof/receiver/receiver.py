"""What a check can do to a receiver under test: attempt, count effects, see whether it still lives.

A `Receiver` is the view that one check has of the run's target: everything it does is recorded under its name. Files,
other endpoints and challenges have views of their own, made from this one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hookproof import cases
from hookproof.delivery.attempt import Attempt, Manner
from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import put
from hookproof.evidence.differences import Difference
from hookproof.evidence.reproduce import reproduce
from hookproof.receiver.attempts import Attempts
from hookproof.receiver.diagnosis import diagnose
from hookproof.receiver.effects import Effects
from hookproof.receiver.record import Record
from hookproof.target.restart import restarted
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint, StartingGate

MOST_SHOWN = 20
"""How many event ids a check keeps of those whose effects it counted."""


class Receiver:
    """A receiver as one check sees it. Every method that touches the network is a coroutine."""

    def __init__(self, target: Target, record: Record) -> None:
        self.target, self.record = target, record

    def make(self) -> Delivery:
        """A genuine delivery of a fresh event, as plain as they come."""
        return self.target.maker.make(plain=True)

    def make_many(self, count: int) -> list[Delivery]:
        return [self.make() for _ in range(count)]

    def renewed(self, delivery: Delivery) -> Delivery:
        """The content of that delivery as another event."""
        return self.target.maker.renewed(delivery)

    def hook(self, name: str) -> Delivery:
        """A delivery with the text that the user gave by the option of that name: `trouble` or `slow`.

        Raises Inconclusive where none was given, or nothing is written in a plain event.
        """
        maker, text = self.target.maker, self.target.hooks.get(name, "")
        if not text:
            does = {"trouble": "fails", "slow": "is slow"}[name]
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"say a text at which its handler {does}: --{name} TEXT")
        if maker.text_pointer == maker.id_pointer:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "nothing is written in a plain event")
        payload = self.make().read()
        put(payload, maker.text_pointer, text)
        return replace(maker.deliver(payload, maker.default_kind), label=f"with the text of --{name}", genuine=False)

    def variations(self, table: str, delivery: Delivery | None = None) -> list[Delivery]:
        """The delivery in every case of a table in `hookproof.cases`; without one, a fresh delivery for each case.

        Raises Inconclusive where the table has no case for this endpoint: nothing sent is nothing proved.
        """
        found = cases.table(table)(self.target.maker)
        if not found:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"there are no {table.replace('_', ' ')} for this endpoint")
        return [case(delivery or self.make()) for case in found.values()]

    async def attempt(self, delivery: Delivery, **manner: Any) -> Attempt:
        """Send a delivery once; `manner` as in `Manner`. Raises Inconclusive when nobody can be reached."""
        attempt = await self.target.attempt(delivery, Manner(**manner), self.record.check)
        self.record.attempts.append(attempt)
        return attempt

    async def attempt_if_alive(self, delivery: Delivery) -> Attempt:
        """Attempt although the target may just have died: then the attempt says that nobody answered."""
        try:
            return await self.attempt(delivery)
        except Inconclusive:
            if self.target.last is None:
                raise
            return self.target.last

    async def send_all(self, deliveries: Sequence[Delivery]) -> Attempts:
        """One after the other."""
        return Attempts(tuple([await self.attempt(delivery) for delivery in deliveries]))

    async def send_at_once(self, deliveries: Sequence[Delivery], copies: int = 0, *, once: bool = False) -> Attempts:
        """All at the same moment, as many as may be open: the last byte of each goes out when all others have.

        With `copies`: so many of each delivery at the same moment, one delivery after the other. `once`: none is sent
        again where the target says that it gets too much.
        """
        attempts: list[Attempt] = []
        most = self.target.concurrency
        moments = [[delivery] * copies for delivery in deliveries] if copies else [deliveries]
        for group in (moment[at : at + most] for moment in moments for at in range(0, len(moment), most)):
            gate = StartingGate(len(group))
            attempts += await asyncio.gather(*(self.attempt(delivery, gate=gate, once=once) for delivery in group))
        self.record.at_once |= {attempt.n for attempt in attempts}
        return Attempts(tuple(attempts))

    async def while_stalling(self, delivery: Delivery) -> Attempt:
        """Attempt a fresh delivery while another one, half sent, keeps its connection open."""
        stalled = asyncio.ensure_future(self.target.attempt(delivery, Manner(keep=0.5), self.record.check))
        await asyncio.sleep(0.2)
        try:
            return await self.attempt(self.make())
        finally:
            stalled.cancel()
            await asyncio.gather(stalled, return_exceptions=True)

    async def over_plain_http(self, delivery: Delivery) -> Attempts:
        """The delivery to the same host over http: at the same port, and at port 80 if https is at its own."""
        parts = urlsplit(self.endpoint.url)
        hosts = [parts.netloc if parts.port else f"{parts.netloc}:443", *([] if parts.port else [parts.netloc])]
        urls = [urlunsplit(("http", host, parts.path, parts.query, "")) for host in hosts]
        found = []
        for url in urls:
            with contextlib.suppress(Inconclusive):  # nobody listens there: nothing is taken
                found.append(await self.attempt(delivery.to(url, "over plain http")))
        return Attempts(tuple(found))

    async def alive(self) -> bool:
        """Whether a genuine delivery is acknowledged now. Raises Inconclusive where our rate is limited: no death."""
        try:
            return (await self.attempt(self.make())).acknowledged
        except Inconclusive as unknown:
            if unknown.reason is Reason.RATE_LIMITED:
                raise
            return False

    async def shows_within(self, delivery: Delivery, seconds: float) -> float | None:
        """Seconds until the delivery's first event has had its effect; None if it has none in that time."""
        if self.target.watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        self.record.counted += delivery.event_ids[:1]
        return await self.target.watch.shows_within(delivery.event_id, seconds)

    async def effects(self, *deliveries: Delivery, expected: int = 1) -> Effects:
        """Count the effects of these events, once the count can be believed."""
        ids = [id_ for delivery in deliveries for id_ in (delivery.event_ids or delivery.all_ids)]
        found = await self._counted(ids, expected, final=any(delivery.event_ids for delivery in deliveries))
        kinds, maker = {delivery.kind for delivery in deliveries}, self.target.maker
        chosen = maker.surface.provider.fields.subscribes and maker.default_kind not in kinds
        if chosen and found.none and expected:
            text = f"no effect of {', '.join(sorted(kinds))}: on which kinds an endpoint acts is its own business here"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return found

    async def _counted(self, event_ids: list[str], expected: int, *, final: bool) -> Effects:
        watch = self.target.watch
        if watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        ids = list(dict.fromkeys(event_ids))
        if not ids:
            raise Inconclusive(Reason.NO_OBSERVER, "nothing in these events identifies them: they cannot be counted")
        self.record.counted += ids[:MOST_SHOWN]
        counts = await watch.counts(ids, expected, self.target.ledger.acknowledged_at, final=final)
        return Effects(dict(zip(ids, counts, strict=True)), len(self.record.attempts), expected)

    @property
    def endpoint(self) -> Endpoint:
        """Where deliveries go; says whether that is https, and whether it is this machine."""
        return self.target.endpoint

    @property
    def patience_s(self) -> float:
        """How long effects and late retries are waited for."""
        return self.target.patience_s

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def restart(self) -> None:
        """Run the user's command that restarts the target, and wait until it acknowledges. Raises Inconclusive."""
        if not self.target.restart:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "neither --start nor --restart was given")
        await restarted(self.target.restart, self.patience_s)
        end = asyncio.get_running_loop().time() + max(30.0, self.patience_s)
        while not await self.alive():
            if asyncio.get_running_loop().time() > end:
                raise Inconclusive(Reason.CONTROL_FAILED, "the target did not come back after it was restarted")
            await asyncio.sleep(0.3)

    drawn: tuple[dict[str, Any], ...] = ()

    @property
    def numbers(self) -> list[int]:
        """Numbers of the attempts that the check made, in order."""
        return [attempt.n for attempt in self.record.attempts]

    @property
    def differences(self) -> list[Difference]:
        return self.record.differences

    async def explain(self) -> str:
        """Name the likely bug behind what the check saw, by sending more; empty when no known recipe explains it."""
        found = await diagnose(self.record.attempts, self._send_again, self.make)
        self.record.differences += found.differences(self.record.attempts)
        return found.cause

    async def _send_again(self, delivery: Delivery) -> Attempt:
        return await self.target.attempt(delivery, Manner(), self.record.check)

    def reproduce(self, message: str = "") -> str:
        """Shell text that sends again what the check sent; of many attempts those that `message` quotes."""
        attempts, counted = self.record.attempts, self.record.counted
        shown = [attempt for attempt in attempts if str(attempt) in message] or attempts
        shown = attempts if len(attempts) <= 3 or counted else shown
        observer = self.target.effects_url.replace("{event_id}", counted[0]) if counted else ""
        return reproduce(shown, self.record.at_once, self.target.secret_env, observer)

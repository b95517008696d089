"""What a check can do to a receiver under test: attempt, repeat, count effects, see whether it still lives.

A `Receiver` is the view that one check has of the run's target: everything it does is recorded under its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hookproof import cases
from hookproof.arrivals import Answer
from hookproof.cases import payloads
from hookproof.diagnosis import diagnose, mistaken_for
from hookproof.differences import Difference
from hookproof.effects import Effects
from hookproof.events import Maker, Media
from hookproof.inbox import File
from hookproof.internals import internals
from hookproof.model import Attempt, Delivery, Manner
from hookproof.pointers import get, identify, put
from hookproof.restart import restarted
from hookproof.specs import filled
from hookproof.spelling import SPELLINGS
from hookproof.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import StartingGate

LARGE = 256 * 1024
MOST_SHOWN = 20


class Receiver:
    """A receiver as one check sees it. Every method that touches the network is a coroutine."""

    def __init__(self, target: Target, item: dict[str, Any]) -> None:
        self._target, self._item = target, item
        self.attempts: list[Attempt] = []
        self.at_once: set[int] = set()
        self.counted: list[str] = []
        self.differences: list[Difference] = []

    drawn: tuple[dict[str, Any], ...] = ()

    @property
    def numbers(self) -> list[int]:
        """Those of this check's attempts."""
        return [attempt.n for attempt in self.attempts]

    @property
    def maker(self) -> Maker:
        """What makes this endpoint's deliveries."""
        return self._target.maker

    @property
    def deadline_s(self) -> float:
        return self._target.promise.deadline_s

    @property
    def patience_s(self) -> float:
        return self._target.patience_s

    @property
    def url(self) -> str:
        return self._target.endpoint.url

    @property
    def secure(self) -> bool:
        return self._target.endpoint.secure

    @property
    def local(self) -> bool:
        """On this machine: a development run."""
        host = self._target.endpoint.host
        return host in ("localhost", "::1") or host.startswith("127.")

    async def over_plain_http(self, delivery: Delivery) -> list[Attempt]:
        """The delivery to the same host over http: at the same port, and at port 80 if https is at its own."""
        parts = urlsplit(self.url)
        hosts = [parts.netloc if parts.port else f"{parts.netloc}:443", *([] if parts.port else [parts.netloc])]
        urls = [urlunsplit(("http", host, parts.path, parts.query, "")) for host in hosts]
        found = []
        for url in urls:
            with contextlib.suppress(Inconclusive):  # nobody listens there: nothing is taken
                found.append(await self.attempt(delivery.to(url, "over plain http")))
        return found

    def parameter(self, name: str) -> str:
        """A provider parameter's value; empty when the provider has none of that name."""
        return self._target.maker.surface.parameters.get(name, "")

    def make(self, kind: str = "") -> Delivery:
        """A genuine delivery of a fresh event, as plain as they come."""
        return self._target.maker.make(kind, plain=True)

    def make_many(self, count: int) -> list[Delivery]:
        return [self.make() for _ in range(count)]

    def renewed(self, delivery: Delivery) -> Delivery:
        """The same content as another event."""
        return self._target.maker.renewed(delivery)

    async def attempt(self, delivery: Delivery, **manner: Any) -> Attempt:
        """Send a delivery once; `manner` as in `Manner`. Raises Inconclusive when nobody can be reached."""
        attempt = await self._target.attempt(delivery, Manner(**manner), self._item)
        self.attempts.append(attempt)
        return attempt

    async def greet(self) -> Attempt:
        """The run's first delivery. A receiver that verifies another spelling of the JSON is spoken to in that one."""
        first = await self.control()
        maker = self._target.maker
        if first.rejected and maker.signer and maker.writing.is_json:
            usual = maker.writing
            for spelling in SPELLINGS:
                maker.writing = spelling
                again = await self.control()
                if again.acknowledged:
                    return again
            maker.writing = usual
        return first

    async def control(self) -> Attempt:
        """A genuine delivery of a fresh event, sent now."""
        return await self.attempt(self.make())

    async def repeat(self, delivery: Delivery, times: int) -> list[Attempt]:
        """The same delivery several times, one after the other."""
        return [await self.attempt(delivery) for _ in range(times)]

    async def send_all(self, deliveries: Sequence[Delivery]) -> list[Attempt]:
        """Different deliveries, one after the other."""
        return [await self.attempt(delivery) for delivery in deliveries]

    async def send_at_once(self, deliveries: Sequence[Delivery]) -> list[Attempt]:
        """All at the same moment, as many as may be open: the last byte of each goes out when all others have."""
        attempts: list[Attempt] = []
        most = self._target.concurrency
        for group in (deliveries[at : at + most] for at in range(0, len(deliveries), most)):
            gate = StartingGate(len(group))
            attempts += await asyncio.gather(*(self.attempt(delivery, gate=gate) for delivery in group))
        self.at_once |= {attempt.n for attempt in attempts}
        return attempts

    async def send_copies_at_once(self, deliveries: Sequence[Delivery], copies: int) -> list[Attempt]:
        """For each delivery, one after the other, so many copies at the same time."""
        return [attempt for delivery in deliveries for attempt in await self.send_at_once([delivery] * copies)]

    async def to_channel(self, channel: str) -> Attempt:
        """A genuine delivery to another channel's URL; `channel` as it stands in the path."""
        return await self.attempt(self.make().to(self._channel_url(channel), f"to the channel {channel[:40]!r}"))

    def _channel_url(self, channel: str) -> str:
        surface = self.maker.surface
        path = surface.fields.path
        for name in surface.fields.needs:
            path = path.replace(f"{{{name}}}", channel)
        return self._target.base + filled(path, surface.parameters)

    async def without_channel(self, end: str) -> Attempt:
        """A genuine delivery to the path that lacks the channel's id, ending in `end`."""
        url = self._channel_url("").rstrip("/") + end
        return await self.attempt(self.make().to(url, "to no channel"))

    def channels(self) -> list[str]:
        """The channels that the user named for this endpoint."""
        needs = self.maker.surface.fields.needs
        return self.maker.surface.parameters[needs[0]].split(",") if needs else []

    async def on_two_channels(self, delivery: Delivery) -> list[Attempt]:
        """The same event to the first two channels that were named. Raises Inconclusive if there is one only."""
        names = self.channels()
        if len(names) < 2:
            text = f"one channel only; name two with --set {self.maker.surface.fields.needs[0]}=ID,ID"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return [await self.attempt(delivery.to(self._channel_url(name))) for name in names[:2]]

    async def on_every_surface(self, each: int) -> list[Attempt]:
        """So many fresh deliveries to every endpoint of the provider, all at the same time."""
        here = [Receiver(target, self._item) for target in (self._target, *self._target.siblings)]
        groups = await asyncio.gather(*(one.send_at_once(one.make_many(each)) for one in here))
        found = [attempt for group in groups for attempt in group]
        self.attempts += [attempt for attempt in found if attempt not in self.attempts]
        return found

    async def effects_everywhere(self, attempts: Sequence[Attempt]) -> Effects:
        """Effects of what was acknowledged, each counted by its own endpoint's watch.

        Endpoints where nothing can be counted are left out. Raises Inconclusive if fewer than two are left.
        """
        counts: dict[str, int] = {}
        counted = 0
        for target in (self._target, *self._target.siblings):
            mine = [one for one in attempts if one.url == target.endpoint.url and one.acknowledged]
            with contextlib.suppress(Inconclusive):
                found = await Receiver(target, self._item).effects(*self.deliveries_of(mine))
                counts |= found.counts
                counted += 1
        if counted < 2:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "effects can be counted at fewer than two endpoints")
        self.counted += list(counts)[:MOST_SHOWN]
        return Effects(counts, len(attempts))

    async def restart(self) -> None:
        """Run the user's command that restarts the target, and wait until it acknowledges. Raises Inconclusive."""
        if not self._target.restart:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "how to restart the target was not said (--restart)")
        await restarted(self._target.restart, self.patience_s)
        end = asyncio.get_running_loop().time() + max(30.0, self.patience_s)
        while not await self.alive():
            if asyncio.get_running_loop().time() > end:
                raise Inconclusive(Reason.CONTROL_FAILED, "the target did not come back after --restart")
            await asyncio.sleep(0.3)

    async def attempt_if_alive(self, delivery: Delivery) -> Attempt:
        """Attempt although the target may just have died: then the attempt says that nobody answered."""
        try:
            return await self.attempt(delivery)
        except Inconclusive:
            if self._target.last is None:
                raise
            return self._target.last

    async def while_stalling(self, delivery: Delivery) -> Attempt:
        """Attempt a fresh delivery while another one, half sent, keeps its connection open."""
        stalled = asyncio.ensure_future(self._target.attempt(delivery, Manner(keep=0.5), self._item))
        await asyncio.sleep(0.2)
        try:
            return await self.control()
        finally:
            stalled.cancel()
            await asyncio.gather(stalled, return_exceptions=True)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def alive(self) -> bool:
        """Whether a genuine delivery is acknowledged now."""
        try:
            return (await self.control()).acknowledged
        except Inconclusive:
            return False

    async def shows_within(self, delivery: Delivery, seconds: float) -> float | None:
        """Seconds until the delivery's first event has had its effect; None if it has none in that time."""
        if self._target.watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        self.counted += delivery.event_ids[:1]
        return await self._target.watch.shows_within(delivery.event_id, seconds)

    async def effects(self, *deliveries: Delivery, expected: int = 1) -> Effects:
        """Count the effects of these events, once the count can be believed."""
        ids = [id_ for delivery in deliveries for id_ in (delivery.event_ids or delivery.all_ids)]
        return await self._counted(ids, expected)

    async def _counted(self, event_ids: list[str], expected: int) -> Effects:
        watch = self._target.watch
        if watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        ids = list(dict.fromkeys(event_ids))
        if not ids:
            raise Inconclusive(Reason.NO_OBSERVER, "nothing in these events identifies them: they cannot be counted")
        self.counted += ids[:MOST_SHOWN]
        counts = await watch.counts(ids, expected)
        return Effects(dict(zip(ids, counts, strict=True)), len(self.attempts), expected)

    async def fetched(self, path: File) -> bool:
        """Whether somebody asks for the file before patience ends."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(path.asked.wait(), self.patience_s)
        if path.asked_s is not None:
            text = f"{self._target.name}: a file was asked for {path.asked_s:.3f} s after its delivery was made"
            self._target.journal.write("fact", name="media", text=text)
        return path.asked.is_set()

    async def effects_of_the_run(self) -> Effects:
        """Effects of the genuine events that were acknowledged so far: at most 1000, evenly drawn."""
        known = list(self._target.ledger)
        step = -(-len(known) // 1000) or 1
        return await self._counted(known[::step], expected=1)

    def media_kind(self, answer: str = "whole", *, counted: bool = False) -> tuple[Delivery, File]:
        """The same for the first documented kind of event that has a file; `counted`: of those with an effect.

        Raises Inconclusive if there is none.
        """
        events = self.maker.surface.events
        kinds = [kind for kind in self.maker.kinds if events[kind].points_to_a_file]
        kinds = [kind for kind in kinds if events[kind].required or not counted]
        if not kinds:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "no documented event has a file")
        return self.media(kinds[0], answer)

    def media(self, kind: str, answer: str = "whole") -> tuple[Delivery, File]:
        """A delivery that points to a file of ours: whole, silent, missing, failing or altered (another SHA-256)."""
        event = self._target.maker.surface.events[kind]
        assert event.media, "only an event with a file has media"
        described = event.media
        content = f"{described['name']} {self._target.maker.token(24)}\n".encode() * 40
        answers = {
            "whole": Answer(200, content, described["type"]),
            "altered": Answer(200, content[:-1] + b"?", described["type"]),
            "missing": Answer(404),
            "silent": Answer(end="silent"),
            "failing": Answer(503),
        }
        path = self._target.inbox.serve(described["name"], answers[answer])
        path.mended = answers["whole"]
        made = self._target.maker.make(kind, Media(path.url, content, described["type"]), plain=True)
        return made if answer == "whole" else made.labelled(f"genuine, with a {answer} file"), path

    def related(self, *kinds: str) -> list[Delivery]:
        """Deliveries of these kinds about one and the same thing, oldest first."""
        return self.maker.make_related(kinds)

    def inside_a_batch(self, delivery: Delivery) -> Delivery:
        """A batch of fresh events but one: that is the delivery's."""
        batch = payloads.many(self.maker, 3)
        own = identify(delivery.payload, self.maker.surface.identities)[0]
        payload = batch.read()
        named = identify(payload, self.maker.surface.identities)[1]
        put(payload, named.item, get(delivery.payload, own.item))
        return self.maker.deliver(payload, delivery.kind).labelled("genuine, in a batch with others")

    def reformatted(self, delivery: Delivery) -> Delivery:
        """The same event with its JSON spelled otherwise, and signed; forms stay as they are."""
        spelled = json.dumps(delivery.read(), indent=2, ensure_ascii=False).encode()
        body = spelled if delivery.writing.is_json else delivery.body
        return delivery.with_body(body).signed(label="genuine, re-serialised")

    def forgeries(self) -> list[Delivery]:
        """Deliveries of fresh events that nobody with the secret signed."""
        unsigned, foreign, changed = self.make_many(3)
        forged = [unsigned.unsigned(), foreign.signed(secret=b"another secret", label="signed with another secret")]
        if "signature" in self.maker.surface.features:
            forged.append(changed.with_body(changed.body + b" ", "one byte longer than signed"))
        return forged

    def provocations(self) -> list[Delivery]:
        """Deliveries that make careless code raise."""
        wanted = ("null", "a cut-off object", "50 000 nested arrays", "bytes that are not UTF-8", "an array of events")
        hostile = cases.table("hostile_bodies")(self._target.maker)
        malformed = cases.table("malformed_signatures")(self._target.maker) if self.make().signer else {}
        chosen = [hostile[name] for name in wanted if name in hostile] + [*malformed.values()][:3]
        return [case(self.make()) for case in chosen]

    def leaks(self, attempts: Sequence[Attempt]) -> str:
        """The first answer that shows a stack trace or a source file, with what it shows; empty if none does."""
        for attempt in attempts:
            if shown := internals(attempt.exchange.body):
                return f"{attempt}; it shows {shown!r}"
        return ""

    def reveals(self, attempt: Attempt, signature: str) -> bool:
        """Whether the answer contains the signature that would have been right."""
        answer = attempt.exchange.body + b"".join(value for _, value in attempt.exchange.headers)
        lead = self._target.maker.signer.scheme.lead if self._target.maker.signer else ""
        return signature.removeprefix(lead).lower().encode() in answer.lower()

    def cut_off(self, attempt: Attempt) -> bool:
        """The endpoint closed the connection on a large body: it did not want it (RFC 9110, 15.5.14).

        Its answer, if it sent one, can be lost when it closes while we still send.
        """
        return len(attempt.delivery.body) > LARGE and attempt.exchange.outcome in ("reset", "closed")

    def all_acknowledged(self, attempts: Sequence[Attempt]) -> bool:
        return all(attempt.acknowledged for attempt in attempts)

    def any_acknowledged(self, attempts: Sequence[Attempt]) -> bool:
        return any(attempt.acknowledged for attempt in attempts)

    def worst_of(self, attempts: Sequence[Attempt]) -> str:
        """The first attempt that was not acknowledged, and how many were."""
        good = sum(attempt.acknowledged for attempt in attempts)
        first = next((attempt for attempt in attempts if not attempt.acknowledged), attempts[0])
        return f"{good} of {len(attempts)} acknowledged; {first}"

    def deliveries_of(self, attempts: Sequence[Attempt]) -> list[Delivery]:
        return [attempt.delivery for attempt in attempts]

    def release_media(self) -> None:
        """Let go of whoever waits for a silent file."""
        self._target.inbox.drop_connections()

    async def diagnose(self) -> str:
        """Name the likely bug behind what this check saw; empty when no known recipe explains it."""
        cause = await diagnose(self.attempts, self._send_again, self.make)
        self.differences += mistaken_for(cause, self.attempts)
        return cause

    async def _send_again(self, delivery: Delivery) -> Attempt:
        return await self._target.attempt(delivery, Manner(), self._item)

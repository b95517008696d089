"""What a check can do to a receiver under test: attempt, repeat, count effects, see whether it still lives.

A `Receiver` is the view that one check has of the run's target: everything it does is recorded under its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hookproof import cases
from hookproof.events import Media
from hookproof.forensics import explain_acceptance, suspects
from hookproof.inbox import Answer, Path
from hookproof.model import COMPACT, SPELLINGS, Attempt, Delivery, Manner
from hookproof.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import StartingGate

_INTERNALS = re.compile(
    rb"Traceback \(most recent call last\)|File \"/[^\"]+\", line \d+|\bat [^\n]{0,80}\(?(?:/|file:)[^\s:)]+:\d+:\d+\)?"
    rb"|node_modules/|site-packages/|\.java:\d+\)|goroutine \d+ \["
)
LARGE = 256 * 1024
MOST_SHOWN = 20


@dataclass
class Effects:
    """How many effects each of some events had, and how many it should have. Its `str` is one line of evidence."""

    counts: dict[str, int]
    attempts: int
    expected: int = 1

    @property
    def once(self) -> bool:
        """Each event was acted on, and not twice."""
        return all(count == 1 for count in self.counts.values())

    @property
    def none(self) -> bool:
        return not any(self.counts.values())

    @property
    def lost(self) -> bool:
        return not all(self.counts.values())

    def __str__(self) -> str:
        wrong = {id_: count for id_, count in self.counts.items() if count != self.expected} or self.counts
        shown = ", ".join(f"{id_}: {count} effect{'s' * (count != 1)}" for id_, count in [*wrong.items()][:6])
        more = f" and {len(wrong) - 6} more" if len(wrong) > 6 else ""
        events = f"{len(self.counts)} event{'s' * (len(self.counts) != 1)}"
        return f"{shown}{more} (after {self.attempts} attempts for {events})"

    __repr__ = __str__


class Receiver:
    """A receiver as one check sees it. Every method that touches the network is a coroutine."""

    def __init__(self, target: Target, item: dict[str, Any]) -> None:
        self._target, self._item = target, item
        self.attempts: list[Attempt] = []
        self.at_once: set[int] = set()
        self.counted: list[str] = []

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

    def parameter(self, name: str) -> str:
        """A provider parameter's value; empty when the provider has none of that name."""
        return self._target.parameters.get(name, "")

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
        if first.rejected and self._target.maker.signer:
            for spelling in SPELLINGS[1:]:
                self._target.maker.spelling = spelling
                again = await self.control()
                if again.acknowledged:
                    return again
            self._target.maker.spelling = COMPACT
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

    async def effects(self, *deliveries: Delivery, expected: int = 1) -> Effects:
        """Count the effects of these events, once the count can be believed."""
        return await self._counted([delivery.event_id for delivery in deliveries], expected)

    async def _counted(self, event_ids: list[str], expected: int) -> Effects:
        watch = self._target.watch
        if watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        ids = list(dict.fromkeys(event_ids))
        self.counted += ids[:MOST_SHOWN]
        counts = await watch.counts(ids, expected)
        return Effects(dict(zip(ids, counts, strict=True)), len(self.attempts), expected)

    async def fetched(self, path: Path) -> bool:
        """Whether somebody asks for the file before patience ends."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(path.asked.wait(), self.patience_s)
        return path.asked.is_set()

    async def effects_of_the_run(self) -> Effects:
        """Effects of the genuine events that were acknowledged so far: at most 1000, evenly drawn."""
        known = list(self._target.ledger)
        step = -(-len(known) // 1000) or 1
        return await self._counted(known[::step], expected=1)

    def media(self, kind: str, answer: str = "whole") -> tuple[Delivery, Path]:
        """A delivery that points to a file of ours: `whole`, `silent`, `missing` or `altered` (another SHA-256)."""
        described = self._target.maker.provider.kinds[kind]["media"]
        content = f"{described['name']} {self._target.maker.token(24)}\n".encode() * 40
        answers = {
            "whole": Answer(200, content, described["type"]),
            "altered": Answer(200, content[:-1] + b"?", described["type"]),
            "missing": Answer(404),
            "silent": Answer(silent=True),
        }
        path = self._target.inbox.serve(described["name"], answers[answer])
        return self._target.maker.make(kind, Media(path.url, content, described["type"]), plain=True), path

    def reformatted(self, delivery: Delivery) -> Delivery:
        """The same event with its JSON spelled otherwise, and signed."""
        body = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False).encode()
        return delivery.with_body(body).signed(label="genuine, re-serialised")

    def forgeries(self) -> list[Delivery]:
        """Deliveries of fresh events that nobody with the secret signed."""
        unsigned, foreign, changed = self.make_many(3)
        return [
            unsigned.unsigned(),
            foreign.signed(secret=b"another secret", label="signed with another secret"),
            changed.with_body(changed.body + b" ", "one byte longer than signed"),
        ]

    def provocations(self) -> list[Delivery]:
        """Deliveries that make careless code raise."""
        names = ("null", "a cut-off object", "50 000 nested arrays", "bytes that are not UTF-8", "an array of events")
        hostile = cases.table("hostile_bodies")(self._target.maker)
        malformed = cases.table("malformed_signatures")(self._target.maker) if self.make().signer else {}
        chosen = [hostile[name] for name in names] + [*malformed.values()][:3]
        return [case(self.make()) for case in chosen]

    def leaks(self, attempts: Sequence[Attempt]) -> str:
        """The first answer that shows a stack trace or a source file, with what it shows; empty if none does."""
        for attempt in attempts:
            found = _INTERNALS.search(attempt.exchange.body)
            if found:
                return f"{attempt}; it shows {found[0][:80]!r}"
        return ""

    def reveals(self, attempt: Attempt, signature: str) -> bool:
        """Whether the answer contains the signature that would have been right."""
        answer = attempt.exchange.body + b"".join(value for _, value in attempt.exchange.headers)
        return signature.lower().encode() in answer.lower()

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
        for attempt in self.attempts:
            delivery = attempt.delivery
            genuine = delivery.seal and not delivery.seal.foreign and delivery.signature == delivery.seal.value
            genuine = genuine and delivery.seal is not None and delivery.seal.over == delivery.body
            if genuine and attempt.rejected and attempt.manner == Manner():
                return await self._try_suspects(delivery)
            if not genuine and attempt.acknowledged and delivery.method == "POST" and delivery.signer:
                return await self._explain_acceptance(delivery)
        return ""

    async def _explain_acceptance(self, forged: Delivery) -> str:
        nonsense = self.make().with_signature("0" * 64, "forensics")
        if (await self._target.attempt(nonsense, Manner(), self._item)).acknowledged:
            return "the receiver takes any signature: it verifies nothing"
        return explain_acceptance(forged)

    async def _try_suspects(self, delivery: Delivery) -> str:
        fresh = replace(delivery, label="forensics")
        for mistake, suspect in suspects(fresh):
            attempt = await self._target.attempt(suspect, Manner(), self._item)
            if attempt.acknowledged:
                return f"the receiver {mistake}"
        return ""

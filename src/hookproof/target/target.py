"""The endpoint under test, for a whole run: every attempt goes through here, is recorded, and tells whether it lives.

What the target does is an Attempt; that it cannot be reached is Inconclusive; our own trouble is neither.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hookproof.delivery.attempt import Attempt, Manner, Promise
from hookproof.delivery.model import Delivery
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.observers import Observer, Watch
from hookproof.providers.events import Maker
from hookproof.target.check_key import CheckKey, of_the_run
from hookproof.target.ledger import Ledger
from hookproof.target.pace import TRIES, Pace
from hookproof.target.restart import StartedTarget
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox

PAUSE_S = 2.0
"""Seconds for which a target that is gone is left alone before it is asked again."""
SHORT_S = 1.0
"""Seconds that a delivery which is not genuine is waited for, once three in the run were never answered."""


@dataclass
class Target:
    """One endpoint under test, for a whole run. Never more than `concurrency` requests are open at once.

    `name` is the subject; `base` the URL that the user gave; `siblings` the other endpoints of the same provider.
    `effects_url` shows an event's effects where {event_id} stands in it, for people; empty where no URL does.
    `hooks` are texts at which the target's own handler does something that only its owner can bring about, by name.
    `valid_signatures` are the right ones of all that was sent, be it sent with them or not.
    `given_up` counts deliveries that the target's limit kept from it; `doubt` says why it may not be the target's fault
    that no genuine delivery is acknowledged, and is empty where it is, or where one was.
    """

    name: str
    endpoint: Endpoint
    base: str
    maker: Maker
    promise: Promise
    journal: Journal
    redactor: Redactor
    inbox: Inbox
    patience_s: float
    concurrency: int
    observer: Observer | None = None
    restart: str | StartedTarget = ""
    secret_env: str = ""
    effects_url: str = ""
    hooks: Mapping[str, str] = field(default_factory=dict)
    siblings: list[Target] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    started: float = field(default_factory=time.monotonic)
    accepted: int = 0
    ledger: Ledger = field(init=False)
    pace: Pace = field(default_factory=Pace)
    given_up: int = 0
    doubt: str = ""
    unanswered: int = 0
    silent: int = 0
    down: bool = False
    gone: Reason = Reason.TARGET_UNREACHABLE
    ask_again: float = 0.0
    valid_signatures: set[str] = field(default_factory=set)
    control: Attempt | None = None
    last: Attempt | None = None

    def __post_init__(self) -> None:
        written = self.maker.text_pointer
        self.ledger = Ledger(self.maker.default_kind, "" if written == self.maker.id_pointer else written)
        self._open = asyncio.Semaphore(self.concurrency)
        self.watch: Watch | None = None
        if self.observer:
            self.watch = Watch(self.observer, self._marker, self.patience_s, lambda: self.accepted)

    async def _marker(self, number: int = 0) -> str:
        """A genuine event to see how far the target has got; those after the first are of other kinds in turn."""
        attempt = await self.attempt(self._marking(number), Manner(), of_the_run(self.name))
        if not attempt.acknowledged and number:
            attempt = await self.attempt(self._marking(0), Manner(), of_the_run(self.name))
        if not attempt.acknowledged:
            raise Inconclusive(Reason.CONTROL_FAILED, str(attempt))
        return attempt.delivery.event_id

    def _marking(self, number: int) -> Delivery:
        events = self.maker.surface.events
        kinds = [kind for kind in self.maker.kinds if events[kind].required] if number else []
        made = self.maker.make(kinds[number % len(kinds)] if kinds else "", plain=True)
        return made if len(made.event_ids) == 1 else self.maker.make(plain=True)

    async def send_others(self, count: int, within_s: float) -> None:
        """Send so many plain events, or as many as it takes in that time; the ledger has them, the journal has not.

        Ends with the first that is not acknowledged: how much load a target takes is not asked here.
        """
        left, end = count, time.monotonic() + within_s

        async def sending() -> None:
            nonlocal left
            while left > 0 and time.monotonic() < end:
                left -= 1
                delivery = self.maker.make(plain=True)
                if self.observer:
                    self.observer.expect(delivery.event_id)
                endpoint = self.endpoint
                within = self.promise.deadline_s + 0.25
                exchange = await send(endpoint, delivery.method, delivery.headers, delivery.body, within_s=within)
                attempt = Attempt(0, endpoint.url, delivery, Manner(), exchange, self.promise)
                self.ledger.note(attempt, time.monotonic(), other=True)
                self.accepted += attempt.acknowledged
                if not attempt.acknowledged:
                    left = 0

        await asyncio.gather(*(sending() for _ in range(self.concurrency)))

    async def attempt(self, delivery: Delivery, manner: Manner, check: CheckKey) -> Attempt:
        """Send one delivery and record it. Raises Inconclusive when the target cannot be reached."""
        if self.down and time.monotonic() < self.ask_again:
            raise Inconclusive(self.gone, "the target no longer answers")
        if self.observer:
            for id_ in delivery.all_ids:
                self.observer.expect(id_)
        self._hide_parts(delivery)
        if delivery.seal:
            self.redactor.add_signature(delivery.seal.value)
        if delivery.signer:  # an answer may show what would have been right
            self.valid_signatures.add(right := delivery.signer.sign(delivery.body))
            self.redactor.add_signature(right)
        for other in delivery.companions:
            self.redactor.add_signature(other.sign(delivery.body))
        async with self._open:
            attempt = await self._sent_at_their_pace(delivery, manner, check)
        self.last = attempt
        self._note(attempt)
        return attempt

    async def _sent_at_their_pace(self, delivery: Delivery, manner: Manner, check: CheckKey) -> Attempt:
        """Send, and send again while nobody listens yet or the target says that it gets too much."""
        too_much = unavailable = False
        for pause_s in (0.2, 0.6, 1.2, *[None] * (TRIES - 3)):
            if not manner.gate or too_much:
                await self.pace.turn()
            begun = time.monotonic()
            attempt = await self._send(delivery, replace(manner, gate=None) if too_much else manner)
            at_s = begun - self.started
            self.journal.attempt(attempt, at_s=at_s, id=check.id, subject=check.subject, case=check.case)
            if self.pace.limited(attempt):
                too_much, unavailable = True, unavailable or attempt.status == 503
                if manner.once or not self.pace.slow_down(attempt, begun):
                    break
            elif attempt.exchange.outcome in ("refused", "unresolved") and pause_s is not None and not self.down:
                await asyncio.sleep(pause_s)
            else:
                self.pace.passed(after_503=unavailable) if attempt.answered else None
                return attempt
        if unavailable and not manner.once:
            self.pace.gave_up()
        return attempt

    def _hide_parts(self, delivery: Delivery) -> None:
        """Where the header's value is the secret itself, a value that only resembles it gives it away too."""
        secret = self.maker.secret.reveal().decode("latin-1") if self.maker.secret else ""
        value = delivery.signature
        if "token" not in self.maker.surface.features or value == secret:
            return
        if any(secret[at : at + 6] in value for at in range(max(1, len(secret) - 5))):
            self.redactor.add(value.encode("latin-1"), f"<resembles ${self.secret_env}>")

    async def _send(self, delivery: Delivery, manner: Manner) -> Attempt:
        within_s = self.promise.deadline_s + 0.25
        if self.down or (self.silent >= 3 and not delivery.genuine):
            within_s = min(within_s, SHORT_S)
        url = self.base + delivery.url if delivery.url.startswith("/") else delivery.url
        endpoint = replace(self.endpoint, url=url) if url else self.endpoint
        exchange = await send(
            endpoint, delivery.method, delivery.headers, delivery.body, within_s=within_s, manner=manner
        )
        return Attempt(next(self.numbers), endpoint.url, delivery, manner, exchange, self.promise)

    def _note(self, attempt: Attempt) -> None:
        """Enter it in the ledger; notice a target that is gone, so that the rest of the run does not wait in vain."""
        self.ledger.note(attempt, time.monotonic())
        outcome = attempt.exchange.outcome
        if outcome == "answered":
            self.unanswered, self.down = 0, False
            if attempt.acknowledged and attempt.delivery.all_ids:
                self.accepted += 1
            limits = attempt.status == 429 or (attempt.status == 503 and self.pace.recovers)
            if limits and not attempt.manner.once:
                self.given_up += 1
                raise Inconclusive(Reason.RATE_LIMITED, f"the target limits our rate: {attempt}")
        elif outcome in ("refused", "unresolved"):
            self.down, self.ask_again, self.gone = True, time.monotonic() + PAUSE_S, Reason.TARGET_UNREACHABLE
            raise Inconclusive(Reason.TARGET_UNREACHABLE, str(attempt))
        elif outcome == "timeout" and attempt.manner == Manner():
            self.silent += 1
            self.unanswered += 1
            if self.down:
                self.ask_again = time.monotonic() + PAUSE_S
                raise Inconclusive(Reason.TARGET_SILENT, f"the target no longer answers: {attempt}")
            self.down, self.gone = self.unanswered >= 3, Reason.TARGET_SILENT

"""The endpoint under test, for a whole run: every attempt goes through here, is recorded, and tells whether it lives.

What the target does is an Attempt; that it cannot be reached is Inconclusive; our own trouble is neither.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field, replace
from typing import Any

from hookproof.events import Maker
from hookproof.inbox import Inbox
from hookproof.journal import Journal
from hookproof.model import Attempt, Delivery, Manner, Promise
from hookproof.observers import Observer, Watch
from hookproof.redact import Redactor
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint, send

PAUSE_S = 2.0
"""How long a target that is gone is left alone before it is asked again."""
SHORT_S = 1.0
"""How long a forged delivery is waited for once three in the run were never answered."""


@dataclass
class Target:
    """One endpoint under test, for a whole run. Never more than `concurrency` requests are open at once.

    `name` is the subject; `base` the URL that the user gave; `siblings` the other endpoints of the same provider.
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
    restart: str = ""
    secret_env: str = ""
    siblings: list[Target] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    started: float = field(default_factory=time.monotonic)
    accepted: int = 0
    ledger: dict[str, None] = field(default_factory=dict)
    unanswered: int = 0
    silent: int = 0
    down: bool = False
    ask_again: float = 0.0
    control: Attempt | None = None
    last: Attempt | None = None

    def __post_init__(self) -> None:
        self._open = asyncio.Semaphore(self.concurrency)
        self.watch: Watch | None = None
        if self.observer:
            self.watch = Watch(self.observer, self._marker, self.patience_s, lambda: self.accepted)

    async def _marker(self) -> str:
        nobody = {"id": None, "subject": self.name, "case": None}
        attempt = await self.attempt(self.maker.make(plain=True), Manner(), nobody)
        if not attempt.acknowledged:
            raise Inconclusive(Reason.CONTROL_FAILED, str(attempt))
        return attempt.delivery.event_id

    async def attempt(self, delivery: Delivery, manner: Manner, item: dict[str, Any]) -> Attempt:
        """Send one delivery and record it. Raises Inconclusive when the target cannot be reached."""
        if self.down and time.monotonic() < self.ask_again:
            raise Inconclusive(Reason.TARGET_UNREACHABLE, "the target no longer answers")
        if self.observer:
            for id_ in delivery.all_ids:
                self.observer.expect(id_)
        self._hide_parts(delivery)
        if delivery.seal:
            self.redactor.add_signature(delivery.seal.value)
        if delivery.signer:  # an answer may show what would have been right
            self.redactor.add_signature(delivery.signer.sign(delivery.body))
        async with self._open:
            for pause_s in (0.2, 0.6, 1.2, None):
                begun = time.monotonic()
                attempt = await self._send(delivery, manner)
                self.journal.attempt(attempt, at_s=begun - self.started, **item)
                again = attempt.status == 429 or attempt.exchange.outcome in ("refused", "unresolved")
                if not again or pause_s is None or self.down:
                    break
                await asyncio.sleep(pause_s)
        self.last = attempt
        self._note(attempt)
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
        if self.down or (self.silent >= 3 and delivery.label != "genuine"):
            within_s = min(within_s, SHORT_S)
        endpoint = replace(self.endpoint, url=delivery.url) if delivery.url else self.endpoint
        exchange = await send(
            endpoint, delivery.method, delivery.headers, delivery.body, within_s=within_s, manner=manner
        )
        return Attempt(next(self.numbers), endpoint.url, delivery, manner, exchange, self.promise)

    def _note(self, attempt: Attempt) -> None:
        """Notice a target that is gone, so that the rest of the run does not wait for it in vain."""
        outcome = attempt.exchange.outcome
        if outcome == "answered":
            self.unanswered, self.down = 0, False
            if attempt.acknowledged and attempt.delivery.all_ids:
                self.accepted += 1
            if attempt.acknowledged and attempt.delivery.label == "genuine":
                self.ledger |= dict.fromkeys(attempt.delivery.event_ids)
            if attempt.status == 429:
                raise Inconclusive(Reason.AMBIGUOUS_SEND, f"the target limits our rate: {attempt}")
        elif outcome in ("refused", "unresolved"):
            self.down, self.ask_again = True, time.monotonic() + PAUSE_S
            raise Inconclusive(Reason.TARGET_UNREACHABLE, str(attempt))
        elif outcome == "timeout" and attempt.manner == Manner():
            self.silent += 1
            self.unanswered += 1
            if self.down:
                self.ask_again = time.monotonic() + PAUSE_S
                raise Inconclusive(Reason.TARGET_UNREACHABLE, f"the target no longer answers: {attempt}")
            self.down = self.unanswered >= 3

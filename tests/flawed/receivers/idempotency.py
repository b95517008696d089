"""Flaws in recognising an event that comes again."""

# ruff: noqa: RUF012

import asyncio
import contextlib
import hashlib
import json
import re
import time
from contextvars import ContextVar

from starlette.requests import ClientDisconnect

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.groups import EVENTS_TOLD_APART, RETRIES_PROCESSED_ONCE
from tests.flawed.receivers.keyed import Keyed

KNOWN = ContextVar("KNOWN", default=False)
LAST = ContextVar("LAST", default="")


class NeverRemembers(ReferenceReceiver):
    """Processes whatever comes as often as it comes."""

    bug = "I1"
    caught_by = "receiver.idempotency.processes-a-retry-once"
    also = RETRIES_PROCESSED_ONCE

    def accept(self, id_, body):
        self.count(id_)


class RefusesRetries(ReferenceReceiver):
    """Answers 409 to a retry, which so never ends."""

    bug = "I10"
    caught_by = "receiver.idempotency.acknowledges-a-retry"

    def accept(self, id_, body):
        if self.database.execute("SELECT 1 FROM events WHERE id = ?", (id_,)).fetchone():
            raise Refused(409, "Duplicate")
        super().accept(id_, body)


class BreaksOverRetries(ReferenceReceiver):
    """Lets the database's complaint about a second row become a 500."""

    bug = "I10"
    caught_by = "receiver.idempotency.acknowledges-a-retry"
    also = {"receiver.payload.survives-every-invalid-delivery"}

    def accept(self, id_, body):
        self.database.execute("INSERT INTO events (id, body) VALUES (?, ?)", (id_, body))
        self.wake.set()


class LooksBeforeItWrites(Keyed):
    """Looks whether it knows the event, does something else, and then writes it down."""

    bug = "I2"
    caught_by = "receiver.idempotency.processes-simultaneous-copies-once"

    async def read(self, request):
        body = await super().read(request)
        found = re.search(rb'"event_id": ?"(.*?)"', body)
        KNOWN.set(bool(found) and self.known(found[1].decode(errors="replace")))
        await asyncio.sleep(0.05)
        return body

    def accept(self, id_, body):
        if not KNOWN.get():
            self.database.execute("INSERT OR IGNORE INTO events (id, body, done) VALUES (?, '', 1)", (id_,))
            self.count(id_)


class ForgetsSoon(Keyed):
    """Remembers an event for as long as a short cache does, here 1.3 seconds."""

    bug = "I8"
    caught_by = "receiver.idempotency.processes-a-late-retry-once"
    perhaps = RETRIES_PROCESSED_ONCE - {
        "receiver.idempotency.processes-a-late-retry-once",
        "receiver.idempotency.processes-a-retry-after-a-restart-once",
    }

    def accept(self, id_, body):
        seen, now = self.__dict__.setdefault("seen", {}), time.monotonic()
        if now - seen.get(id_, -10) > 1.3:
            seen[id_] = now
            self.count(id_)


class RemembersAHundred(ReferenceReceiver):
    """Remembers the last hundred events."""

    bug = "I8"
    caught_by = "receiver.idempotency.processes-a-retry-after-many-others-once"
    perhaps = {
        "receiver.idempotency.processes-a-late-retry-once",
        "receiver.idempotency.processes-a-re-serialised-retry-once",
        "receiver.idempotency.processes-a-retry-once",
        "receiver.idempotency.processes-an-event-whose-answer-was-lost-once",
    }

    def accept(self, id_, body):
        seen = self.__dict__.setdefault("seen", {})
        if id_ not in seen:
            self.count(id_)
        seen[id_] = None
        if len(seen) > 100:
            del seen[next(iter(seen))]


class KeysByBodyHash(Keyed):
    """Recognises a retry by the hash of its body."""

    bug = "I5"
    caught_by = "receiver.idempotency.processes-a-re-serialised-retry-once"

    def key(self, id_, body):
        return hashlib.sha256(body).hexdigest()


class KeysByContentHash(Keyed):
    """Recognises a retry by the hash of what it says."""

    bug = "I4"
    caught_by = "receiver.idempotency.processes-equal-content-under-other-ids"
    also = EVENTS_TOLD_APART

    def key(self, id_, body):
        return hashlib.sha256(repr(json.loads(body).get("data")).encode(errors="replace")).hexdigest()


class KeysByTextAndPhone(Keyed):
    """Takes the same text from the same number within an hour for a retry."""

    bug = "I6"
    caught_by = "receiver.idempotency.processes-equal-content-under-other-ids"
    also = EVENTS_TOLD_APART

    def key(self, id_, body):
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            data = json.loads(body)["data"]
            return repr((data["phone_number"], data["message"]["content"], time.time() // 3600))
        return id_


class IgnoresTheCase(Keyed):
    """Compares ids without their case, as many databases do."""

    caught_by = "receiver.idempotency.tells-similar-ids-apart"

    def key(self, id_, body):
        return id_.lower()


class CutsTheKey(Keyed):
    """Keeps ids in a column of 64 characters."""

    caught_by = "receiver.idempotency.tells-similar-ids-apart"

    def key(self, id_, body):
        return id_[:64]


class KeysByDouble(Keyed):
    """Takes an id of digits for a number, as JavaScript does, and rounds it."""

    bug = "P7"
    caught_by = "receiver.idempotency.tells-similar-ids-apart"

    def key(self, id_, body):
        return repr(float(id_)) if re.fullmatch(r"[0-9]{1,300}", id_) else id_


class KeysByTheEnd(Keyed):
    """Cuts a prefix of five characters off the id."""

    caught_by = "receiver.idempotency.tells-similar-ids-apart"

    def key(self, id_, body):
        return id_[5:]


class BurnsTheIdOfHalfADelivery(ReferenceReceiver):
    """Marks the event as done as soon as it has read the id, before it has read the rest."""

    bug = "I3"
    caught_by = "receiver.idempotency.processes-an-event-whose-first-attempt-was-cut-off"

    async def read(self, request):
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
        except ClientDisconnect:
            if found := re.search(rb'"event_id":"(.*?)"', body):
                super().accept(found[1].decode(), b"")
                self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (found[1].decode(),))
            raise
        return bytes(body)


class ForgetsWhenNobodyListens(ReferenceReceiver):
    """Takes the event back when the answer cannot be sent, although its work is done."""

    caught_by = "receiver.idempotency.processes-an-event-whose-answer-was-lost-once"

    async def handle(self, request):
        answer = await super().handle(request)
        await asyncio.sleep(0.05)
        if await request.is_disconnected():
            self.database.execute("DELETE FROM events WHERE id = ?", (LAST.get(),))
        return answer

    def accept(self, id_, body):
        LAST.set(id_)
        super().accept(id_, body)


class BurnsTheIdOfForgeries(ReferenceReceiver):
    """Writes the id down before it looks at the signature."""

    bug = "I3"
    caught_by = "receiver.idempotency.keeps-the-id-free-when-a-forgery-uses-it"

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused:
            if found := re.search(rb'"event_id":"([^"]*)"', body):
                self.database.execute(
                    "INSERT OR IGNORE INTO events (id, body, done) VALUES (?, '', 1)", (found[1].decode(),)
                )
            raise

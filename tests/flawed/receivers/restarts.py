"""Flaws in what outlives a moment: restarts, failures, customers who write twice, and how soon an effect shows."""

# ruff: noqa: RUF012

import asyncio
import json
from contextvars import ContextVar

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.receivers.acknowledgement import fetch, media_url
from tests.flawed.receivers.surfaces import Waping

LATECOMER = ContextVar("LATECOMER", default=False)


class ForgetsAtARestart(Waping):
    """Remembers in memory which events it knows."""

    bug = "I7"
    caught_by = "receiver.idempotency.processes-a-retry-after-a-restart-once"

    def accept(self, id_, body):
        known = self.__dict__.setdefault("known", set())
        if id_ not in known:
            known.add(id_)
            self.count(id_)

    def forget(self):
        self.__dict__["known"] = set()


class LosesItsQueueAtARestart(Waping):
    """Acknowledges what it keeps in memory for a second, and loses it when it is restarted."""

    bug = "R5"
    caught_by = "receiver.processing.loses-nothing-in-a-restart"
    also = {"receiver.idempotency.processes-a-retry-after-a-restart-once"}

    async def work(self):
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(0.9)
            for id_, body in self.database.execute("SELECT id, body FROM events WHERE done = 0").fetchall():
                await self.process(id_, body)

    def forget(self):
        self.database.execute("UPDATE events SET done = 1")


class ShowsLate(Waping):
    """Collects what came for more than a second before it works."""

    caught_by = "receiver.processing.shows-an-effect-soon"
    times = {"deadline": 1.0}

    async def work(self):
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(1.7)
            self.wake.set()
            for id_, body in self.database.execute("SELECT id, body FROM events WHERE done = 0").fetchall():
                await self.process(id_, body)


class BurnsTheIdWhenTheWorkFails(ReferenceReceiver):
    """Writes the id down, then fails over the file and answers 500; the retry looks like one."""

    bug = "I3"
    caught_by = "receiver.idempotency.processes-an-event-whose-first-attempt-failed"
    also = {
        "receiver.acknowledgement.acknowledges-before-it-fetches-the-media",
        "receiver.media.acknowledges-media-that-cannot-be-fetched",
    }

    def accept(self, id_, body):
        taken = self.database.execute("INSERT OR IGNORE INTO events (id, body, done) VALUES (?, '', 1)", (id_,))
        if not taken.rowcount:
            return
        try:
            fetch(media_url(json.loads(body)))
        except OSError:
            raise Refused(500, "media failed") from None
        self.count(id_)


class LosesTheSecondOfACustomer(Waping):
    """Is busy with one event of a customer, and acknowledges and drops what the same one sends meanwhile."""

    bug = "I18"
    caught_by = "receiver.processing.processes-simultaneous-events-of-one-customer"

    async def read(self, request):
        body = await super().read(request)
        LATECOMER.set(False)
        try:
            customer = json.loads(body)["message"]["from"]
        except (ValueError, RecursionError, KeyError, TypeError):
            return body
        busy = self.__dict__.setdefault("busy", [])
        LATECOMER.set(customer in busy)
        busy.append(customer)
        await asyncio.sleep(0.05)
        busy.remove(customer)
        return body

    def accept(self, id_, body):
        if not LATECOMER.get():
            super().accept(id_, body)


class ActsOnEveryState(Waping):
    """Recognises retries of messages, and acts on every copy of a change of state."""

    bug = "I1"
    caught_by = "receiver.processing.processes-optional-kinds-at-most-once"

    def accept(self, id_, body):
        if b'"type":"message.received"' in body.replace(b" ", b"") or not body.startswith(b"{"):
            super().accept(id_, body)
        else:
            self.count(id_)

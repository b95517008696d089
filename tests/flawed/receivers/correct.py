"""Correct receivers that do not work as the reference does: nothing may be held against them."""

# ruff: noqa: RUF012

import asyncio
import random
import time

from starlette.responses import PlainTextResponse

from hookproof.reference.receiver import ReferenceReceiver, Refused

AT_ONCE = "receiver.acknowledgement.takes-simultaneous-deliveries-at-the-first-attempt"


class LimitsItsRate(ReferenceReceiver):
    """Stands behind a proxy that lets twenty requests a second through and answers 429 to the rest."""

    caught_by = AT_ONCE
    status, rate, burst = 429, 20.0, 10.0

    async def handle(self, request):
        now = time.monotonic()
        left, at = self.__dict__.setdefault("bucket", (self.burst, now))
        left = min(self.burst, left + self.rate * (now - at))
        self.bucket = (left - (left >= 1), now)
        return await super().handle(request) if left >= 1 else PlainTextResponse("Slow down", self.status)


class LimitsItsRateWith503(LimitsItsRate):
    """Stands behind nginx, whose limit_req answers 503 to what is too much."""

    caught_by = AT_ONCE
    status = 503


class BansForAWhile(ReferenceReceiver):
    """Answers 429 with Retry-After to everybody for two seconds after thirty wrong signatures."""

    caught_by = ()
    wrong, until = 0, 0.0

    async def handle(self, request):
        if time.monotonic() < self.until:
            return PlainTextResponse("Too many wrong signatures", 429, {"Retry-After": "2"})
        return await super().handle(request)

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused:
            self.wrong += 1
            if self.wrong % 30 == 0:
                self.until = time.monotonic() + 2
            raise


class ActsOnSomeKinds(ReferenceReceiver):
    """Is there for comments and pushes, and acknowledges whatever else the account is subscribed to."""

    caught_by = ()
    provider = "github"
    mine = ("issue_comment", "push")

    def events(self, payload, body):
        headers = dict(self.request_headers.get())
        return super().events(payload, body) if headers.get(b"x-github-event", b"").decode() in self.mine else []


class AsksCopiesToWait(ReferenceReceiver):
    """Answers 503 to every copy of an event while one of them is worked on, and at first to that one, too."""

    caught_by = ()

    async def handle(self, request):
        body = await request.body()
        busy = self.__dict__.setdefault("busy", {})
        if busy.get(body):
            busy[body] += 1
            return PlainTextResponse("In progress", 503)
        busy[body] = 1
        await asyncio.sleep(0.02)
        copies = busy.pop(body)
        return PlainTextResponse("Not serializable", 503) if copies > 1 else await super().handle(request)


class WorksInAnyOrder(ReferenceReceiver):
    """Takes up to a second for an event, many at the same time, and ends in any order."""

    caught_by = ()

    async def process(self, id_, body):
        self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (id_,))
        tasks = self.__dict__.setdefault("tasks", set())
        tasks.add(task := asyncio.create_task(self.later(id_)))
        task.add_done_callback(tasks.discard)

    async def later(self, id_):
        await asyncio.sleep(random.uniform(0.2, 1.0))
        self.count(id_)


class DoesOneInFortyLate(ReferenceReceiver):
    """Fails over one event in forty, and takes it up again three seconds later."""

    caught_by = ()
    times = {"deadline": 4.5, "patience": 5.0}
    number = 0

    async def process(self, id_, body):
        self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (id_,))
        self.number += 1
        if self.number % 40:
            self.count(id_)
        else:
            asyncio.get_running_loop().call_later(3, self.count, id_)


class ParsesLater(ReferenceReceiver):
    """Verifies, stores the bytes and acknowledges; only its worker reads what they say."""

    caught_by = "receiver.robustness.refuses-a-body-that-is-not-json"

    def parse(self, body):
        try:
            return super().parse(body)
        except Refused:
            return {}

    def check_shape(self, payload):
        return


class HandsOverTheLastHeader(ReferenceReceiver):
    """Sees the last of several headers alone, as PHP shows them."""

    caught_by = "receiver.signature.rejects-a-wrong-signature-before-the-right-one"

    def signatures(self, request):
        return super().signatures(request)[-1:]

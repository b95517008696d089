"""Flaws that no single check looks for, and that all events of a run together show."""

# ruff: noqa: RUF012

import asyncio
import contextlib
import json
import re
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import urlopen

from starlette.responses import JSONResponse, PlainTextResponse

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.groups import RETRIES_PROCESSED_ONCE, Anything
from tests.flawed.receivers.acknowledgement import media_url
from tests.flawed.receivers.keyed import Keyed

LOST = "receiver.processing.loses-no-acknowledged-event"


class _Dropping(ReferenceReceiver):
    """Acknowledges what `drops` names, and does nothing about it."""

    def drops(self, request, body):
        raise NotImplementedError

    async def read(self, request):
        body = await super().read(request)
        self.dropped = getattr(self, "dropped", set())
        if self.drops(request, body):
            with contextlib.suppress(ValueError, RecursionError, TypeError, AttributeError):
                self.dropped.add(json.loads(body).get("event_id"))
        return body

    def accept(self, id_, body):
        if id_ not in self.dropped:
            super().accept(id_, body)


class LosesTypesWithACharset(_Dropping):
    """Takes only `application/json` for JSON, and passes over what names its charset."""

    caught_by = LOST

    def drops(self, request, body):
        return ";" in request.headers.get("content-type", "")


class LosesLongBodies(_Dropping):
    """Has a queue whose messages end at 64 KiB."""

    caught_by = LOST

    def drops(self, request, body):
        return len(body) > 65_536


class LosesChunkedBodies(_Dropping):
    """Takes a body without a length for an empty one once it has been verified."""

    caught_by = LOST

    def drops(self, request, body):
        return "content-length" not in request.headers


class LosesWhatIsTwoMinutesOld(_Dropping):
    """Acknowledges what lies more than two minutes back, and takes it for stale."""

    caught_by = "receiver.processing.processes-an-event-of-some-time-ago"

    def drops(self, request, body):
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
            return (datetime.now(UTC) - datetime.fromisoformat(json.loads(body)["timestamp"])).total_seconds() > 120
        return False


class LosesWhatIsYearsOld(_Dropping):
    """Acknowledges what lies more than two years back, and takes it for a mistake."""

    caught_by = LOST

    def drops(self, request, body):
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
            return (datetime.now(UTC) - datetime.fromisoformat(json.loads(body)["timestamp"])).days > 730
        return False


class LosesTheFirst(_Dropping):
    """Loses what comes while it is still starting: the first event."""

    caught_by = LOST

    def drops(self, request, body):
        first, self.begun = not getattr(self, "begun", False), True
        return first


class EndsItsWorker(ReferenceReceiver):
    """Has a worker that ends over half a character, and an endpoint that goes on with 200."""

    caught_by = LOST
    also = Anything("what comes after the body that ends the worker is lost, whatever it is")

    async def work(self):
        with contextlib.suppress(UnicodeError):
            await super().work()

    async def process(self, id_, body):
        json.dumps(json.loads(body), ensure_ascii=False).encode()
        await super().process(id_, body)


class DoesItAgainLater(ReferenceReceiver):
    """Has a second worker that takes for undone whatever was done five seconds ago."""

    caught_by = "receiver.idempotency.processes-nothing-twice-that-came-once"
    also = Anything("which events are looked at after five seconds depends on how long the run takes")

    async def process(self, id_, body):
        await super().process(id_, body)
        asyncio.get_running_loop().call_later(5, self.count, id_)


class DoesCopiesLater(ReferenceReceiver):
    """Puts a copy by to look at it later, and after three seconds does it as if it were new."""

    caught_by = "receiver.idempotency.processes-nothing-twice-that-came-again"
    also = Anything("which copies are looked at after three seconds depends on how long the run takes")

    def accept(self, id_, body):
        if self.database.execute("SELECT 1 FROM events WHERE id = ?", (id_,)).fetchone():
            asyncio.get_running_loop().call_later(3, self.count, id_)
        super().accept(id_, body)


class KnowsTextsOnly(Keyed):
    """Looks for copies of texts alone: an image that comes again is done again."""

    bug = "I1"
    caught_by = "receiver.idempotency.processes-a-retry-of-every-kind-once"

    def key(self, id_, body):
        return id_

    def known(self, key):
        return self.text and super().known(key)

    def accept(self, id_, body):
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
            self.text = json.loads(body)["data"]["message"]["type"] == "text"
        if self.text:
            super().accept(id_, body)
        else:
            self.count(id_)


class ForgetsAllAtFiveHundred(ReferenceReceiver):
    """Empties its set of known ids whole when it has grown to five hundred."""

    bug = "I8"
    caught_by = "receiver.idempotency.processes-the-first-events-of-the-run-once"
    perhaps = RETRIES_PROCESSED_ONCE

    def accept(self, id_, body):
        seen = self.__dict__.setdefault("seen", set())
        if id_ not in seen:
            self.count(id_)
        seen.add(id_)
        if len(seen) > 500:
            seen.clear()


class ActsOnRefusedImages(ReferenceReceiver):
    """Stores images before it looks at the signature, and then refuses them."""

    caught_by = "receiver.signature.has-no-effect-of-any-forgery-of-the-run"

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused:
            with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
                payload = json.loads(body)
                if payload["data"]["message"]["type"] != "text":
                    self.accept(payload["event_id"], body)
            raise


class ProcessesNothing(ReferenceReceiver):
    """Stores and acknowledges everything, and nobody ever takes it up: as if the observer looked elsewhere."""

    caught_by = ()
    comes_to = "undecided"

    async def process(self, id_, body):
        return


class AcknowledgesOnCredit(ReferenceReceiver):
    """Acknowledges a copy while it still downloads the file of the first, and frees the id if that fails."""

    caught_by = "receiver.idempotency.processes-an-event-whose-copy-came-while-it-failed"

    async def handle(self, request):
        body = await request.body()
        begun = self.__dict__.setdefault("begun", set())
        if body in begun:
            return self.acknowledge(None)
        begun.add(body)
        try:
            if not await asyncio.to_thread(_can_be_had, body):
                return PlainTextResponse("the file's host failed", 502)
            return await super().handle(request)
        finally:
            begun.discard(body)


def _can_be_had(body):
    """Whether the host of the file in a body, if it is on this machine, does not fail."""
    try:
        url = media_url(json.loads(body))
        with urlopen(url, timeout=1.3) if url else contextlib.nullcontext():
            return True
    except HTTPError as error:
        return error.code < 500
    except (ValueError, RecursionError, OSError):
        return True


class LosesWhatItFailsAt(ReferenceReceiver):
    """Acknowledges first, and has a worker that drops what its handler fails at."""

    caught_by = "receiver.processing.loses-nothing-that-its-own-handler-fails-at"
    hooks = {"trouble": "please fail"}

    async def process(self, id_, body):
        if b"please fail" not in body:
            await super().process(id_, body)


class AnswersWhenItIsDone(ReferenceReceiver):
    """Calls its handler before it answers, and that one may take long."""

    bug = "R1"
    caught_by = "receiver.acknowledgement.acknowledges-what-is-slow-in-time"
    hooks = {"slow": "take your time"}

    async def read(self, request):
        body = await super().read(request)
        await asyncio.sleep(4 * (b"take your time" in body))
        return body


class CutsTextsAtEmoji(ReferenceReceiver):
    """Has a column that ends a text at the first character of four bytes, and shows what is in it."""

    caught_by = "receiver.processing.keeps-the-text-as-it-was-sent"

    def accept(self, id_, body):
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
            text = str(json.loads(body)["data"]["message"]["content"])
            self.__dict__.setdefault("texts", {})[id_] = re.split("[\U00010000-\U0010ffff]", text)[0]
        super().accept(id_, body)

    async def effects(self, request):
        id_ = request.path_params["event_id"]
        return JSONResponse({"count": self.counted(id_), "text": self.__dict__.get("texts", {}).get(id_)})

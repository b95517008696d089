"""Flaws in answering: too late, too seldom, with conditions; and in dealing with media and certificates."""

# ruff: noqa: RUF012

import asyncio
import contextlib
import hashlib
import json
from urllib.error import HTTPError
from urllib.request import urlopen

from starlette.responses import PlainTextResponse

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.groups import ACKNOWLEDGEMENTS, OVERLAPPING, TLS_VERSIONS


def media_url(payload):
    """Where the file of a media message is, if it is on this machine; else an empty text."""
    with contextlib.suppress(KeyError, TypeError, AttributeError):
        url = payload["data"]["message"]["media"]["url"]
        return url if url.startswith("http://127.0.0.1:") else ""
    return ""


def fetch(url):
    """The file, if it comes within half a second. Raises OSError."""
    with urlopen(url, timeout=0.5) if url else contextlib.nullcontext() as answer:
        return answer.read() if answer else b""


class RefusesLocations(ReferenceReceiver):
    """Knows no location messages, and refuses them."""

    bug = "P12"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"

    def check_shape(self, payload):
        super().check_shape(payload)
        if '"type": "location"' in json.dumps(payload):
            raise Refused(422, "unknown type")


class WorksBeforeItAnswers(ReferenceReceiver):
    """Converts videos before it answers, which takes longer than the sender waits."""

    bug = "R1"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"

    async def read(self, request):
        body = await super().read(request)
        if b'"type":"video"' in body:
            await asyncio.sleep(5)
        return body


class RefusesWhenBusy(ReferenceReceiver):
    """Takes twenty deliveries at a time and refuses the rest."""

    caught_by = "receiver.acknowledgement.takes-simultaneous-deliveries-at-the-first-attempt"
    perhaps = OVERLAPPING
    busy, status = 0, 503

    async def handle(self, request):
        self.busy += 1
        try:
            await asyncio.sleep(0.05)
            return PlainTextResponse("busy", self.status) if self.busy > 20 else await super().handle(request)
        finally:
            self.busy -= 1


class BreaksWhenBusy(RefusesWhenBusy):
    """Takes twenty deliveries at a time, and breaks over the rest."""

    caught_by = "receiver.acknowledgement.acknowledges-simultaneous-deliveries"
    perhaps = OVERLAPPING
    status = 500


class FetchesBeforeItAnswers(ReferenceReceiver):
    """Downloads the file before it answers, and waits for it ten seconds."""

    bug = "R1"
    caught_by = "receiver.acknowledgement.acknowledges-before-it-fetches-the-media"

    async def read(self, request):
        body = await super().read(request)
        with contextlib.suppress(ValueError, OSError, RecursionError, Refused):
            if url := media_url(json.loads(body)):
                await asyncio.to_thread(lambda: urlopen(url, timeout=10).close())
        return body


class GivesUpButGoesOn(ReferenceReceiver):
    """Answers 500 when the file takes longer than half a second, and does the work nevertheless."""

    bug = "R2"
    caught_by = "receiver.acknowledgement.acknowledges-before-it-fetches-the-media"

    def acknowledge(self, payload):
        with contextlib.suppress(HTTPError):
            fetch(media_url(payload))
        return super().acknowledge(payload)


class InsistsOnMedia(ReferenceReceiver):
    """Refuses a delivery whose file it cannot have or whose SHA-256 is another."""

    bug = "R6"
    caught_by = "receiver.media.acknowledges-media-that-cannot-be-fetched"
    also = {"receiver.acknowledgement.acknowledges-before-it-fetches-the-media"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if url := media_url(payload):
            try:
                intact = hashlib.sha256(fetch(url)).hexdigest() == payload["data"]["message"]["media"]["sha256"]
            except OSError:
                intact = False
            if not intact:
                raise Refused(500, "media failed")


class NeverFetches(ReferenceReceiver):
    """Is declared to download media, and leaves them where they are until they expire."""

    caught_by = "receiver.media.fetches-the-file-soon"
    parameters = {"media": "downloads"}


class HurriesTheUpload(ReferenceReceiver):
    """Wants the whole body within a second."""

    caught_by = "receiver.acknowledgement.acknowledges-a-slow-upload"

    async def read(self, request):
        try:
            return await asyncio.wait_for(super().read(request), 1)
        except TimeoutError:
            raise Refused(408, "too slow") from None


class TakesAHundredKilobytes(ReferenceReceiver):
    """Takes bodies up to the 100 kB that its framework sets."""

    bug = "P11"
    caught_by = "receiver.acknowledgement.acknowledges-the-largest-documented-delivery"

    async def read(self, request):
        body = await super().read(request)
        if len(body) > 100_000:
            raise Refused(413, "request entity too large")
        return body


class ServesOneAtATime(ReferenceReceiver):
    """Reads one request after the other: whoever stops in the middle stops everybody."""

    bug = "P22"
    caught_by = "receiver.acknowledgement.acknowledges-while-another-sender-stalls"
    times = {"deadline": 4.0}

    async def handle(self, request):
        lock = self.__dict__.setdefault("lock", asyncio.Lock())
        async with lock:
            return await super().handle(request)


class PresentsAnUntrustedCertificate(ReferenceReceiver):
    """Presents a certificate that no authority has signed."""

    caught_by = "receiver.transport.presents-a-valid-certificate"
    also = ACKNOWLEDGEMENTS | TLS_VERSIONS
    certificate = "untrusted"
    times = {"deadline": 5.0}

"""Flaws in dealing with what nobody should send, and with HTTP that is correct but rare."""

# ruff: noqa: RUF012

import asyncio
import gzip
import json
import traceback

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.groups import MALFORMED
from tests.flawed.receivers import die


class BreaksOverAByteOrderMark(ReferenceReceiver):
    """Breaks over a byte order mark."""

    bug = "P1"
    caught_by = "receiver.robustness.survives-a-hostile-body"

    def parse(self, body):
        if body.startswith(b"\xef\xbb\xbf"):
            raise ValueError("Unexpected UTF-8 BOM")
        return super().parse(body)


class BreaksOverBytes(ReferenceReceiver):
    """Breaks over bytes that are not UTF-8."""

    bug = "P3"
    caught_by = "receiver.robustness.survives-a-hostile-body"
    also = {"receiver.payload.survives-every-invalid-delivery"}

    def parse(self, body):
        body.decode()
        return super().parse(body)


class BreaksOverLoneSurrogates(ReferenceReceiver):
    """Cannot store half a character and breaks."""

    bug = "P4"
    caught_by = "receiver.robustness.survives-a-hostile-body"

    def check_shape(self, payload):
        super().check_shape(payload)
        json.dumps(payload, ensure_ascii=False).encode()


class BreaksOverNul(ReferenceReceiver):
    """Cannot store a text with a NUL in it and breaks, as PostgreSQL does."""

    bug = "P5"
    caught_by = "receiver.robustness.survives-a-hostile-body"

    def check_shape(self, payload):
        super().check_shape(payload)
        if "\\u0000" in json.dumps(payload):
            raise ValueError("invalid byte sequence for encoding UTF8: 0x00")


class BreaksOverDuplicateKeys(ReferenceReceiver):
    """Notices that a key is there twice, and raises what nobody catches."""

    bug = "P8"
    caught_by = "receiver.robustness.survives-a-hostile-body"

    def parse(self, body):
        def unique(pairs):
            assert len(dict(pairs)) == len(pairs)
            return dict(pairs)

        try:
            return json.loads(body, object_pairs_hook=unique)
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON") from None


class BreaksOverDepth(ReferenceReceiver):
    """Recurses into the body until the stack is full."""

    bug = "P9"
    caught_by = "receiver.robustness.survives-a-hostile-body"

    def parse(self, body):
        try:
            return json.loads(body)
        except ValueError:
            raise Refused(400, "The body is not JSON") from None


class BreaksOverAnotherShape(ReferenceReceiver):
    """Expects an object with an id, and breaks over everything else."""

    bug = "P14"
    caught_by = "receiver.robustness.survives-a-hostile-body"
    also = {"receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        payload["event_id"]
        super().check_shape(payload)


class DiesOfNull(ReferenceReceiver):
    """Ends the process over `null`."""

    bug = "P14"
    caught_by = "receiver.robustness.survives-a-hostile-body"
    also = {"receiver.robustness.stays-alive-after-it-all"}

    def check_shape(self, payload):
        if payload is None:
            die(self)
        super().check_shape(payload)


class AnswersBreakageToTheUnprocessable(ReferenceReceiver):
    """Answers 500 to what it can never process, so that it comes again for days."""

    bug = "R6"
    caught_by = "receiver.robustness.survives-a-hostile-body"
    also = {"receiver.payload.survives-a-null", "receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        try:
            super().check_shape(payload)
        except Refused:
            raise Refused(500, "cannot process") from None


class BreaksOverALargeBody(ReferenceReceiver):
    """Reads everything into memory before it looks at the signature, and breaks when memory ends."""

    bug = "P10"
    caught_by = "receiver.robustness.survives-an-unsigned-hostile-body"

    async def read(self, request):
        body = b"".join([part async for part in request.stream()])
        if len(body) > 4 * 1024 * 1024:
            raise MemoryError
        return body


class NeverAnswersALargeBody(ReferenceReceiver):
    """Stops reading when its buffer is full, and waits."""

    bug = "P10"
    caught_by = "receiver.robustness.survives-an-unsigned-hostile-body"

    async def read(self, request):
        if int(request.headers.get("content-length", 0)) > 4 * 1024 * 1024:
            await asyncio.sleep(3600)
        return await super().read(request)


class AcknowledgesBeforeItParses(ReferenceReceiver):
    """Acknowledges anything that is signed, and parses it later."""

    bug = "R5"
    caught_by = "receiver.robustness.refuses-a-body-that-is-not-json"

    def parse(self, body):
        try:
            return super().parse(body)
        except Refused as refused:
            refused.response.status_code = 200
            raise


class NeedsALength(ReferenceReceiver):
    """Refuses a body whose length is not announced."""

    bug = "P16"
    caught_by = "receiver.robustness.acknowledges-a-chunked-body"

    async def read(self, request):
        if "content-length" not in request.headers:
            raise Refused(411, "Length Required")
        return await super().read(request)


class ReadsNothingWithoutALength(ReferenceReceiver):
    """Takes a body whose length is not announced for an empty one."""

    bug = "P16"
    caught_by = "receiver.robustness.acknowledges-a-chunked-body"

    async def read(self, request):
        return (await super().read(request))[: int(request.headers.get("content-length", 0))]


class ComparesTheContentType(ReferenceReceiver):
    """Knows JSON by exactly `application/json`."""

    bug = "P17"
    caught_by = "receiver.robustness.acknowledges-any-spelling-of-the-content-type"

    async def read(self, request):
        if request.headers.get("content-type") != "application/json":
            raise Refused(415, "Unsupported Media Type")
        return await super().read(request)


class BreaksOverForms(ReferenceReceiver):
    """Parses a form where one is declared, and breaks when it has no `payload`."""

    bug = "P19"
    caught_by = "receiver.robustness.survives-another-content-type"

    async def read(self, request):
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise KeyError("payload")
        return await super().read(request)


class KnowsNoExpectations(ReferenceReceiver):
    """Refuses to tell a sender to go on."""

    caught_by = "receiver.robustness.acknowledges-expect-100-continue"

    async def read(self, request):
        if "expect" in request.headers:
            raise Refused(417, "Expectation Failed")
        return await super().read(request)


class BreaksOverCompression(ReferenceReceiver):
    """Reads a compressed body as JSON in its own framework, which breaks."""

    bug = "P21"
    caught_by = "receiver.robustness.survives-a-compressed-body"

    async def read(self, request):
        if "content-encoding" in request.headers:
            raise UnicodeDecodeError("utf-8", b"\x8b", 0, 1, "invalid start byte")
        return await super().read(request)


class InflatesBombs(ReferenceReceiver):
    """Inflates whatever anybody sends, and breaks when memory ends."""

    bug = "P23"
    caught_by = "receiver.robustness.survives-a-compressed-body"

    async def read(self, request):
        body = b"".join([part async for part in request.stream()])
        if request.headers.get("content-encoding") == "gzip" and body.startswith(b"\x1f\x8b"):
            if len(gzip.decompress(body)) > 4 * 1024 * 1024:
                raise MemoryError
            raise Refused(415, "send the body uncompressed")
        return body


class TakesAnyMethod(ReferenceReceiver):
    """Handles every method as a delivery."""

    bug = "R10"
    caught_by = "receiver.robustness.refuses-other-methods"
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

    def routes(self):
        return [Route(self.place, self.handle, methods=self.methods)]


class BreaksOverOtherMethods(TakesAnyMethod):
    """Has a handler for GET that raises."""

    bug = "R10"
    caught_by = "receiver.robustness.survives-every-method"

    async def handle(self, request):
        if request.method != "POST":
            raise NotImplementedError
        return await super().handle(request)


class ShowsTracebacks(ReferenceReceiver):
    """Answers with the stack trace of what went wrong."""

    bug = "R9"
    caught_by = "receiver.robustness.does-not-leak-internals-in-errors"

    def parse(self, body):
        try:
            return super().parse(body)
        except Refused:
            raise Refused(400, traceback.format_exc()) from None


class ShowsTracebacksOfNode(ReferenceReceiver):
    """Answers with a page that shows where in the source it went wrong, as Express does in development."""

    bug = "R9"
    caught_by = "receiver.robustness.does-not-leak-internals-in-errors"

    def parse(self, body):
        try:
            return super().parse(body)
        except Refused:
            where = "at parse (/app/node_modules/body-parser/lib/json.js:92:19)"
            raise Refused(400, f"<pre>SyntaxError: Unexpected token<br> &nbsp; &nbsp;{where}</pre>") from None


class WearsOut(TakesAnyMethod):
    """Loses a connection to its database with every method that it refuses, and has six."""

    caught_by = "receiver.robustness.stays-alive-after-it-all"
    also = (MALFORMED - {"receiver.signature.rejects-an-empty-signature"}) | {
        "receiver.robustness.survives-every-method",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-unsigned-garbage",
    }
    left = 6

    async def handle(self, request):
        if not self.left:
            return PlainTextResponse("no connection left", 503)
        if request.method != "POST":
            self.left -= 1
            return PlainTextResponse("Method Not Allowed", 405)
        return await super().handle(request)

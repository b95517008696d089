"""Receivers that are wrong throughout: whoever judges them must come to a clear end."""

# ruff: noqa: RUF012

import asyncio
import json

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import ACKNOWLEDGEMENTS, FORGERIES, MALFORMED, UNSIGNED


class AlwaysAcknowledges(ReferenceReceiver):
    """Answers 200 to everything and does nothing."""

    bug = "S12"
    caught_by = "receiver.signature.rejects-another-secret"
    also = (
        FORGERIES
        | MALFORMED
        | UNSIGNED
        | {
            "receiver.robustness.refuses-a-body-that-is-not-json",
            "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
            "receiver.signature.rejects-unsigned-garbage",
        }
    )

    async def handle(self, request):
        return PlainTextResponse("ok", 200)


class AlwaysRefuses(ReferenceReceiver):
    """Answers 401 to everything, as a correct one does whose secret is not the one that was said."""

    caught_by = ()
    comes_to = "undecided"

    async def handle(self, request):
        return PlainTextResponse("Unauthorized", 401)


class Echoes(ReferenceReceiver):
    """Answers 200 with the body that was sent."""

    caught_by = "receiver.signature.rejects-another-secret"
    also = (
        FORGERIES
        | MALFORMED
        | UNSIGNED
        | {
            "receiver.robustness.refuses-a-body-that-is-not-json",
            "receiver.robustness.survives-a-hostile-body",
            "receiver.robustness.survives-an-unsigned-hostile-body",
            "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
            "receiver.signature.rejects-unsigned-garbage",
        }
    )

    async def handle(self, request):
        body = b"".join([part async for part in request.stream()])
        return Response(body, 200, media_type="application/json")


class NeverAnswers(ReferenceReceiver):
    """Reads what comes and never answers."""

    bug = "R8"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = {"receiver.acknowledgement.acknowledges-a-slow-upload"}

    async def handle(self, request):
        await asyncio.sleep(3600)


class _Closing(H11Protocol):
    def data_received(self, data):
        if b" /effects/" in data:
            super().data_received(data)
        else:
            self.transport.close()


class ClosesEveryConnection(ReferenceReceiver):
    """Takes the connection and closes it without an answer."""

    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = ACKNOWLEDGEMENTS
    protocol = _Closing


class AlwaysBreaks(ReferenceReceiver):
    """Answers 500 to everything."""

    bug = "R6"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = ACKNOWLEDGEMENTS

    async def handle(self, request):
        return PlainTextResponse("Internal Server Error", 500)


class RedirectsEverything(ReferenceReceiver):
    """Has moved to the same path with a slash at its end."""

    bug = "R3"
    caught_by = "receiver.acknowledgement.acknowledges-without-a-redirect"
    also = ACKNOWLEDGEMENTS

    async def handle(self, request):
        return RedirectResponse("/hook/", 307)


class IsNotThere(ReferenceReceiver):
    """Answers 404 to everything, as a correct one does where it is not."""

    caught_by = ()
    comes_to = "undecided"

    async def handle(self, request):
        return PlainTextResponse("Not Found", 404)


class AnswersWithAnError(ReferenceReceiver):
    """Answers 500 after it has done the work: an exception on its way out."""

    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = ACKNOWLEDGEMENTS

    def acknowledge(self, payload):
        return PlainTextResponse("oops", 500)


class VerifiesTheDataMember(ReferenceReceiver):
    """Computes the signature over `data` only."""

    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = ACKNOWLEDGEMENTS

    def matches(self, body, value):
        try:
            text = json.dumps(json.loads(body)["data"], separators=(",", ":"), ensure_ascii=False)
        except (ValueError, RecursionError, KeyError, TypeError):
            return False
        return super().matches(text.encode(errors="surrogatepass"), value)


class VerifiesTheFirst512Bytes(ReferenceReceiver):
    """Computes the signature over the beginning of the body: seen from outside, its secret may be another one."""

    caught_by = ()
    comes_to = "undecided"

    def matches(self, body, value):
        return super().matches(body[:512], value)


class ExpectsAPrefix(ReferenceReceiver):
    """Expects `sha256=` before the digits, as another platform writes it."""

    bug = "S14"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = ACKNOWLEDGEMENTS

    def matches(self, body, value):
        return super().matches(body, value.removeprefix(b"sha256=")) and value.startswith(b"sha256=")

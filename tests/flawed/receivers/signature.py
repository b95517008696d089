"""Flaws in when a signature is asked for, and in how a refusal is answered."""

# ruff: noqa: RUF012

import gzip
import json
import re
import zlib

from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from hookproof.reference.receiver import BODY_CAP, ReferenceReceiver, Refused
from tests.flawed.groups import FORGERIES, SIGNATURE_REFUSALS, UNSIGNED


class NeverVerifies(ReferenceReceiver):
    """Does not look at the signature at all."""

    bug = "S12"
    caught_by = "receiver.signature.rejects-another-secret"
    also = SIGNATURE_REFUSALS | {"receiver.signature.has-no-effect-when-refused"}

    def verify(self, request, body):
        pass


class FailsOpenWithoutASecret(ReferenceReceiver):
    """Was started without a secret, and so takes everything instead of nothing."""

    bug = "S10"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = SIGNATURE_REFUSALS | {"receiver.signature.has-no-effect-when-refused"}

    def __init__(self, surface, secret, database=":memory:"):
        super().__init__(surface, None, database)


class AnswersOkToForgeries(ReferenceReceiver):
    """Refuses what is wrongly signed, and does nothing because of it, but says 200."""

    bug = "R4"
    caught_by = "receiver.signature.rejects-a-body-changed-after-signing"
    also = SIGNATURE_REFUSALS | {
        "receiver.robustness.refuses-a-body-that-is-not-json",
        "receiver.signature.rejects-unsigned-garbage",
    }

    async def handle(self, request):
        answer = await super().handle(request)
        return PlainTextResponse("error", 200) if answer.status_code in (400, 401) else answer


class TakesUnsigned(ReferenceReceiver):
    """Verifies a signature if there is one."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = UNSIGNED | {
        "receiver.signature.answers-400-without-a-signature",
        "receiver.signature.has-no-effect-when-refused",
    }

    def verify(self, request, body):
        if self.signatures(request):
            super().verify(request, body)


class VerifiesJsonOnly(ReferenceReceiver):
    """Verifies the signature where the body is declared as JSON, and processes any body."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature-however-it-is-sent"

    def verify(self, request, body):
        if request.headers.get("content-type", "").lower().startswith("application/json"):
            super().verify(request, body)


class VerifiesKnownLengthsOnly(ReferenceReceiver):
    """Verifies the signature where the body's length is announced, and processes any body."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature-on-a-chunked-body"

    def verify(self, request, body):
        if "content-length" in request.headers:
            super().verify(request, body)


class TakesAnEmptySignature(ReferenceReceiver):
    """Asks for the header, but verifies it only if it has a value."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-an-empty-signature"

    def verify(self, request, body):
        if self.signatures(request) != [b""]:
            super().verify(request, body)


class ChecksOnlyTheForm(ReferenceReceiver):
    """Takes any 64 hexadecimal digits."""

    caught_by = "receiver.signature.rejects-a-changed-digit"
    also = FORGERIES | {
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.has-no-effect-when-refused",
    }

    def matches(self, body, value):
        return bool(re.fullmatch(rb"[0-9a-f]{64}", value))


class TakesTheEmptySecret(ReferenceReceiver):
    """Has an old secret that was never set, and takes its signatures too."""

    bug = "S11"
    caught_by = "receiver.signature.rejects-the-empty-secret"

    def matches(self, body, value):
        return super().matches(body, value) or value.decode("latin-1") == self.signer.sign(body, secret=b"")


class FirstHeaderWins(ReferenceReceiver):
    """Looks at the first of two signature headers."""

    bug = "S27"
    caught_by = "receiver.signature.rejects-a-wrong-signature-after-the-right-one"

    def signatures(self, request):
        return super().signatures(request)[:1]


class LastHeaderWins(ReferenceReceiver):
    """Looks at the last of two signature headers."""

    bug = "S27"
    caught_by = "receiver.signature.rejects-a-wrong-signature-before-the-right-one"

    def signatures(self, request):
        return super().signatures(request)[-1:]


class ParsesBeforeVerifying(ReferenceReceiver):
    """Parses the body first, and breaks over one that is not JSON."""

    bug = "S16"
    caught_by = "receiver.signature.rejects-unsigned-garbage"
    also = {
        "receiver.payload.survives-every-invalid-delivery",
        "receiver.robustness.survives-a-hostile-body",
        "receiver.robustness.survives-an-unsigned-hostile-body",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
    }

    def verify(self, request, body):
        json.loads(body)
        super().verify(request, body)


class _OneSpelling(H11Protocol):
    def data_received(self, data):
        super().data_received(re.sub(rb"\r\n(?!x-webhook-)(?i:x-webhook-signature):", b"\r\nX-Other:", data))


class KnowsOneSpelling(ReferenceReceiver):
    """Finds the header only in lower case."""

    bug = "S13"
    caught_by = "receiver.signature.accepts-the-header-name-in-any-case"
    protocol = _OneSpelling


class ShowsTheExpectedSignature(ReferenceReceiver):
    """Says in its answer which signature would have been right."""

    bug = "S18"
    caught_by = "receiver.signature.does-not-reveal-the-expected-signature"
    also = {"receiver.signature.answers-400-without-a-signature"}

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused:
            raise Refused(401, f"expected {self.signer.sign(body)}") from None


class ShowsTheExpectedSignatureInAHeader(ReferenceReceiver):
    """Says in a header of its answer which signature would have been right, in capitals."""

    bug = "S18"
    caught_by = "receiver.signature.does-not-reveal-the-expected-signature"

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused as refused:
            refused.response.headers["X-Expected"] = self.signer.sign(body).upper()
            raise


class WorksBeforeItVerifies(ReferenceReceiver):
    """Processes the event, then looks at the signature, and refuses what is done already."""

    bug = "S12"
    caught_by = "receiver.signature.has-no-effect-when-refused"

    def verify(self, request, body):
        payload, self.scope = self.parse(body), ""
        self.check_shape(payload)
        self.accept(self.identify(payload, body), body)
        super().verify(request, body)


class Answers401WithoutASignature(ReferenceReceiver):
    """Does not tell a missing signature from a wrong one."""

    bug = "S31"
    caught_by = "receiver.signature.answers-400-without-a-signature"

    def verify(self, request, body):
        if not self.signatures(request):
            raise Refused(401, "Invalid signature")
        super().verify(request, body)


class Answers403ToAWrongSignature(ReferenceReceiver):
    """Answers 403 where the sample says 401."""

    bug = "S31"
    caught_by = "receiver.signature.answers-401-to-a-wrong-signature"
    also = {"receiver.signature.answers-400-without-a-signature"}

    def verify(self, request, body):
        try:
            super().verify(request, body)
        except Refused:
            raise Refused(403, "Forbidden") from None


class Answers204(ReferenceReceiver):
    """Acknowledges without a body, where the sample says 200."""

    bug = "R7"
    caught_by = "receiver.signature.answers-200-to-a-genuine-delivery"

    def acknowledge(self, payload):
        return PlainTextResponse("", 204)


class VerifiesTextsOnly(ReferenceReceiver):
    """Verifies messages of the type text, and processes any other."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-forgery-of-every-kind"

    def verify(self, request, body):
        if b'"type":"text"' in body or b'"message"' not in body:
            super().verify(request, body)


class VerifiesUpTo100Kilobytes(ReferenceReceiver):
    """Has a middleware that hands bodies above 100 kB on without verifying them."""

    bug = "S9"
    caught_by = "receiver.signature.takes-no-forgery-of-any-size"

    def verify(self, request, body):
        if len(body) <= 100_000:
            super().verify(request, body)


class VerifiesPlainBodiesOnly(ReferenceReceiver):
    """Unpacks what comes under gzip, and verifies only what does not."""

    bug = "S9"
    caught_by = "receiver.signature.takes-no-forgery-in-any-form"

    async def read(self, request):
        body = await request.body()
        packed = request.headers.get("content-encoding", "") == "gzip"
        try:
            return gzip.decompress(body)[:BODY_CAP] if packed else body
        except (OSError, EOFError, zlib.error):
            raise Refused(400, "no gzip") from None

    def verify(self, request, body):
        if "content-encoding" not in request.headers:
            super().verify(request, body)


class VerifiesOneSignatureOnly(ReferenceReceiver):
    """Reads the signature where there is exactly one, and lets two of them pass as none."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-two-wrong-signatures"
    also = {
        "receiver.signature.rejects-a-wrong-signature-after-the-right-one",
        "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
    }

    def verify(self, request, body):
        if len(self.signatures(request)) < 2:
            super().verify(request, body)


class ComparesWhereALengthIsTold(ReferenceReceiver):
    """Asks for a signature always, and compares it only where the body's length is announced."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-another-secret-on-a-chunked-body"

    def matches(self, body, value):
        return self.chunked or super().matches(body, value)

    def verify(self, request, body):
        self.chunked = "content-length" not in request.headers
        super().verify(request, body)

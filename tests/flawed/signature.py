"""Flaws in verifying signatures."""

# ruff: noqa: RUF012

import gzip
import hashlib
import hmac
import json
import re
import string
from itertools import takewhile

from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed import die


class NeverVerifies(ReferenceReceiver):
    """Does not look at the signature at all."""

    bug = "S12"
    caught_by = "receiver.signature.rejects-another-secret"
    also = {
        "receiver.signature.answers-400-without-a-signature",
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.refuses-other-encodings",
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.rejects-a-changed-digit",
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-a-missing-signature",
        "receiver.signature.rejects-a-missing-signature-however-it-is-sent",
        "receiver.signature.rejects-a-missing-signature-on-a-chunked-body",
        "receiver.signature.rejects-a-wrong-signature-after-the-right-one",
        "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
        "receiver.signature.rejects-an-empty-signature",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
        "receiver.signature.rejects-the-empty-secret",
        "receiver.signature.rejects-the-signature-of-another-delivery",
    }

    def verify(self, request, body):
        pass


class FailsOpenWithoutASecret(ReferenceReceiver):
    """Was started without a secret, and so takes everything instead of nothing."""

    bug = "S10"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = {
        "receiver.signature.answers-400-without-a-signature",
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.refuses-other-encodings",
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.rejects-a-changed-digit",
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-a-missing-signature-however-it-is-sent",
        "receiver.signature.rejects-a-missing-signature-on-a-chunked-body",
        "receiver.signature.rejects-a-wrong-signature-after-the-right-one",
        "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
        "receiver.signature.rejects-an-empty-signature",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-another-secret",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
        "receiver.signature.rejects-the-empty-secret",
        "receiver.signature.rejects-the-signature-of-another-delivery",
    }

    def __init__(self, provider, parameters, secret):
        super().__init__(provider, parameters, None)


class AnswersOkToForgeries(ReferenceReceiver):
    """Refuses what is wrongly signed, and does nothing because of it, but says 200."""

    bug = "R4"
    caught_by = "receiver.signature.rejects-a-body-changed-after-signing"
    also = {
        "receiver.robustness.refuses-a-body-that-is-not-json",
        "receiver.signature.answers-400-without-a-signature",
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.refuses-other-encodings",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.rejects-a-changed-digit",
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-a-missing-signature",
        "receiver.signature.rejects-a-missing-signature-however-it-is-sent",
        "receiver.signature.rejects-a-missing-signature-on-a-chunked-body",
        "receiver.signature.rejects-a-wrong-signature-after-the-right-one",
        "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
        "receiver.signature.rejects-an-empty-signature",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-another-secret",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
        "receiver.signature.rejects-the-empty-secret",
        "receiver.signature.rejects-the-signature-of-another-delivery",
        "receiver.signature.rejects-unsigned-garbage",
    }

    async def handle(self, request):
        answer = await super().handle(request)
        return PlainTextResponse("error", 200) if answer.status_code in (400, 401) else answer


class TakesUnsigned(ReferenceReceiver):
    """Verifies a signature if there is one."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = {
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

    bug = ""
    caught_by = "receiver.signature.rejects-a-changed-digit"
    also = {
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-another-secret",
        "receiver.signature.rejects-the-empty-secret",
        "receiver.signature.rejects-the-signature-of-another-delivery",
    }

    def matches(self, body, value):
        return bool(re.fullmatch(rb"[0-9a-f]{64}", value))


class TakesTheEmptySecret(ReferenceReceiver):
    """Has an old secret that was never set, and takes its signatures too."""

    bug = "S11"
    caught_by = "receiver.signature.rejects-the-empty-secret"

    def matches(self, body, value):
        return super().matches(body, value) or value.decode("latin-1") == self.signer.sign(body, secret=b"")


class VerifiesReserialisedJson(ReferenceReceiver):
    """Computes the signature over JSON.stringify(JSON.parse(body))."""

    bug = "S1"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"
    also = {
        "receiver.payload.acknowledges-texts-of-every-script",
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
    }
    undecided = {"receiver.processing.processes-texts-of-every-script"}

    def matches(self, body, value):
        try:
            text = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
        except (ValueError, RecursionError):
            return False
        return super().matches(text.encode(errors="surrogatepass"), value)


class VerifiesPythonsJson(ReferenceReceiver):
    """Computes the signature over json.dumps(json.loads(body)), which no sender writes."""

    bug = "S1"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"

    def matches(self, body, value):
        try:
            return super().matches(json.dumps(json.loads(body)).encode(), value)
        except (ValueError, RecursionError):
            return False


class LowersEscapes(ReferenceReceiver):
    r"""Rewrites \u001B to \u001b before it computes the signature."""

    bug = "S2"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"

    def matches(self, body, value):
        return super().matches(re.sub(rb"\\u[0-9A-F]{4}", lambda found: found[0].lower(), body), value)


class EscapesBeforeVerifying(ReferenceReceiver):
    """Computes the signature over the body with all that is not ASCII escaped."""

    bug = "S3"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"

    def matches(self, body, value):
        text = body.decode(errors="replace")
        escaped = "".join(letter if letter.isascii() else json.dumps(letter)[1:-1] for letter in text)
        return super().matches(escaped.encode(), value)


class VerifiesAscii(ReferenceReceiver):
    """Reads the body as ASCII before it computes the signature."""

    bug = "S4"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"

    def matches(self, body, value):
        return super().matches(body.decode("ascii", "ignore").encode(), value)


class VerifiesLatin1(ReferenceReceiver):
    """Reads the body as Latin-1 and writes it as UTF-8 before it computes the signature."""

    bug = "S4"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"

    def matches(self, body, value):
        return super().matches(body.decode("latin-1").encode(), value)


class VerifiesWhatIsUtf8(ReferenceReceiver):
    """Leaves out bytes that are not UTF-8 before it computes the signature."""

    bug = "P3"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"

    def matches(self, body, value):
        return super().matches(body.decode(errors="ignore").encode(), value)


class VerifiesReplacedBytes(ReferenceReceiver):
    """Replaces bytes that are not UTF-8 before it computes the signature, as request.text does."""

    bug = "P3"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"

    def matches(self, body, value):
        return super().matches(body.decode(errors="replace").encode(), value)


class StripsBeforeVerifying(ReferenceReceiver):
    """Computes the signature over the body without the white space around it."""

    bug = "S29"
    caught_by = "receiver.signature.rejects-a-body-changed-after-signing"
    also = {
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.verifies-the-bytes-as-sent",
    }

    def matches(self, body, value):
        return super().matches(body.strip(), value)


class IgnoresUnknownMembers(ReferenceReceiver):
    """Computes the signature over the members that it knows, written anew."""

    bug = "S1"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"
    also = {
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-body-changed-after-signing",
    }

    def matches(self, body, value):
        try:
            members = json.loads(body)
            known = {name: members[name] for name in ("event_type", "event_id", "timestamp", "data", "version")}
            text = json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode()
        except (ValueError, RecursionError, KeyError, TypeError):
            text = body
        return super().matches(body, value) or super().matches(text, value)


class VerifiesTheFirst64Kib(ReferenceReceiver):
    """Computes the signature over as much as its buffer holds."""

    bug = ""
    caught_by = "receiver.acknowledgement.acknowledges-the-largest-documented-delivery"

    def matches(self, body, value):
        return super().matches(body[:65536], value)


class RaisesAtAWrongLength(ReferenceReceiver):
    """Compares like timingSafeEqual, which throws when the lengths differ."""

    bug = "S5"
    caught_by = "receiver.signature.rejects-a-malformed-signature"
    also = {
        "receiver.signature.refuses-other-encodings",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
    }

    def matches(self, body, value):
        if len(value) != 64:
            raise ValueError("Input buffers must have the same byte length")
        return super().matches(body, value)


class RaisesAtNonAscii(ReferenceReceiver):
    """Gives compare_digest two texts, of which one is not ASCII."""

    bug = "S6"
    caught_by = "receiver.signature.rejects-a-malformed-signature"

    def matches(self, body, value):
        return hmac.compare_digest(self.signer.sign(body), value.decode("latin-1"))


class CountsCharacters(ReferenceReceiver):
    """Guards the comparison by the number of characters, and then compares bytes."""

    bug = "S7"
    caught_by = "receiver.signature.rejects-a-malformed-signature"

    def matches(self, body, value):
        if len(value.decode(errors="replace")) == 64 and len(value) != 64:
            raise ValueError("Input buffers must have the same byte length")
        return super().matches(body, value)


class DiesOfAWrongLength(ReferenceReceiver):
    """Guards the comparison by the number of characters; what the comparison throws ends the process."""

    bug = "S5"
    caught_by = "receiver.signature.rejects-a-malformed-signature"
    undecided = {"receiver.signature.rejects-unsigned-garbage"}

    def matches(self, body, value):
        if len(value.decode(errors="replace")) == 64 and len(value) != 64:
            die(self)
        return super().matches(body, value)


class TruncatesHex(ReferenceReceiver):
    """Decodes hex up to the first character that is none: the right digest with junk behind it passes."""

    bug = "S8"
    caught_by = "receiver.signature.rejects-junk-around-the-signature"
    also = {"receiver.signature.refuses-other-encodings"}

    def matches(self, body, value):
        digits = "".join(takewhile(string.hexdigits.__contains__, value.decode("latin-1")))
        return bytes.fromhex(digits[: len(digits) // 2 * 2]) == bytes.fromhex(self.signer.sign(body))


class LooksForTheSignature(ReferenceReceiver):
    """Is content when the right signature stands somewhere in the header."""

    bug = "S8"
    caught_by = "receiver.signature.rejects-junk-around-the-signature"
    also = {"receiver.signature.refuses-other-encodings"}

    def matches(self, body, value):
        return self.signer.sign(body).encode() in value


class TakesAList(ReferenceReceiver):
    """Splits the header at commas and takes any right part."""

    bug = ""
    caught_by = "receiver.signature.rejects-junk-around-the-signature"

    def matches(self, body, value):
        return any(super(TakesAList, self).matches(body, part) for part in value.split(b","))


class ComparesAsFarAsSent(ReferenceReceiver):
    """Compares as many characters as the header has."""

    bug = ""
    caught_by = "receiver.signature.rejects-part-of-the-signature"
    also = {"receiver.signature.rejects-a-malformed-signature"}

    def matches(self, body, value):
        return self.signer.sign(body).encode().startswith(value)


class ComparesTheShorter(ReferenceReceiver):
    """Walks through both values together and stops at the end of the shorter."""

    bug = ""
    caught_by = "receiver.signature.rejects-part-of-the-signature"
    also = {
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-junk-around-the-signature",
    }

    def matches(self, body, value):
        return all(one == other for one, other in zip(self.signer.sign(body).encode(), value, strict=False))


class ComparesEightDigits(ReferenceReceiver):
    """Compares the first eight digits, as a log would show them."""

    bug = ""
    caught_by = "receiver.signature.rejects-a-changed-digit"
    also = {
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
    }

    def matches(self, body, value):
        return value[:8] == self.signer.sign(body)[:8].encode()


class TakesAnySignatureSeen(ReferenceReceiver):
    """Remembers right signatures, and takes them for other bodies too."""

    bug = ""
    caught_by = "receiver.signature.rejects-the-signature-of-another-delivery"

    def matches(self, body, value):
        seen = self.__dict__.setdefault("seen", set())
        if super().matches(body, value):
            seen.add(value)
        return value in seen


class ChoosesTheAlgorithmByLength(ReferenceReceiver):
    """Still takes SHA-1 from senders of old."""

    bug = "S25"
    caught_by = "receiver.signature.rejects-another-algorithm"

    def matches(self, body, value):
        name = {40: "sha1", 64: "sha256", 128: "sha512"}.get(len(value), "sha256")
        return hmac.compare_digest(hmac.new(self.signer.secret.reveal(), body, name).hexdigest().encode(), value)


class BelievesTheLabel(ReferenceReceiver):
    """Computes the digest with whatever algorithm the header names."""

    bug = "S26"
    caught_by = "receiver.signature.rejects-another-algorithm"
    also = {"receiver.signature.refuses-other-encodings"}

    def matches(self, body, value):
        name, _, digest = value.rpartition(b"=")
        if name in (b"md5", b"sha1", b"sha256"):
            own = hmac.new(self.signer.secret.reveal(), body, name.decode()).hexdigest()
            return hmac.compare_digest(own.encode(), digest)
        return super().matches(body, value)


class TakesAPlainHash(ReferenceReceiver):
    """Takes the SHA-256 of the body, for which nobody needs the secret."""

    bug = ""
    caught_by = "receiver.signature.rejects-another-algorithm"

    def matches(self, body, value):
        return super().matches(body, value) or hashlib.sha256(body).hexdigest().encode() == value


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
        payload = self.parse(body)
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


class TakesCapitals(ReferenceReceiver):
    """Compares hexadecimal digits without their case."""

    bug = "S30"
    caught_by = "receiver.signature.refuses-other-encodings"

    def matches(self, body, value):
        return super().matches(body, value.lower())


class IgnoresThePrefix(ReferenceReceiver):
    """Takes what stands behind an equals sign, whatever stands before it."""

    bug = "S30"
    caught_by = "receiver.signature.refuses-other-encodings"

    def matches(self, body, value):
        return super().matches(body, value.rpartition(b"=")[2])


class VerifiesInflatedBytes(ReferenceReceiver):
    """Computes the signature over the inflated body, and breaks over one that cannot be inflated."""

    bug = "S28"
    caught_by = "receiver.robustness.survives-a-compressed-body"

    async def read(self, request):
        body = b"".join([part async for part in request.stream()])
        return gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body

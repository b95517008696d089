"""Flaws in which bytes the signature is computed over."""

# ruff: noqa: RUF012

import gzip
import json
import re

from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import TEXT_ACKNOWLEDGEMENTS


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
    also = {
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
    }

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
    also = TEXT_ACKNOWLEDGEMENTS

    def matches(self, body, value):
        text = body.decode(errors="replace")
        escaped = "".join(letter if letter.isascii() else json.dumps(letter)[1:-1] for letter in text)
        return super().matches(escaped.encode(), value)


class VerifiesAscii(ReferenceReceiver):
    """Reads the body as ASCII before it computes the signature."""

    bug = "S4"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"
    also = TEXT_ACKNOWLEDGEMENTS | {"receiver.signature.rejects-a-change-anywhere-in-the-body"}

    def matches(self, body, value):
        return super().matches(body.decode("ascii", "ignore").encode(), value)


class VerifiesLatin1(ReferenceReceiver):
    """Reads the body as Latin-1 and writes it as UTF-8 before it computes the signature."""

    bug = "S4"
    caught_by = "receiver.signature.verifies-the-bytes-as-sent"
    also = TEXT_ACKNOWLEDGEMENTS

    def matches(self, body, value):
        return super().matches(body.decode("latin-1").encode(), value)


class VerifiesWhatIsUtf8(ReferenceReceiver):
    """Leaves out bytes that are not UTF-8 before it computes the signature."""

    bug = "P3"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"

    async def read(self, request):
        return (await super().read(request)).decode(errors="ignore").encode()


class VerifiesReplacedBytes(ReferenceReceiver):
    """Replaces bytes that are not UTF-8 before it computes the signature, as request.text does."""

    bug = "P3"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"

    async def read(self, request):
        return (await super().read(request)).decode(errors="replace").encode()


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


class StripsTheMark(ReferenceReceiver):
    """Takes a byte order mark away before it computes the signature."""

    bug = "S29"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"

    async def read(self, request):
        return (await super().read(request)).removeprefix(b"\xef\xbb\xbf")


class IgnoresUnknownMembers(ReferenceReceiver):
    """Computes the signature over the members that it knows, written anew."""

    bug = "S1"
    caught_by = "receiver.signature.rejects-a-change-anywhere-in-the-body"
    also = {"receiver.signature.has-no-effect-when-refused", "receiver.signature.rejects-a-body-changed-after-signing"}

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

    caught_by = "receiver.acknowledgement.acknowledges-the-largest-documented-delivery"

    def matches(self, body, value):
        return super().matches(body[:65536], value)


class VerifiesInflatedBytes(ReferenceReceiver):
    """Computes the signature over the inflated body, and breaks over one that cannot be inflated."""

    bug = "S28"
    caught_by = "receiver.robustness.survives-a-compressed-body"

    async def read(self, request):
        body = b"".join([part async for part in request.stream()])
        return gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body

"""Flaws in comparing the digest with what the header says."""

# ruff: noqa: RUF012

import hashlib
import hmac
import string
from itertools import takewhile

from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import MALFORMED
from tests.flawed.receivers import die


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
    also = {"receiver.robustness.stays-alive-after-it-all"}

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

    caught_by = "receiver.signature.rejects-junk-around-the-signature"

    def matches(self, body, value):
        return any(super(TakesAList, self).matches(body, part) for part in value.split(b","))


class ComparesAsFarAsSent(ReferenceReceiver):
    """Compares as many characters as the header has."""

    caught_by = "receiver.signature.rejects-part-of-the-signature"
    also = {"receiver.signature.rejects-a-malformed-signature"}

    def matches(self, body, value):
        return self.signer.sign(body).encode().startswith(value)


class ComparesTheShorter(ReferenceReceiver):
    """Walks through both values together and stops at the end of the shorter."""

    caught_by = "receiver.signature.rejects-part-of-the-signature"
    also = {"receiver.signature.rejects-a-malformed-signature", "receiver.signature.rejects-junk-around-the-signature"}

    def matches(self, body, value):
        return all(one == other for one, other in zip(self.signer.sign(body).encode(), value, strict=False))


class ComparesEightDigits(ReferenceReceiver):
    """Compares the first eight digits, as a log would show them."""

    caught_by = "receiver.signature.rejects-a-changed-digit"
    also = MALFORMED - {"receiver.signature.rejects-an-empty-signature"}

    def matches(self, body, value):
        return value[:8] == self.signer.sign(body)[:8].encode()


class TakesAnySignatureSeen(ReferenceReceiver):
    """Remembers right signatures, and takes them for other bodies too."""

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

    caught_by = "receiver.signature.rejects-another-algorithm"

    def matches(self, body, value):
        return super().matches(body, value) or hashlib.sha256(body).hexdigest().encode() == value


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

"""Verifiers that accept what they should refuse, or break over it."""

import hashlib
import hmac

from tests.flawed.groups import VERIFIER_REFUSALS
from tests.flawed.verifiers import StampedVerifier, Verifier


class AcceptsEverything(Verifier):
    """Says yes."""

    caught_by = "verifier.signature.rejects-another-key"
    also = VERIFIER_REFUSALS

    def accepts(self, **asked):
        return True


class ComparesAsMuchAsWasSent(Verifier):
    """Compares as many digits as were sent."""

    caught_by = "verifier.signature.rejects-part-of-the-signature"
    also = frozenset({"verifier.signature.rejects-a-malformed-signature"})

    def matches(self, signer, body, value):
        return value.startswith(self.scheme.lead) and signer.sign(body).startswith(value)


class ComparesTheFirstEightDigits(Verifier):
    """Compares eight digits and takes any others."""

    caught_by = "verifier.signature.rejects-a-changed-digit"
    also = frozenset(
        {
            "verifier.signature.rejects-a-malformed-signature",
            "verifier.signature.rejects-any-change",
            "verifier.signature.rejects-part-of-the-signature",
        }
    )

    def matches(self, signer, body, value):
        return value[:15] == signer.sign(body)[:15]


class ComparesTheFirstHalf(Verifier):
    """Compares half of the digits, and that there are enough."""

    caught_by = "verifier.signature.rejects-any-change"
    also = frozenset({"verifier.signature.rejects-a-changed-digit"})

    def matches(self, signer, body, value):
        right = signer.sign(body)
        return len(value) == len(right) and value[:39] == right[:39]


class TrimsTheBody(Verifier):
    """Takes white space off the body before it signs."""

    caught_by = "verifier.signature.rejects-a-changed-body"

    def matches(self, signer, body, value):
        return signer.matches(body, value) or signer.matches(body.strip(), value)


class DropsTheByteOrderMark(Verifier):
    """Reads the body as text, without a byte order mark."""

    caught_by = "verifier.signature.refuses-other-bytes-of-the-same-text"

    def matches(self, signer, body, value):
        return signer.matches(body, value) or signer.matches(body.removeprefix(b"\xef\xbb\xbf"), value)


class AcceptsWithoutASignature(Verifier):
    """Verifies only if there is something to verify."""

    caught_by = "verifier.signature.rejects-a-missing-signature"

    def accepts(self, **asked):
        names = [name.lower() for name, value in asked["headers"]]
        return self.scheme.header not in names or super().accepts(**asked)


class TakesAnUnsetKey(Verifier):
    """Accepts what the empty key has signed, as it does where nobody set one."""

    caught_by = "verifier.signature.rejects-a-key-that-anybody-has"

    def accepts(self, **asked):
        return super().accepts(**asked) or super().accepts(**{**asked, "secret": ""})


class BreaksOverAnotherLength(Verifier):
    """Compares in constant time, and lets the error out when lengths differ."""

    caught_by = "verifier.signature.rejects-a-malformed-signature"
    also = frozenset(
        {
            "verifier.signature.rejects-another-algorithm",
            "verifier.signature.rejects-part-of-the-signature",
        }
    )

    def matches(self, signer, body, value):
        if len(value) != len(signer.sign(body)):
            raise ValueError("inputs must have the same length")
        return super().matches(signer, body, value)


class TakesAnyAlgorithm(Verifier):
    """Tells the algorithm from how many digits came."""

    caught_by = "verifier.signature.rejects-another-algorithm"

    def matches(self, signer, body, value):
        names = {40: hashlib.sha1, 64: hashlib.sha256, 128: hashlib.sha512}
        digits = value.removeprefix(self.scheme.lead)
        made = names.get(len(digits))
        return made is not None and hmac.new(signer.key, body, made).hexdigest() == digits


class RemembersSignatures(Verifier):
    """Accepts a signature of an empty body that it has found right before, whatever the body is now."""

    caught_by = "verifier.signature.rejects-the-signature-of-another-delivery"

    def matches(self, signer, body, value):
        right = signer.sign(body)
        empty = {signer.sign(b""), signer.sign(b"{}")}
        return value in {right, *empty}


class TakesALongList(StampedVerifier):
    """Gives up after fifty signatures, and says yes."""

    caught_by = "verifier.signature.rejects-a-list-without-the-right-signature"

    def matches(self, signer, body, value):
        return value.count(" ") > 50 or signer.matches(body, value)


class DecodesLeniently(Verifier):
    """Decodes the digits with a decoder that stops at the first letter that is none."""

    caught_by = "verifier.signature.refuses-other-spellings"

    def matches(self, signer, body, value):
        return signer.matches(body, value) or value.startswith(signer.sign(body))


class StripsTheSignature(Verifier):
    """Takes white space and quotes off the signature."""

    caught_by = "verifier.signature.refuses-other-spellings"

    def matches(self, signer, body, value):
        return signer.matches(body, value.strip(' \t"'))


class TakesTheFirstOfTwo(Verifier):
    """Looks at the first of two signature headers."""

    caught_by = "verifier.signature.refuses-two-signature-headers"

    def signature(self, headers):
        found = [value for name, value in headers if name == self.scheme.header]
        return found[0] if found and found[0].strip() else None


class TakesTheLastOfTwo(Verifier):
    """Looks at the last of two signature headers."""

    caught_by = "verifier.signature.refuses-two-signature-headers"

    def signature(self, headers):
        return dict(headers).get(self.scheme.header) or None

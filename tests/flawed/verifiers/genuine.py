"""Verifiers that refuse what is genuine."""

import json

from tests.flawed.groups import VERIFIER_ACCEPTANCES
from tests.flawed.verifiers import StampedVerifier, Verifier


class RefusesEverything(Verifier):
    """Says no."""

    caught_by = "verifier.genuine.accepts-a-genuine-delivery"
    also = VERIFIER_ACCEPTANCES

    def accepts(self, **asked):
        return False


class ReadsTheBodyAsAscii(Verifier):
    """Reads the body as ASCII and passes over what is none."""

    caught_by = "verifier.genuine.accepts-texts-of-every-script"
    also = frozenset({"verifier.genuine.verifies-the-bytes-as-sent", "verifier.signature.rejects-a-changed-body"})

    def signed(self, body):
        return body.decode("ascii", "ignore").encode()


class SignsJsonAgain(Verifier):
    """Verifies the body as a JSON library writes it."""

    caught_by = "verifier.genuine.verifies-the-bytes-as-sent"
    also = frozenset({"verifier.genuine.accepts-any-content", "verifier.signature.rejects-a-changed-body"})

    def signed(self, body):
        try:
            return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
        except (ValueError, UnicodeEncodeError):
            return body


class CutsLongBodies(Verifier):
    """Signs the first 16 kB of a body."""

    caught_by = "verifier.genuine.accepts-a-body-of-any-size"

    def signed(self, body):
        return body[:16_384]


class WantsASender(Verifier):
    """Refuses a body without the member `sender`, which every documented event has."""

    caught_by = "verifier.genuine.accepts-any-content"
    also = frozenset(
        {"verifier.genuine.accepts-bytes-that-are-no-text", "verifier.genuine.accepts-what-the-vendor-prints"}
    )

    def accepts(self, **asked):
        return b'"sender"' in asked["body"] and super().accepts(**asked)


class ParsesFirst(Verifier):
    """Refuses what is no JSON before it looks at the signature."""

    caught_by = "verifier.genuine.accepts-what-the-vendor-prints"

    def accepts(self, **asked):
        try:
            json.loads(asked["body"])
        except ValueError:
            return False
        return super().accepts(**asked)


class KnowsOneCase(Verifier):
    """Looks for the header in small letters only."""

    caught_by = "verifier.genuine.knows-a-header-by-its-name-in-any-case"

    def accepts(self, **asked):
        kept = [(name, value) for name, value in asked["headers"] if name == name.lower()]
        return super().accepts(**{**asked, "headers": kept})


class TakesASimilarHeader(Verifier):
    """Takes the first header in whose name the right one stands."""

    caught_by = "verifier.genuine.finds-the-signature-among-other-headers"

    def signature(self, headers):
        exact = [value for name, value in headers if name == self.scheme.header]
        similar = [value for name, value in headers if self.scheme.header in name]
        return similar[0] if len(exact) == 1 and similar[0].strip() else None


class KeepsTheFirstKey(Verifier):
    """Keeps the key of the first call."""

    caught_by = "verifier.genuine.takes-the-key-that-it-is-given"
    also = frozenset({"verifier.genuine.accepts-what-the-vendor-prints", "verifier.signature.rejects-another-key"})
    kept: list = []  # noqa: RUF012 (kept for the whole process is the flaw)

    def accepts(self, **asked):
        self.kept.append(asked["secret"])
        return super().accepts(**{**asked, "secret": self.kept[0]})


class TakesTheFirstOfAList(StampedVerifier):
    """Looks at the first signature of a list."""

    caught_by = "verifier.genuine.accepts-the-right-signature-anywhere-in-a-list"

    def matches(self, signer, body, value):
        return signer.matches(body, value.partition(" ")[0])


class RefusesWhatIsNoText(Verifier):
    """Refuses a body that is no UTF-8."""

    caught_by = "verifier.genuine.accepts-bytes-that-are-no-text"

    def matches(self, signer, body, value):
        try:
            body.decode()
        except UnicodeDecodeError:
            return False
        return signer.matches(body, value)

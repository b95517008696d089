"""Correct verifiers, which must be cleared: strict and lenient ones, where no document says which."""

from tests.flawed.verifiers import StampedVerifier, Verifier


class StrictVerifier(Verifier):
    """Takes the documented spelling alone."""

    caught_by = ()


class StrictStampedVerifier(StampedVerifier):
    """Takes what Standard Webhooks documents, and nothing else."""

    caught_by = ()


class LenientVerifier(Verifier):
    """Takes hex digits in capitals and white space around them, and the first of two headers."""

    caught_by = ()
    perhaps = frozenset(
        {"verifier.signature.refuses-other-spellings", "verifier.signature.refuses-two-signature-headers"}
    )

    def signature(self, headers):
        found = [value for name, value in headers if name == self.scheme.header]
        return found[0] if found and found[0].strip() else None

    def matches(self, signer, body, value):
        return signer.matches(body, value.strip().lower())


class PatientVerifier(StampedVerifier):
    """Takes what was signed up to half an hour ago: no document says where to stop."""

    caught_by = ()
    perhaps = frozenset({"verifier.freshness.refuses-what-documents-leave-open"})

    def tolerates(self, off_s):
        return abs(off_s) <= 1800


class TextVerifier(Verifier):
    """Reads the body as UTF-8, and refuses what is none."""

    caught_by = ()
    perhaps = frozenset({"verifier.genuine.accepts-bytes-that-are-no-text"})

    def matches(self, signer, body, value):
        try:
            return signer.matches(body.decode().encode(), value)
        except UnicodeDecodeError:
            return False

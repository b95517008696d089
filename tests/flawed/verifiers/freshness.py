"""Verifiers that are careless about the time and the id under the signature."""

from tests.flawed.verifiers import StampedVerifier


class ForgetsTheTime(StampedVerifier):
    """Never looks how long ago it was signed."""

    caught_by = "verifier.freshness.rejects-an-old-time"
    also = frozenset({"verifier.freshness.rejects-a-future-time"})

    def tolerates(self, off_s):
        return True


class TakesWhatIsAhead(StampedVerifier):
    """Looks only whether the time is too long ago."""

    caught_by = "verifier.freshness.rejects-a-future-time"

    def tolerates(self, off_s):
        return off_s <= self.scheme.tolerance_s


class ToleratesNothing(StampedVerifier):
    """Takes only what was signed in this very second or two."""

    caught_by = "verifier.genuine.accepts-a-time-within-the-tolerance"

    def tolerates(self, off_s):
        return abs(off_s) <= 10


class SignsItsOwnTime(StampedVerifier):
    """Verifies with the time of its own clock where the one that was sent does not fit."""

    caught_by = "verifier.freshness.rejects-a-changed-time"

    def accepts(self, **asked):
        name = "webhook-timestamp"
        there = [value for key, value in asked["headers"] if key.lower() == name]
        own = [(key, str(asked["now"]) if key.lower() == name else value) for key, value in asked["headers"]]
        return super().accepts(**asked) or (any(there) and super().accepts(**{**asked, "headers": own}))


class TakesAMissingTime(StampedVerifier):
    """Takes its own clock where no time was sent."""

    caught_by = "verifier.freshness.rejects-a-missing-part"

    def accepts(self, **asked):
        name = "webhook-timestamp"
        there = [value for key, value in asked["headers"] if key.lower() == name]
        own = [pair for pair in asked["headers"] if pair[0].lower() != name] + [(name, str(asked["now"]))]
        return super().accepts(**asked if any(there) else {**asked, "headers": own})


class CutsTheId(StampedVerifier):
    """Reads as much of the id as ids usually have."""

    caught_by = "verifier.freshness.rejects-a-changed-id"

    def read(self, headers):
        return [(name, value[:28] if name == "webhook-id" else value) for name, value in headers]


class TakesHalfAnHour(StampedVerifier):
    """Takes what was signed half an hour ago."""

    caught_by = "verifier.freshness.refuses-what-documents-leave-open"

    def tolerates(self, off_s):
        return abs(off_s) <= 1800

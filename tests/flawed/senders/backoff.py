"""Flaws in how long a sender waits before it comes again."""

# ruff: noqa: RUF012

from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.senders.platforms import ChatApi, StandardWebhooks, Waping


class RetriesAtOnce(ChatApi):
    """Comes again the moment an attempt has failed."""

    bug = "D26"
    caught_by = "sender.backoff.waits-before-a-retry"
    also = {"sender.retry.repeats-after-a-tls-failure"}
    perhaps = {"sender.retry.loses-nothing-in-a-restart", "sender.retry.repeats-after-a-refused-connection"}

    def jittered(self, delay_s):
        return 0.0


class RetriesAtAFixedPace(ReferencePlatform):
    """Comes again in the same pace for as long as it comes at all."""

    bug = "D26"
    caught_by = "sender.backoff.waits-longer-each-time"

    def jittered(self, delay_s):
        return 0.4


class GrowsImpatient(ReferencePlatform):
    """Waits half as long each time."""

    caught_by = "sender.backoff.waits-longer-each-time"

    def jittered(self, delay_s):
        return 0.15 / delay_s


class RetriesOnce(ReferencePlatform):
    """Comes again once, where the documents speak of waiting longer each time."""

    caught_by = "sender.backoff.tries-more-than-once-again"
    also = {"sender.retry.loses-nothing-in-a-restart"}
    perhaps = {"sender.retry.repeats-after-a-refused-connection"}
    options = {"attempts": 2}
    times = {"patience": 12.0}


class AddsTheSameEachTime(Waping):
    """Waits a fifth of a second longer each time, where the documents say exponentially."""

    caught_by = "sender.backoff.grows-exponentially"
    options = {"attempts": 6}
    times = {"patience": 2.5}

    def backoff_s(self, outgoing):
        return 0.2 * outgoing.attempt

    def jittered(self, delay_s):
        return delay_s


class EndsTooSoon(StandardWebhooks):
    """Ends its attempts long before the time is over that its documents name."""

    caught_by = "sender.backoff.tries-as-long-as-documented"
    parameters = {"retry.window": "8"}
    times = {"patience": 12.0}

"""Flaws in how long a sender waits before it comes again."""

# ruff: noqa: RUF012

from hookproof.reference.platform import ReferencePlatform


class RetriesAtOnce(ReferencePlatform):
    """Comes again the moment an attempt has failed."""

    bug = "D26"
    caught_by = "sender.backoff.waits-before-a-retry"
    also = None
    provider = "chatapi"

    def jittered(self, delay_s):
        return 0.0


class RetriesAtAFixedPace(ReferencePlatform):
    """Comes again in the same pace for as long as it comes at all."""

    bug = "D26"
    caught_by = "sender.backoff.waits-longer-each-time"
    also = None

    def jittered(self, delay_s):
        return 0.4


class GrowsImpatient(ReferencePlatform):
    """Waits half as long each time."""

    bug = ""
    caught_by = "sender.backoff.waits-longer-each-time"
    also = None

    def jittered(self, delay_s):
        return 0.15 / delay_s


class RetriesOnce(ReferencePlatform):
    """Comes again once, where the documents speak of waiting longer each time."""

    bug = ""
    caught_by = "sender.backoff.tries-more-than-once-again"
    also = None
    options = {"attempts": 2}
    times = {"patience": 12.0}


class AddsTheSameEachTime(ReferencePlatform):
    """Waits a fifth of a second longer each time, where the documents say exponentially."""

    bug = ""
    caught_by = "sender.backoff.grows-exponentially"
    also = None
    provider = "waping"
    options = {"attempts": 6}
    times = {"patience": 2.5}

    def backoff_s(self, outgoing):
        return 0.2 * outgoing.attempt

    def jittered(self, delay_s):
        return delay_s

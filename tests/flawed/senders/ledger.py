"""Flaws that show now and then only: what no check finds that looks at a few events."""

# ruff: noqa: RUF012

import json

from tests.flawed.senders.platforms import StandardWebhooks, Waping


class LosesEveryTwentieth(Waping):
    """Says of each event that it is delivered, and forgets every twentieth."""

    caught_by = "sender.delivery.loses-no-event"
    perhaps = {"sender.delivery.delivers-each-kind-of-event", "sender.fanout.delivers-each-event-to-each-endpoint"}
    happened = 0

    def endpoints_for(self, surface, kind):
        self.happened += 1
        return [] if self.happened % 20 == 0 else super().endpoints_for(surface, kind)


class LosesEveryEighthDelivery(Waping):
    """Has a queue from which one delivery in eight falls, to whichever endpoint."""

    caught_by = "sender.delivery.loses-no-event"
    perhaps = {
        "sender.delivery.delivers-each-kind-of-event",
        "sender.fanout.a-dead-endpoint-delays-no-other",
        "sender.fanout.a-slow-endpoint-delays-no-other",
        "sender.fanout.delivers-each-event-to-each-endpoint",
        "sender.retry.repeats-after-a-refused-connection",
    }
    queued = 0

    def queue(self, outgoing):
        self.queued += 1
        if self.queued % 8:
            super().queue(outgoing)


class SignsWronglyFromTheFourthAttempt(Waping):
    """Signs the fourth attempt and all after it with a key that it has made up."""

    caught_by = "sender.signature.signs-every-attempt-of-the-run"

    def signature(self, outgoing):
        signer = self.attempt_signer(outgoing)
        return super().signature(outgoing) if outgoing.attempt < 4 else signer.sign(outgoing.body, secret=b"made up")


class SendsSomeTwice(Waping):
    """Sends every fifteenth delivery twice."""

    caught_by = "sender.retry.repeats-nothing-that-was-acknowledged-in-the-run"
    perhaps = {
        "sender.retry.stops-after-an-acknowledgement",
        "sender.retry.stops-after-an-acknowledged-retry",
        "sender.retry.waits-for-one-attempt-before-the-next",
        "sender.retry.comes-again-no-sooner-than-asked",
        "sender.fanout.delivers-once-when-registered-twice",
    }
    queued = 0

    def queue(self, outgoing):
        self.queued += 1
        for _ in range(2 if self.queued % 8 == 0 else 1):
            super().queue(outgoing)


class NotesTheFifthAttempt(Waping):
    """Writes into the body that an attempt is the fifth, or a later one."""

    caught_by = "sender.retry.repeats-the-same-bytes-in-the-run"

    def body(self, outgoing):
        if outgoing.attempt < 5:
            return outgoing.body
        return json.dumps({**json.loads(outgoing.body), "attempt": outgoing.attempt}).encode()


class HasAClockThatIsBehind(StandardWebhooks):
    """Signs with the time of a clock that is twenty minutes behind."""

    caught_by = "sender.metadata.tells-the-time-of-each-attempt"

    def signed_at(self, outgoing):
        return outgoing.began - 1200

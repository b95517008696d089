"""Flaws in judging when a delivery was signed, which delivery it is, and which of several signatures is right."""

import re
from dataclasses import replace

from hookproof.reference.receiver import ReferenceReceiver


class SignsIdsAndTimes(ReferenceReceiver):
    """Correct, of the provider that signs an id and a time and lists signatures."""

    provider = "standard-webhooks"


class TakesAnyTime(SignsIdsAndTimes):
    """Verifies the signature and never looks at the time that it covers."""

    caught_by = "receiver.freshness.rejects-an-old-time"
    also = {"receiver.freshness.rejects-a-future-time"}  # noqa: RUF012

    def tolerates(self, off):
        return True


class TakesFutureTimes(SignsIdsAndTimes):
    """Looks only for what is too long ago."""

    caught_by = "receiver.freshness.rejects-a-future-time"

    def tolerates(self, off):
        return off <= self.signer.scheme.tolerance_s


class AllowsNoClockToDiffer(SignsIdsAndTimes):
    """Takes what was signed within the last ten seconds."""

    caught_by = "receiver.freshness.accepts-a-time-within-the-tolerance"

    def tolerates(self, off):
        return abs(off) <= 10


class LooksAtTheFirstOfAList(SignsIdsAndTimes):
    """Compares the first signature of the list alone."""

    caught_by = "receiver.freshness.accepts-the-right-signature-anywhere-in-a-list"

    def holds(self, signer, body, value):
        return super().holds(signer, body, value.split(b" ")[0])


class TakesAnyVersion(SignsIdsAndTimes):
    """Drops what stands before the comma, whatever version it names."""

    caught_by = "receiver.freshness.rejects-a-list-without-the-right-signature"

    def holds(self, signer, body, value):
        return super().holds(signer, body, re.sub(rb"v\d,", b"v1,", value))


class KeepsTheBeginningOfAnId(SignsIdsAndTimes):
    """Reads an id into a column of 28 characters, and verifies what is left of it."""

    caught_by = "receiver.freshness.rejects-a-changed-id"

    def holds(self, signer, body, value):
        stamp = replace(signer.scheme.stamp, id=signer.scheme.stamp.id[:28])
        return super().holds(replace(signer, scheme=replace(signer.scheme, stamp=stamp)), body, value)


class TriesTheNextSecond(SignsIdsAndTimes):
    """Verifies over the second that is written, and over the one after it."""

    caught_by = "receiver.freshness.rejects-a-changed-time"

    def holds(self, signer, body, value):
        scheme = signer.scheme
        later = scheme.stamped(scheme.stamp.id, scheme.instant(scheme.stamp.timestamp) + 1)
        return super().holds(signer, body, value) or super().holds(replace(signer, scheme=later), body, value)


class KnowsRetriesByTheirSignature(SignsIdsAndTimes):
    """Takes what is signed anew for something new."""

    caught_by = "receiver.freshness.processes-a-retry-signed-anew-once"

    def accept(self, id_, body):
        self.scope = dict(self.request_headers.get())[b"webhook-signature"].decode()
        super().accept(id_, body)


class DatesWhatHasNoTime(SignsIdsAndTimes):
    """Takes the current second for a delivery that says none, and verifies no signature then."""

    caught_by = "receiver.freshness.rejects-a-delivery-without-its-id-or-time"

    def verify_header(self, request, body):
        if request.headers.get("webhook-timestamp"):
            super().verify_header(request, body)


class ReadsTimesCarelessly(SignsIdsAndTimes):
    """Has whatever reads the time break over what is none."""

    caught_by = "receiver.freshness.rejects-a-garbled-time"
    also = {  # noqa: RUF012
        "receiver.freshness.rejects-a-delivery-without-its-id-or-time",
        "receiver.freshness.survives-a-garbled-time-that-is-signed",
    }

    def fresh(self, written):
        float(written)
        super().fresh(written)


class ReadsSignedTimesCarelessly(SignsIdsAndTimes):
    """Reads the time only once the signature is right, and breaks over what is none."""

    caught_by = "receiver.freshness.survives-a-garbled-time-that-is-signed"

    def verify_header(self, request, body):
        signer = self.signer.received([(name.decode(), value.decode("latin-1")) for name, value in request.headers.raw])
        if self.holds(signer, body, (self.signatures(request) or [b""])[0]):
            int(signer.scheme.stamp.timestamp)
        super().verify_header(request, body)


class ForgetsTheFormerKey(SignsIdsAndTimes):
    """Takes the new key alone as soon as there is one."""

    parameters = {"rotation": "during"}  # noqa: RUF012
    caught_by = "receiver.freshness.accepts-both-keys-while-they-rotate"

    def signers_of(self, signer):
        return [signer]


class NeverForgetsAKey(SignsIdsAndTimes):
    """Goes on taking the former key after the rotation."""

    parameters = {"rotation": "over"}  # noqa: RUF012
    caught_by = "receiver.freshness.rejects-the-former-key-after-the-rotation"

    def signers_of(self, signer):
        return [signer, replace(signer, secret=self.former)]

"""Flaws in what goes with a body: id, time, kind."""

from dataclasses import replace

from tests.flawed.groups import SIGNATURES
from tests.flawed.senders.platforms import StandardWebhooks


class KeepsTheFirstTime(StandardWebhooks):
    """Signs every attempt with the time at which the event happened."""

    caught_by = "sender.metadata.dates-each-attempt-anew"

    def signed_at(self, outgoing):
        return outgoing.made


class NamesItsHeadersOtherwise(StandardWebhooks):
    """Sends id and time under the names of its own house."""

    caught_by = "sender.metadata.sends-the-documented-headers"
    also = SIGNATURES | {
        "sender.metadata.dates-each-attempt-anew",
        "sender.metadata.writes-the-time-as-documented",
        "sender.payload.gives-each-event-an-id-of-its-own",
    }

    def headers(self, outgoing):
        own = {"webhook-id": "house-id", "webhook-timestamp": "house-timestamp"}
        return [(own.get(name, name), value) for name, value in super().headers(outgoing)]


class PutsAFullStopIntoTheId(StandardWebhooks):
    """Has ids with a full stop in them, as the parts are joined by that are signed."""

    caught_by = "sender.metadata.keeps-the-separator-out-of-the-id"

    def signed_id(self, outgoing):
        return outgoing.id.replace("_", ".")


class WritesTheTimeAsIso(StandardWebhooks):
    """Writes the time of an attempt as ISO 8601, and signs it so."""

    caught_by = "sender.metadata.writes-the-time-as-documented"

    def signer(self, surface):
        signer = super().signer(surface)
        return replace(signer, scheme=replace(signer.scheme, timestamp="iso"))


class RenewsTheIdInItsHeader(StandardWebhooks):
    """Makes a new id for each attempt, in the header that the id stands in."""

    caught_by = "sender.retry.repeats-the-same-event"

    def signed_id(self, outgoing):
        return f"{outgoing.id}{outgoing.attempt}"

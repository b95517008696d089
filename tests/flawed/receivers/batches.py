"""Flaws in reading several events from one body, some of them of a new kind, broken or not there at all."""

# ruff: noqa: RUF012

import contextlib
import json
from contextvars import ContextVar

from hookproof.delivery.pointers import identify
from hookproof.reference.receiver import Refused
from tests.flawed.groups import BATCH_ACKNOWLEDGEMENTS, BATCH_EFFECTS, OTHER_FORMS
from tests.flawed.receivers.surfaces import ChatApi, Whatsapp

AGAIN = "receiver.idempotency.processes-a-retry-inside-a-batch-once"
INSIDE = ContextVar("INSIDE", default=False)


def messages(payload):
    """The messages of a body of Chat API."""
    found = payload.get("messages") if isinstance(payload, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def first(list_, found):
    """Of the events found, those in the first item of the list."""
    return [one for one in found if f"/{list_}/" not in one.item or f"/{list_}/0" in one.item]


class RefusesBatches(ChatApi):
    """Refuses a body with more than one event in it."""

    bug = "I12"
    caught_by = "receiver.acknowledgement.acknowledges-a-batch"
    also = BATCH_ACKNOWLEDGEMENTS | {
        "receiver.acknowledgement.acknowledges-the-largest-documented-delivery",
        "receiver.processing.processes-the-good-events-of-a-damaged-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        if len(self.named(payload)) > 1:
            raise Refused(422, "one event at a time")


class ReadsTheFirstEventOnly(ChatApi):
    """Reads the first event of a body, and loses the others."""

    bug = "I12"
    caught_by = "receiver.processing.processes-every-event-of-a-batch"
    also = BATCH_EFFECTS | {"receiver.idempotency.processes-a-retry-inside-a-batch-once"}

    def named(self, payload):
        return super().named(payload)[:1]


class ReadsTheFirstEntryOnly(Whatsapp):
    """Reads every message of a body's first entry, and loses the other entries."""

    bug = "I12"
    caught_by = "receiver.processing.processes-every-event-of-a-batch"
    also = {"receiver.processing.processes-the-good-events-of-a-tainted-batch"}

    def named(self, payload):
        return [one.id for one in first("entry", identify(payload, self.surface.identities))]


class ReadsTheFirstChangeOnly(Whatsapp):
    """Reads every message of an entry's first change, and loses the other changes."""

    bug = "I12"
    caught_by = "receiver.processing.processes-every-event-of-a-batch"
    also = {"receiver.processing.processes-the-good-events-of-a-tainted-batch"}

    def named(self, payload):
        return [one.id for one in first("changes", identify(payload, self.surface.identities))]


class TakesTwentyEvents(ChatApi):
    """Refuses a body with more than twenty events."""

    bug = "P11"
    caught_by = "receiver.acknowledgement.acknowledges-a-batch"
    also = {"receiver.acknowledgement.acknowledges-the-largest-documented-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if len(messages(payload)) > 20:
            raise Refused(413, "twenty at a time")


class ReadsTwentyEvents(ChatApi):
    """Reads the first twenty events of a body, and loses the others."""

    bug = "I12"
    caught_by = "receiver.processing.processes-every-event-of-a-batch"

    def named(self, payload):
        return super().named(payload)[:20]


class TakesSixtyKilobytes(ChatApi):
    """Takes bodies of sixty kilobytes, which the messages of one busy moment exceed."""

    bug = "P11"
    caught_by = "receiver.acknowledgement.acknowledges-the-largest-documented-delivery"

    async def read(self, request):
        body = await super().read(request)
        if len(body) > 60_000:
            raise Refused(413, "request entity too large")
        return body


class RefusesTaintedBatches(ChatApi):
    """Refuses the whole body because one message in it is of a type that it does not know."""

    bug = "I13"
    caught_by = "receiver.acknowledgement.acknowledges-a-tainted-batch"
    also = {"receiver.processing.processes-the-good-events-of-a-tainted-batch"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if len(found := messages(payload)) > 1 and any(one.get("type") == "hologram" for one in found):
            raise Refused(422, "unknown type")


class LosesTaintedBatches(ChatApi):
    """Acknowledges the whole body and drops it because one message in it is of a type that it does not know."""

    bug = "I13"
    caught_by = "receiver.processing.processes-the-good-events-of-a-tainted-batch"

    def events(self, payload, body):
        found = messages(payload)
        unknown = len(found) > 1 and any(one.get("type") == "hologram" for one in found)
        return [] if unknown else super().events(payload, body)


class StopsAtTheUnknown(Whatsapp):
    """Works through the messages of a body until one is of a type that it does not know, and stops."""

    bug = "I13"
    caught_by = "receiver.processing.processes-the-good-events-of-a-tainted-batch"
    perhaps = {"receiver.processing.processes-every-event-of-a-batch"}

    def named(self, payload):
        found, identities = [], self.surface.identities
        for one in identify(payload, identities):
            with contextlib.suppress(KeyError, IndexError, TypeError, ValueError):
                message = payload
                for step in one.item.split("/")[1:]:
                    message = message[int(step)] if isinstance(message, list) else message[step]
                if message.get("type") == "hologram" and len(identify(payload, identities)) > 1:
                    break
            found.append(one.id)
        return found


class RefusesDamagedBatches(ChatApi):
    """Refuses the whole body because one message in it is broken."""

    bug = "I13"
    caught_by = "receiver.acknowledgement.acknowledges-a-damaged-batch"
    also = {"receiver.processing.processes-the-good-events-of-a-damaged-batch"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if len(found := messages(payload)) > 1 and any("author" not in one for one in found):
            raise Refused(422, "author is missing")


class LosesDamagedBatches(ChatApi):
    """Acknowledges the whole body, logs what is wrong with one message in it, and does nothing about the others."""

    bug = "I13"
    caught_by = "receiver.processing.processes-the-good-events-of-a-damaged-batch"

    def events(self, payload, body):
        broken = any("author" not in one for one in messages(payload))
        return [] if broken else super().events(payload, body)


class BreaksOverEmptyBatches(ChatApi):
    """Reads the first message of a body that has none."""

    bug = "P13"
    caught_by = "receiver.acknowledgement.acknowledges-an-empty-body-of-events"
    also = {"receiver.robustness.survives-a-hostile-body"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if isinstance(payload.get("messages"), list):
            payload["messages"][0]


class RefusesEmptyBatches(ChatApi):
    """Refuses a body without an event as if it were none of this provider's."""

    bug = "P13"
    caught_by = "receiver.acknowledgement.acknowledges-an-empty-body-of-events"

    def check_shape(self, payload):
        super().check_shape(payload)
        if [] in payload.values():
            raise Refused(422, "no event")


class BreaksOverStatuses(Whatsapp):
    """Reads the first message of every change, also where there are only statuses."""

    bug = "P13"
    caught_by = "receiver.acknowledgement.acknowledges-every-documented-kind"
    also = OTHER_FORMS | {
        "receiver.acknowledgement.acknowledges-a-tainted-batch",
        "receiver.ordering.acknowledges-a-state-of-an-unknown-event",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        for entry in payload["entry"]:
            for change in entry["changes"]:
                change["value"]["messages"][0]


class TakesABatchForARetry(ChatApi):
    """Takes a whole body for a retry because it knows one event in it, and loses the new ones."""

    bug = "I5"
    caught_by = AGAIN

    def events(self, payload, body):
        found = super().events(payload, body)
        known = any(self.database.execute("SELECT 1 FROM events WHERE id = ?", (one,)).fetchone() for one in found)
        return [] if known else found


class ForgetsInsideBatches(ChatApi):
    """Recognises a retry that comes alone, and acts again on one that comes in a batch."""

    bug = "I1"
    caught_by = AGAIN

    def events(self, payload, body):
        found = super().events(payload, body)
        INSIDE.set(len(found) > 1)
        return found

    def accept(self, id_, body):
        if INSIDE.get():
            self.count(id_)
        else:
            super().accept(id_, body)


class KeepsOneEventOfACustomer(ChatApi):
    """Takes one event of a customer from each body, as if the others said the same."""

    bug = "I18"
    caught_by = "receiver.processing.processes-every-event-of-a-batch"
    also = {"receiver.idempotency.processes-a-retry-inside-a-batch-once"}
    perhaps = {
        "receiver.processing.processes-the-good-events-of-a-damaged-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
    }

    def events(self, payload, body):
        first = {}
        for one in messages(payload):
            first.setdefault(json.dumps(one.get("chatId")), str(one.get("id")))
        found = super().events(payload, body)
        return [one for one in found if one in first.values()] if first else found

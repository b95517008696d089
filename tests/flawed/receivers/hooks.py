"""Flaws in taking what WAPing and Chat API deliver: their kinds of event, their ids and their answers."""

# ruff: noqa: RUF012

import contextlib
import json

from starlette.responses import JSONResponse

from hookproof.reference.receiver import Refused
from tests.flawed.groups import BATCH_ACKNOWLEDGEMENTS, EVENTS_TOLD_APART, OTHER_FORMS
from tests.flawed.receivers.keyed import Keyed
from tests.flawed.receivers.surfaces import ChatApi, Waping

KINDS = "receiver.acknowledgement.acknowledges-every-documented-kind"


class RefusesSessionEvents(Waping):
    """Knows only messages, and refuses what is said of the session."""

    bug = "P12"
    caught_by = KINDS
    also = {"receiver.ordering.acknowledges-a-state-of-an-unknown-event"}
    perhaps = {"receiver.payload.acknowledges-every-valid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if "session" in payload:
            raise Refused(422, "unknown type")


class KeysByTheMessage(Keyed, Waping):
    """Recognises a retry by the message's id, which every state of the message has too."""

    bug = "I5"
    caught_by = "receiver.ordering.tells-the-states-of-one-event-apart"
    perhaps = {"receiver.ordering.keeps-the-newer-state"}

    def key(self, id_, body):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return f"message {json.loads(body)['message']['id']}"
        return id_


class AnswersCreated(ChatApi):
    """Acknowledges with 201, where the documents want 200 and no other."""

    bug = "R7"
    caught_by = KINDS
    also = BATCH_ACKNOWLEDGEMENTS | {
        "receiver.acknowledgement.acknowledges-an-empty-body-of-events",
        "receiver.acknowledgement.acknowledges-simultaneous-deliveries",
        "receiver.acknowledgement.acknowledges-the-largest-documented-delivery",
        "receiver.acknowledgement.acknowledges-while-another-sender-stalls",
    }

    def acknowledge(self, payload):
        return JSONResponse({"received": True}, 201)


class BreaksOverAcks(ChatApi):
    """Reads the messages of every body, also where there is only how far a message has got."""

    bug = "P13"
    caught_by = KINDS
    also = OTHER_FORMS | {
        "receiver.acknowledgement.acknowledges-a-batch",
        "receiver.ordering.acknowledges-a-state-of-an-unknown-event",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        payload["messages"]


class KeysByTheSerialNumber(Keyed, ChatApi):
    """Recognises a retry by the message's serial number instead of its id."""

    bug = "I6"
    caught_by = "receiver.idempotency.processes-equal-content-under-other-ids"
    also = EVENTS_TOLD_APART | {
        "receiver.idempotency.processes-a-retry-inside-a-batch-once",
        "receiver.processing.loses-no-acknowledged-event",
        "receiver.processing.processes-every-event-of-a-batch",
    }

    def key(self, id_, body):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            numbers = {one["id"]: one["messageNumber"] for one in json.loads(body)["messages"]}
            return f"number {numbers[id_]}"
        return id_

"""Flaws in taking what WAPing and Chat API deliver: their kinds of event, their ids and their answers."""

# ruff: noqa: RUF012

import contextlib
import json

from starlette.responses import JSONResponse

from hookproof.reference.receiver import ReferenceReceiver, Refused

KINDS = "receiver.acknowledgement.acknowledges-every-documented-kind"


class _Waping(ReferenceReceiver):
    """Gets what WAPing delivers."""

    provider = "waping"


class _ChatApi(ReferenceReceiver):
    """Gets what Chat API delivers."""

    provider = "chatapi"


class RefusesSessionEvents(_Waping):
    """Knows only messages, and refuses what is said of the session."""

    bug = "P12"
    caught_by = KINDS
    also = {"receiver.ordering.acknowledges-a-state-of-an-unknown-event"}
    perhaps = {"receiver.payload.acknowledges-every-valid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        if "session" in payload:
            raise Refused(422, "unknown type")


class KeysByTheMessage(_Waping):
    """Recognises a retry by the message's id, which every state of the message has too."""

    bug = "I5"
    caught_by = "receiver.ordering.tells-the-states-of-one-event-apart"
    perhaps = {"receiver.ordering.keeps-the-newer-state"}

    def accept(self, id_, body):
        key = id_
        with contextlib.suppress(ValueError, KeyError, TypeError):
            key = f"message {json.loads(body)['message']['id']}"
        if self.database.execute("INSERT OR IGNORE INTO events VALUES ('', ?, '', 1)", (key,)).rowcount:
            self.count(id_)


class AnswersCreated(_ChatApi):
    """Acknowledges with 201, where the documents want 200 and no other."""

    bug = "R7"
    caught_by = KINDS
    also = None

    def acknowledge(self, payload):
        return JSONResponse({"received": True}, 201)


class BreaksOverAcks(_ChatApi):
    """Reads the messages of every body, also where there is only how far a message has got."""

    bug = "P13"
    caught_by = KINDS
    also = None

    def check_shape(self, payload):
        super().check_shape(payload)
        payload["messages"]


class KeysByTheSerialNumber(_ChatApi):
    """Recognises a retry by the message's serial number instead of its id."""

    bug = "I6"
    caught_by = "receiver.idempotency.processes-equal-content-under-other-ids"
    also = None

    def accept(self, id_, body):
        key = id_
        with contextlib.suppress(ValueError, KeyError, TypeError):
            numbers = {one["id"]: one["messageNumber"] for one in json.loads(body)["messages"]}
            key = f"number {numbers[id_]}"
        if self.database.execute("INSERT OR IGNORE INTO events VALUES ('', ?, '', 1)", (key,)).rowcount:
            self.count(id_)

"""Flaws in reading payloads, and in processing what was acknowledged."""

# ruff: noqa: RUF012

import asyncio
import contextlib
import json
import struct
import zlib
from contextvars import ContextVar

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.groups import OVERLAPPING, TEXT_ACKNOWLEDGEMENTS

LOST = ContextVar("LOST", default=False)
TOP = {"event_type", "event_id", "timestamp", "data", "version"}


def objects(node):
    """Every object in a payload."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def has_unknown_fields(payload):
    """Whether there is a field that the documents do not know."""
    return bool(set(payload) - TOP) or "x_added" in json.dumps(payload)


class _Dropping(ReferenceReceiver):
    """Acknowledges every event, and loses those that `drops` names."""

    def drops(self, payload):
        raise NotImplementedError

    async def process(self, id_, body):
        with contextlib.suppress(KeyError, TypeError, IndexError, AttributeError):
            if not self.drops(json.loads(body)):
                await super().process(id_, body)


class RefusesUnknownTypes(ReferenceReceiver):
    """Refuses a type of message that it does not know."""

    bug = "P12"
    caught_by = "receiver.payload.acknowledges-an-unknown-event-type"

    def check_shape(self, payload):
        super().check_shape(payload)
        if "hologram" in json.dumps(payload):
            raise Refused(422, "unknown type")


class BreaksOverUnknownTypes(ReferenceReceiver):
    """Has no handler for a type of event that it does not know, and breaks over it."""

    bug = "P12"
    caught_by = "receiver.payload.acknowledges-an-unknown-event-type"
    also = {"receiver.payload.survives-a-null", "receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        {"incoming_message": None}[payload.get("event_type", "incoming_message")]


class RefusesLaterVersions(ReferenceReceiver):
    """Refuses another version of the payload than the one of its day."""

    bug = "P12"
    caught_by = "receiver.payload.acknowledges-an-unknown-event-type"

    def check_shape(self, payload):
        super().check_shape(payload)
        if payload.get("version") == "2031-01-01":
            raise Refused(400, "unsupported version")


class NeverAnswersUnknownTypes(ReferenceReceiver):
    """Forgets to answer when it has no handler for the type."""

    bug = "R8"
    caught_by = "receiver.payload.acknowledges-an-unknown-event-type"

    async def read(self, request):
        body = await super().read(request)
        if b"conversation_archived" in body:
            await asyncio.sleep(3600)
        return body


class RefusesUnknownFields(ReferenceReceiver):
    """Refuses a payload with a field that its model does not have."""

    bug = "P12"
    caught_by = "receiver.payload.acknowledges-an-unknown-field"

    def check_shape(self, payload):
        super().check_shape(payload)
        if has_unknown_fields(payload):
            raise Refused(422, "extra fields not permitted")


class NeedsOptionalFields(ReferenceReceiver):
    """Reads an optional field as if it were always there."""

    bug = "P13"
    caught_by = "receiver.payload.acknowledges-a-delivery-without-its-optional-fields"
    also = {
        "receiver.payload.acknowledges-every-valid-delivery",
        "receiver.payload.survives-every-invalid-delivery",
        "receiver.robustness.survives-a-hostile-body",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        if isinstance(payload.get("data"), dict):
            payload["data"]["recipient_name"]


class BreaksOverNull(ReferenceReceiver):
    """Calls a method of a text that is null."""

    caught_by = "receiver.payload.survives-a-null"
    also = {"receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        with contextlib.suppress(KeyError, TypeError):
            payload["data"]["message"]["timestamp"].removesuffix("Z")


class RefusesEscapedEmoji(ReferenceReceiver):
    """Cannot join the two halves of an escaped character beyond the BMP."""

    caught_by = "receiver.payload.acknowledges-texts-of-every-script"

    def parse(self, body):
        if b"\\ud83" in body:
            raise Refused(400, "The body is not JSON")
        return super().parse(body)


class BreaksOverFourBytes(ReferenceReceiver):
    """Stores texts in a column of characters of three bytes, which refuses an emoji."""

    caught_by = "receiver.payload.acknowledges-texts-of-every-script"
    perhaps = {
        "receiver.acknowledgement.acknowledges-every-documented-kind",
        "receiver.payload.acknowledges-every-valid-delivery",
        "receiver.payload.survives-every-invalid-delivery",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        assert max(json.dumps(payload, ensure_ascii=False)) <= "\uffff"


class RefusesNonAscii(ReferenceReceiver):
    """Reads the body as ASCII and refuses everything else."""

    bug = "S4"
    caught_by = "receiver.payload.acknowledges-texts-of-every-script"
    also = TEXT_ACKNOWLEDGEMENTS | {"receiver.signature.verifies-the-bytes-as-sent"}
    perhaps = {
        "receiver.acknowledgement.acknowledges-before-it-fetches-the-media",
        "receiver.media.acknowledges-media-that-cannot-be-fetched",
    }

    def parse(self, body):
        if not body.isascii():
            raise Refused(400, "The body is not JSON")
        return super().parse(body)


class Keeps32BitTimes(ReferenceReceiver):
    """Keeps times in 32 bits and breaks over later ones."""

    bug = "P6"
    caught_by = "receiver.payload.acknowledges-times-after-2038"
    perhaps = {"receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        for node in objects(payload):
            if type(time := node.get("user_timestamp")) is int:
                struct.pack("<i", time)


class TakesZeroForMissing(ReferenceReceiver):
    """Takes a time of 0, which stands where nothing was said yet, for a missing field."""

    caught_by = "receiver.payload.acknowledges-every-valid-delivery"

    def check_shape(self, payload):
        super().check_shape(payload)
        if any(node.get("user_timestamp") == 0 for node in objects(payload)):
            raise Refused(422, "user_timestamp is missing")


class ReadsTheLastOfNothing(ReferenceReceiver):
    """Reads the last message of a history that is empty."""

    bug = "P13"
    caught_by = "receiver.payload.acknowledges-every-valid-delivery"
    also = {"receiver.payload.survives-every-invalid-delivery"}

    def check_shape(self, payload):
        super().check_shape(payload)
        for node in objects(payload):
            if isinstance(history := node.get("conversation_history"), list):
                history[-1]


class BreaksOverWrongTypes(ReferenceReceiver):
    """Trusts that a field has the documented type."""

    bug = "P14"
    caught_by = "receiver.payload.survives-every-invalid-delivery"

    def check_shape(self, payload):
        super().check_shape(payload)
        for node in objects(payload):
            if node.get("phone_number") is not None:
                node["phone_number"].lstrip("+")


class LosesLocations(_Dropping):
    """Acknowledges locations and does nothing about them."""

    caught_by = "receiver.processing.processes-every-documented-kind"

    def drops(self, payload):
        return payload["data"]["message"]["type"] == "location"


class LosesBursts(ReferenceReceiver):
    """Has room for five events at a time; the others it acknowledges and loses."""

    bug = "R5"
    caught_by = "receiver.processing.processes-every-simultaneous-delivery"
    perhaps = OVERLAPPING - {"receiver.processing.processes-every-simultaneous-delivery"}
    busy = 0

    async def read(self, request):
        self.busy += 1
        try:
            await asyncio.sleep(0.02)
            LOST.set(self.busy > 5)
            return await super().read(request)
        finally:
            self.busy -= 1

    def accept(self, id_, body):
        if not LOST.get():
            super().accept(id_, body)


class LosesEscapedEmoji(ReferenceReceiver):
    """Acknowledges escaped characters beyond the BMP, and fails to store them."""

    caught_by = "receiver.processing.processes-texts-of-every-script"

    async def process(self, id_, body):
        if b"\\ud83" not in body:
            await super().process(id_, body)


class LosesUnknownFields(_Dropping):
    """Acknowledges a payload that does not fit its model, logs it, and does nothing."""

    bug = "P15"
    caught_by = "receiver.processing.processes-an-unknown-field"

    def drops(self, payload):
        return has_unknown_fields(payload)


class LosesWhatLacksOptionalFields(_Dropping):
    """Acknowledges a payload without an optional field, logs a KeyError, and does nothing."""

    bug = "P15"
    caught_by = "receiver.processing.processes-a-delivery-without-its-optional-fields"

    def drops(self, payload):
        return payload["data"]["recipient_name"] is None


class LosesOneInThirty(ReferenceReceiver):
    """Acknowledges every event, and loses one in thirty, whatever it is."""

    bug = "R5"
    caught_by = "receiver.processing.loses-no-acknowledged-event"
    perhaps = OVERLAPPING

    async def process(self, id_, body):
        if zlib.crc32(id_.encode()) % 30:
            await super().process(id_, body)

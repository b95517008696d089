"""Flaws in what an event says."""

# ruff: noqa: RUF012

import time
from datetime import UTC, datetime, timedelta

from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.groups import Anything
from tests.flawed.senders.platforms import ChatApi


class _Written(ReferencePlatform):
    """Writes something else than is documented."""

    def written(self, payload, kind):
        raise NotImplementedError

    def payload(self, maker, kind, text):
        payload = super().payload(maker, kind, text)
        self.written(payload, kind)
        return payload


class QuotesItsNumbers(_Written):
    """Writes the number that counts messages as a text."""

    caught_by = "sender.payload.has-its-documented-member"
    also = {"sender.payload.fits-its-schema", "sender.payload.numbers-the-events"}
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["messageNumber"] = str(message["messageNumber"])


class LeavesOutTheVersion(_Written):
    """Does not say which version of the payload it is."""

    caught_by = {"sender.payload.has-its-documented-member", "sender.payload.fits-its-schema"}

    def written(self, payload, kind):
        del payload["version"]


class WritesOneKindOtherwise(_Written):
    """Has forgotten locations when the payload was changed: their event type is another one."""

    caught_by = "sender.payload.fits-its-schema"
    also = {"sender.payload.has-its-documented-member"}

    def written(self, payload, kind):
        if kind == "location":
            payload["event_type"] = "location_received"


class WrapsTheBody(ReferencePlatform):
    """Puts every event into an array, as if there could be several."""

    caught_by = "sender.payload.fits-its-schema"
    also = {
        "sender.delivery.delivers-each-kind-of-event",
        "sender.payload.gives-each-event-an-id-of-its-own",
        "sender.payload.points-to-a-file-that-is-there",
    }
    perhaps = {
        "sender.fanout.a-slow-endpoint-delays-no-other",
        "sender.fanout.spares-an-endpoint-removed-between-attempts",
        "sender.retry.stops-after-an-acknowledgement",
    }

    def payload(self, maker, kind, text):
        return [super().payload(maker, kind, text)]


class CountsItsIdsByTheMinute(_Written):
    """Makes an event's id of the minute in which it happens: two events of a minute have the same."""

    caught_by = "sender.payload.gives-each-event-an-id-of-its-own"
    also = Anything("overlapping checks take each other's events for their own, since all have one id")

    def written(self, payload, kind):
        payload["event_id"] = f"evt_{time.time() // 600:.0f}"


class WritesAscii(ReferencePlatform):
    """Writes question marks for what is not ASCII."""

    caught_by = "sender.payload.carries-the-text"

    def emit(self, surface, kind, text=None, **more):
        return super().emit(surface, kind, text and text.encode("ascii", "replace").decode(), **more)


class EscapesForPages(ReferencePlatform):
    """Escapes what people write as if it went into a page."""

    caught_by = "sender.payload.carries-the-text"

    def emit(self, surface, kind, text=None, **more):
        return super().emit(surface, kind, text and text.replace("<", "&lt;").replace('"', "&quot;"), **more)


class DatesInItsOwnZone(_Written):
    """Writes its own wall clock's time and says that it is UTC."""

    caught_by = "sender.payload.dates-the-event"

    def written(self, payload, kind):
        payload["timestamp"] = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")


class NumbersFromTheStart(_Written):
    """Starts counting messages anew with every event."""

    caught_by = "sender.payload.numbers-the-events"
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["messageNumber"] = 1


class PointsToNothing(ChatApi):
    """Writes a file's URL before the file is there."""

    caught_by = "sender.payload.points-to-a-file-that-is-there"

    def is_served(self, until):
        return False


class PointsToAPath(ChatApi):
    """Writes a file's path without the host that serves it."""

    caught_by = "sender.payload.points-to-a-file-that-is-there"
    also = {"sender.payload.has-its-documented-member"}

    def media_url(self, name, content, type_):
        return super().media_url(name, content, type_).removeprefix(self.base)


class AcknowledgesWhatComesIn(_Written):
    """Writes an acknowledgement into a message that came in, which has none."""

    caught_by = "sender.payload.leaves-out-what-is-unknown"
    also = {"sender.payload.has-its-documented-member"}
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["ack"] = "delivered"


class ForgetsTheMessageInItsHistory(_Written):
    """Takes history and context before it files the message."""

    caught_by = "sender.payload.repeats-the-message-in-its-history"

    def written(self, payload, kind):
        payload["data"]["conversation_history"] = []
        payload["data"]["conversation_context"]["last_user_message"] = "an earlier one"

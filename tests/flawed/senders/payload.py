"""Flaws in what an event says."""

# ruff: noqa: RUF012

import time
from datetime import UTC, datetime, timedelta

from hookproof.reference.platform import ReferencePlatform


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

    bug = ""
    caught_by = "sender.payload.has-its-documented-member"
    also = None
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["messageNumber"] = str(message["messageNumber"])


class LeavesOutTheVersion(_Written):
    """Does not say which version of the payload it is."""

    bug = ""
    caught_by = {"sender.payload.has-its-documented-member", "sender.payload.fits-its-schema"}
    also = None

    def written(self, payload, kind):
        del payload["version"]


class WritesOneKindOtherwise(_Written):
    """Has forgotten locations when the payload was changed: their event type is another one."""

    bug = ""
    caught_by = "sender.payload.fits-its-schema"
    also = None

    def written(self, payload, kind):
        if kind == "location":
            payload["event_type"] = "location_received"


class WrapsTheBody(ReferencePlatform):
    """Puts every event into an array, as if there could be several."""

    bug = ""
    caught_by = "sender.payload.fits-its-schema"
    also = None

    def payload(self, maker, kind, text):
        return [super().payload(maker, kind, text)]


class CountsItsIdsByTheMinute(_Written):
    """Makes an event's id of the minute in which it happens: two events of a minute have the same."""

    bug = ""
    caught_by = "sender.payload.gives-each-event-an-id-of-its-own"
    also = None

    def written(self, payload, kind):
        payload["event_id"] = f"evt_{time.time() // 600:.0f}"


class WritesAscii(ReferencePlatform):
    """Writes question marks for what is not ASCII."""

    bug = ""
    caught_by = "sender.payload.carries-the-text"
    also = None

    def emit(self, surface, kind, text=None, **more):
        return super().emit(surface, kind, text and text.encode("ascii", "replace").decode(), **more)


class EscapesForPages(ReferencePlatform):
    """Escapes what people write as if it went into a page."""

    bug = ""
    caught_by = "sender.payload.carries-the-text"
    also = None

    def emit(self, surface, kind, text=None, **more):
        return super().emit(surface, kind, text and text.replace("<", "&lt;").replace('"', "&quot;"), **more)


class DatesInItsOwnZone(_Written):
    """Writes its own wall clock's time and says that it is UTC."""

    bug = ""
    caught_by = "sender.payload.dates-the-event"
    also = None

    def written(self, payload, kind):
        payload["timestamp"] = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")


class NumbersFromTheStart(_Written):
    """Starts counting messages anew with every event."""

    bug = ""
    caught_by = "sender.payload.numbers-the-events"
    also = None
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["messageNumber"] = 1


class PointsToNothing(ReferencePlatform):
    """Writes a file's URL before the file is there."""

    bug = ""
    caught_by = "sender.payload.points-to-a-file-that-is-there"
    also = None
    provider = "chatapi"

    def is_served(self, until):
        return False


class PointsToAPath(ReferencePlatform):
    """Writes a file's path without the host that serves it."""

    bug = ""
    caught_by = "sender.payload.points-to-a-file-that-is-there"
    also = None
    provider = "chatapi"

    def media_url(self, name, content, type_):
        return super().media_url(name, content, type_).removeprefix(self.base)


class AcknowledgesWhatComesIn(_Written):
    """Writes an acknowledgement into a message that came in, which has none."""

    bug = ""
    caught_by = "sender.payload.leaves-out-what-is-unknown"
    also = None
    provider = "chatapi"

    def written(self, payload, kind):
        for message in payload.get("messages", []):
            message["ack"] = "delivered"


class ForgetsTheMessageInItsHistory(_Written):
    """Takes history and context before it files the message."""

    bug = ""
    caught_by = "sender.payload.repeats-the-message-in-its-history"
    also = None

    def written(self, payload, kind):
        payload["data"]["conversation_history"] = []
        payload["data"]["conversation_context"]["last_user_message"] = "an earlier one"

"""Flaws in what is delivered when, and as what request."""

from starlette.responses import JSONResponse

from hookproof.reference.api import Refused
from hookproof.reference.platform import ReferencePlatform


class ForgetsLocations(ReferencePlatform):
    """Says that it delivers a location, and does not."""

    bug = ""
    caught_by = "sender.delivery.delivers-each-kind-of-event"
    also = None

    def endpoints_for(self, surface, kind):
        return [] if kind == "location" else super().endpoints_for(surface, kind)


class PollsForEvents(ReferencePlatform):
    """Looks every two seconds for what is to be delivered."""

    bug = ""
    caught_by = "sender.delivery.delivers-soon"
    also = None

    def queue(self, endpoint, surface, kind, id_, body):
        super().queue(endpoint, surface, kind, id_, body)
        waiting = self.store.waiting(endpoint.id, 1000, by="number DESC")[0]
        self.store.postpone(waiting.number, self.now() + 2.0)


class _Headed(ReferencePlatform):
    """Sends other headers."""

    def changed(self, name, value):
        raise NotImplementedError

    def headers(self, outgoing):
        return [(name, self.changed(name, value)) for name, value in super().headers(outgoing)]


class SaysPlainText(_Headed):
    """Sends JSON, and says that it is text."""

    bug = ""
    caught_by = "sender.delivery.names-the-media-type"
    also = None

    def changed(self, name, value):
        return "text/plain" if name == "Content-Type" else value


class DropsTheQuery(ReferencePlatform):
    """Delivers to the path that was registered, and drops the query after it."""

    bug = ""
    caught_by = "sender.delivery.delivers-to-the-registered-url"
    also = None

    async def send(self, method, url, headers, body):
        return await super().send(method, url.partition("?")[0], headers, body)


class DecodesTheQuery(ReferencePlatform):
    """Writes the registered query anew: the plus sign in it becomes a blank."""

    bug = ""
    caught_by = "sender.delivery.delivers-to-the-registered-url"
    also = None

    async def send(self, method, url, headers, body):
        return await super().send(method, url.replace("%2B", "+"), headers, body)


class ShowsItsToken(ReferencePlatform):
    """Sends its own API's token along, as its calls inside the house do."""

    bug = ""
    caught_by = "sender.delivery.gives-no-secret-away"
    also = None

    def headers(self, outgoing):
        return [*super().headers(outgoing), ("Authorization", f"Bearer {self.token.reveal().decode()}")]


class ShowsTheSecret(ReferencePlatform):
    """Sends the signing secret beside the signature, for whoever wants to verify it."""

    bug = ""
    caught_by = "sender.delivery.gives-no-secret-away"
    also = None

    def headers(self, outgoing):
        return [*super().headers(outgoing), ("X-Webhook-Secret", self.secret.reveal().decode())]


class TellsOfWhatIsSent(ReferencePlatform):
    """Delivers messages that the account itself has sent."""

    bug = ""
    caught_by = "sender.delivery.delivers-incoming-messages-only"
    also = None

    async def trigger(self, request):
        body = await self.read_json(request)
        kind = "text" if body["kind"] == "sent" else body["kind"]
        if kind not in self.kinds():
            raise Refused(404, "ERROR_CODE_NOT_FOUND", "there is no such event")
        event = self.emit(self.surface, kind, body.get("text"), base=str(request.base_url))
        return JSONResponse({"event": event}, 202)


class TellsOfTheEndFirst(ReferencePlatform):
    """Keeps back that a message was sent until it has told that the message was delivered."""

    bug = "D21"
    caught_by = "sender.delivery.reports-states-in-their-order"
    also = None
    provider = "chatapi"
    kept = None

    def emit(self, surface, kind, text=None, **more):
        if kind == "sent":
            self.kept = (surface, kind, text)
            return "kept"
        found = super().emit(surface, kind, text, **more)
        if kind == "delivered" and self.kept:
            super().emit(*self.kept, **more)
        return found


class FloodsTheEndpoint(ReferencePlatform):
    """Opens as many requests as there are events."""

    bug = ""
    caught_by = "sender.delivery.keeps-few-requests-open"
    also = None

    def open_allowed(self, endpoint):
        return 10_000

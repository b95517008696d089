"""Flaws in what is delivered when, and as what request."""

# ruff: noqa: RUF012

from starlette.responses import JSONResponse

from hookproof.reference.api import ApiRefusal
from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.senders.platforms import ChatApi


class ForgetsLocations(ReferencePlatform):
    """Says that it delivers a location, and does not."""

    caught_by = "sender.delivery.delivers-each-kind-of-event"

    def endpoints_for(self, surface, kind):
        return [] if kind == "location" else super().endpoints_for(surface, kind)


class PollsForEvents(ReferencePlatform):
    """Looks every two seconds for what is to be delivered."""

    caught_by = "sender.delivery.delivers-soon"

    def queue(self, outgoing):
        super().queue(outgoing)
        waiting = self.store.waiting(outgoing.endpoint, 1000, by="number DESC")[0]
        self.store.postpone(waiting.number, self.now() + 2.0)


class SaysPlainText(ReferencePlatform):
    """Sends JSON, and says that it is text."""

    caught_by = "sender.delivery.names-the-media-type"

    def headers(self, outgoing):
        found = super().headers(outgoing)
        return [(name, "text/plain" if name == "Content-Type" else value) for name, value in found]


class DropsTheQuery(ReferencePlatform):
    """Delivers to the path that was registered, and drops the query after it."""

    caught_by = "sender.delivery.delivers-to-the-registered-url"

    async def send(self, method, url, headers, body):
        return await super().send(method, url.partition("?")[0], headers, body)


class DecodesTheQuery(ReferencePlatform):
    """Writes the registered query anew: the plus sign in it becomes a blank."""

    caught_by = "sender.delivery.delivers-to-the-registered-url"

    async def send(self, method, url, headers, body):
        return await super().send(method, url.replace("%2B", "+"), headers, body)


class ShowsItsToken(ReferencePlatform):
    """Sends its own API's token along, as its calls inside the house do."""

    caught_by = "sender.delivery.gives-no-secret-away"

    def headers(self, outgoing):
        return [*super().headers(outgoing), ("Authorization", f"Bearer {self.token.reveal().decode()}")]


class ShowsTheSecret(ReferencePlatform):
    """Sends the signing secret beside the signature, for whoever wants to verify it."""

    caught_by = "sender.delivery.gives-no-secret-away"

    def headers(self, outgoing):
        return [*super().headers(outgoing), ("X-Webhook-Secret", self.secret.reveal().decode())]


class TellsOfWhatIsSent(ReferencePlatform):
    """Delivers messages that the account itself has sent."""

    caught_by = "sender.delivery.delivers-incoming-messages-only"

    async def trigger(self, request):
        body = await self.read_json(request)
        kind = "text" if body["kind"] == "sent" else body["kind"]
        if kind not in self.kinds():
            raise ApiRefusal(404, "ERROR_CODE_NOT_FOUND", "there is no such event")
        event = self.emit(self.surface, kind, body.get("text"), base=str(request.base_url))
        return JSONResponse({"event": event}, 202)


class TellsOfTheEndFirst(ChatApi):
    """Keeps back that a message was sent until it has told that the message was delivered."""

    bug = "D21"
    caught_by = "sender.delivery.reports-states-in-their-order"
    also = {"sender.delivery.delivers-each-kind-of-event", "sender.settings.delivers-what-is-switched-on"}
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

    caught_by = "sender.delivery.keeps-few-requests-open"

    def open_allowed(self, endpoint):
        return 10_000


class SaysNotWhoItIs(ReferencePlatform):
    """Sends no User-Agent."""

    caught_by = "sender.delivery.names-itself"

    def client(self):
        client = super().client()
        client.headers.pop("User-Agent", None)
        return client

    def headers(self, outgoing):
        return [(name, value) for name, value in super().headers(outgoing) if name != "User-Agent"]


class ReadsWithoutEnd(ReferencePlatform):
    """Keeps the whole answer in memory, however long it is."""

    caught_by = "sender.delivery.reads-no-answer-without-end"

    async def read(self, response):
        return await response.aread()

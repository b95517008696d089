"""Flaws in telling endpoints, channels and providers apart."""

# ruff: noqa: RUF012

import asyncio
import functools
from contextvars import ContextVar

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hookproof import providers
from hookproof.delivery.pointers import identify
from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import OVERLAPPING
from tests.flawed.receivers.surfaces import Waping

MIXED_UP = ContextVar("MIXED_UP", default=False)


class _Channels(ReferenceReceiver):
    """Has two channels of one sort."""

    provider = "pingback"
    parameters = {"surfaces": "telegram", "channels.telegram": "123,124"}


class TakesUnknownChannels(_Channels):
    """Takes deliveries for any channel, and keeps them for one that nobody has set up."""

    caught_by = "receiver.routing.refuses-an-unknown-channel"

    def channel(self, request):
        return request.path_params["channel"]


class TakesDeliveriesForNoChannel(_Channels):
    """Takes deliveries on the path without a channel too, for the first one it has."""

    caught_by = "receiver.routing.refuses-a-missing-channel"

    def routes(self):
        bare = self.place.removesuffix("/{channel}")
        return [*super().routes(), *[Route(path, self.handle, methods=["POST"]) for path in (bare, f"{bare}/")]]

    def channel(self, request):
        return super().channel(request) if request.path_params else "123"


class MakesANumberOfTheChannel(_Channels):
    """Makes a number of the channel's id, and breaks where it is none."""

    bug = "P14"
    caught_by = "receiver.routing.survives-any-channel"

    def channel(self, request):
        int(request.path_params["channel"])
        return super().channel(request)


class QueriesWithTheChannel(_Channels):
    """Puts the channel's id into a query between quotes."""

    caught_by = "receiver.routing.survives-any-channel"

    def channel(self, request):
        self.database.execute(f"SELECT '{request.path_params['channel']}'")
        return super().channel(request)


class GreetsWhoComesByGet(_Channels):
    """Answers 200 to a GET, for whoever wants to see whether it is up."""

    bug = "R10"
    caught_by = "receiver.routing.refuses-get-without-a-challenge"

    def routes(self):
        return [*super().routes(), Route(self.place, self.greet, methods=["GET"])]

    async def greet(self, request):
        return PlainTextResponse("The webhook is up")


class GreetsWhoLacksAChallenge(ReferenceReceiver):
    """Answers 200 to a GET that is no challenge."""

    bug = "C8"
    caught_by = "receiver.routing.refuses-get-without-a-challenge"
    provider = "pingback"
    parameters = {"surfaces": "instagram"}

    async def prove(self, request):
        return await super().prove(request) if request.query_params else PlainTextResponse("OK")


class TakesEventsOfOtherSurfaces(_Channels):
    """Stores whatever has an id somewhere, also an event that belongs to another endpoint."""

    caught_by = "receiver.routing.ignores-an-event-of-another-surface"

    def named(self, payload):
        return super().named(payload) or [
            one.id
            for other in self.surface.provider.surfaces({})
            if other.writing.is_json and other.path != self.surface.path
            for one in identify(payload, other.identities)
        ]


@functools.cache
def _meta():
    """Meta's Cloud API, as PingBack's WhatsApp channel has it."""
    return next(one for one in providers.load("pingback").surfaces({}) if one.name == "whatsapp")


class TakesEventsOfMeta(Waping):
    """Reads payloads of Meta's Cloud API beside those it is made for."""

    caught_by = "receiver.routing.ignores-an-event-of-another-provider"

    def named(self, payload):
        return super().named(payload) or [one.id for one in identify(payload, _meta().identities)]


class BreaksOverEventsOfMeta(Waping):
    """Takes a payload of Meta's Cloud API for its own, and breaks over what is missing there."""

    bug = "P14"
    caught_by = "receiver.routing.ignores-an-event-of-another-provider"

    def check_shape(self, payload):
        if isinstance(payload, dict) and "entry" in payload:
            payload["eventId"]
        super().check_shape(payload)


class KeysWithoutTheChannel(_Channels):
    """Takes the same id on another channel for a retry."""

    bug = "I9"
    caught_by = "receiver.routing.processes-the-same-id-on-two-channels"

    def accept(self, id_, body):
        self.scope = ""
        super().accept(id_, body)


class MixesSurfacesUp(ReferenceReceiver):
    """Keeps in one place which endpoint it works for, and loses what comes while several work for another."""

    bug = "I18"
    caught_by = "receiver.routing.processes-interleaved-surfaces"
    perhaps = OVERLAPPING
    provider = "pingback"
    parameters = {"surfaces": "telegram,x", "channels.telegram": "123", "channels.x": "456"}
    busy = {"telegram": 0, "x": 0}

    async def read(self, request):
        self.busy[self.surface.name] += 1
        await asyncio.sleep(0.03)
        MIXED_UP.set(min(self.busy.values()) > 2)
        self.busy[self.surface.name] -= 1
        return await super().read(request)

    def accept(self, id_, body):
        if not MIXED_UP.get():
            super().accept(id_, body)

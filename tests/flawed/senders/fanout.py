"""Flaws in delivering to several endpoints."""

# ruff: noqa: RUF012

import asyncio
from dataclasses import replace
from functools import cached_property

from starlette.responses import JSONResponse, Response

from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.groups import Anything
from tests.flawed.senders.platforms import StandardWebhooks

ONE_OF_SEVERAL = Anything(
    "it delivers to one of the endpoints that overlapping checks register, and so loses events of others"
)


class KnowsTheLatestOnly(ReferencePlatform):
    """Delivers to the endpoint that was registered last."""

    caught_by = "sender.fanout.delivers-each-event-to-each-endpoint"
    also = ONE_OF_SEVERAL

    def endpoints_for(self, surface, kind):
        return super().endpoints_for(surface, kind)[-1:]


class KnowsTheFirstOnly(ReferencePlatform):
    """Delivers to the endpoint that was registered first."""

    caught_by = "sender.fanout.delivers-each-event-to-each-endpoint"
    also = ONE_OF_SEVERAL

    def endpoints_for(self, surface, kind):
        return super().endpoints_for(surface, kind)[:1]


class DeliversOneByOne(ReferencePlatform):
    """Makes one attempt at a time, whatever the endpoint."""

    bug = "D16"
    caught_by = "sender.fanout.a-slow-endpoint-delays-no-other"
    also = Anything("one silent endpoint holds up the deliveries of whichever checks overlap with it")

    @cached_property
    def only(self):
        return asyncio.Lock()

    async def attempt(self, outgoing):
        async with self.only:
            return await super().attempt(outgoing)


class StaysWithTheDead(ReferencePlatform):
    """Has one worker, which tries an endpoint that is down again and again before it goes on to the next."""

    bug = "D16"
    caught_by = "sender.fanout.a-dead-endpoint-delays-no-other"
    also = Anything("one dead endpoint holds up the deliveries of whichever checks overlap with it")
    options = {"attempts": 1}

    @cached_property
    def worker(self):
        return asyncio.Lock()

    async def attempt(self, outgoing):
        async with self.worker:
            outcome = await super().attempt(outgoing)
            for _ in range(2):
                if outcome and "Connect" in outcome.trouble:
                    await asyncio.sleep(1.5)
                    outcome = await super().attempt(outgoing)
            return outcome


class RegistersTwice(ReferencePlatform):
    """Takes the same URL a second time, and delivers there twice."""

    bug = "M8"
    caught_by = "sender.fanout.delivers-once-when-registered-twice"

    def same_url(self, one, other):
        return False


class NeverRemoves(ReferencePlatform):
    """Says that an endpoint is gone, and goes on delivering to it."""

    bug = "D23"
    caught_by = "sender.fanout.spares-a-removed-endpoint"
    also = {"sender.fanout.spares-an-endpoint-removed-between-attempts"}

    async def remove(self, request):
        self.endpoint(request)
        return Response(status_code=204)


class RetriesForTheRemoved(ReferencePlatform):
    """Sends nothing new to an endpoint that was taken back, but goes on with the retries that are due there."""

    bug = "D23"
    caught_by = "sender.fanout.spares-an-endpoint-removed-between-attempts"

    async def remove(self, request):
        self.store.keep(replace(self.endpoint(request), surface="none"))
        return Response(status_code=204)


class IgnoresTheSwitch(ReferencePlatform):
    """Says that an endpoint is switched off, and goes on delivering to it."""

    caught_by = "sender.fanout.spares-a-disabled-endpoint"

    async def change(self, request):
        endpoint = self.endpoint(request)
        changed = replace(endpoint, enabled=(await self.read_json(request)).get("enabled", True))
        return JSONResponse(self.listed(changed))


class StaysSwitchedOff(ReferencePlatform):
    """Switches an endpoint off and, although it says so, never on again."""

    caught_by = "sender.fanout.spares-a-disabled-endpoint"

    async def change(self, request):
        before = self.endpoint(request)
        answer = await super().change(request)
        if not before.enabled:
            self.store.keep(before)
        return answer


class NeverTakesGoneForAnAnswer(StandardWebhooks):
    """Takes 410 for a failure like any other."""

    caught_by = {"sender.fanout.spares-an-endpoint-that-is-gone", "sender.retry.stops-after-gone"}

    def is_gone(self, outcome):
        return False

"""Flaws in the simulator."""

# ruff: noqa: RUF012

from hookproof.reference.api import wrong
from hookproof.reference.dispatcher import DeliveryOutcome
from tests.flawed.senders.platforms import ChatApi


class SendsNoSample(ChatApi):
    """Says that a sample was acknowledged, and has sent none."""

    caught_by = "api.simulation.sends-a-sample-delivery"
    also = {"api.simulation.shows-the-result"}

    async def sample(self, kind, url):
        return DeliveryOutcome(200)


class HasTwoSamples(ChatApi):
    """Has no sample of a message that was read."""

    caught_by = "api.simulation.offers-three-samples"

    def samples(self):
        return ["message", "delivered"]


class SendsSamplesTwice(ChatApi):
    """Sends every sample twice."""

    caught_by = "api.simulation.sends-each-sample-alone"

    async def sample(self, kind, url):
        await super().sample(kind, url)
        return await super().sample(kind, url)


class SimulatesUnpaid(ChatApi):
    """Simulates for instances that are not paid for."""

    parameters = {"paid": "no"}
    caught_by = "api.simulation.refuses-an-unpaid-instance"

    def paid(self):
        return True


class SaysItWentWell(ChatApi):
    """Says 200 whatever the endpoint has answered."""

    caught_by = "api.simulation.shows-the-result"

    async def sample(self, kind, url):
        await super().sample(kind, url)
        return DeliveryOutcome(200)


class WantsTheAddressAgain(ChatApi):
    """Simulates only where it is told a URL, although the instance has one."""

    caught_by = "api.simulation.offers-the-known-address"

    async def simulate(self, request):
        await request.body()
        if not (await self.read_json(request)).get("webhookUrl"):
            raise wrong("webhookUrl is missing")
        return await super().simulate(request)

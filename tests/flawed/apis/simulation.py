"""Flaws in the simulator."""

# ruff: noqa: RUF012

from hookproof.reference.api import wrong
from hookproof.reference.dispatcher import Outcome
from hookproof.reference.platform import ReferencePlatform


class _Simulating(ReferencePlatform):
    """A platform with a simulator."""

    provider = "chatapi"


class SendsNoSample(_Simulating):
    """Says that a sample was acknowledged, and has sent none."""

    bug = ""
    caught_by = "api.simulation.sends-a-sample-delivery"
    also = None

    async def sample(self, kind, url):
        return Outcome(200)


class HasTwoSamples(_Simulating):
    """Has no sample of a message that was read."""

    bug = ""
    caught_by = "api.simulation.offers-three-samples"
    also = None

    def samples(self):
        return ["message", "delivered"]


class SendsSamplesTwice(_Simulating):
    """Sends every sample twice."""

    bug = ""
    caught_by = "api.simulation.sends-each-sample-alone"
    also = None

    async def sample(self, kind, url):
        await super().sample(kind, url)
        return await super().sample(kind, url)


class SimulatesUnpaid(_Simulating):
    """Simulates for instances that are not paid for."""

    bug = ""
    parameters = {"paid": "no"}
    caught_by = "api.simulation.refuses-an-unpaid-instance"
    also = None

    def paid(self):
        return True


class SaysItWentWell(_Simulating):
    """Says 200 whatever the endpoint has answered."""

    bug = ""
    caught_by = "api.simulation.shows-the-result"
    also = None

    async def sample(self, kind, url):
        await super().sample(kind, url)
        return Outcome(200)


class WantsTheAddressAgain(_Simulating):
    """Simulates only where it is told a URL, although the instance has one."""

    bug = ""
    caught_by = "api.simulation.offers-the-known-address"
    also = None

    async def simulate(self, request):
        await request.body()
        if not (await self.read_json(request)).get("webhookUrl"):
            raise wrong("webhookUrl is missing")
        return await super().simulate(request)

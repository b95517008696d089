"""What a run does with a platform before the first check: is anybody there, and does one event come through?"""

from __future__ import annotations

from hookproof.sender.own_endpoints import OwnEndpoints
from hookproof.sender.sender import Sender
from hookproof.sender.sender_evidence import SenderEvidence
from hookproof.target.check_key import of_the_run
from hookproof.target.sending_platform import SendingPlatform


async def greet(platform: SendingPlatform) -> str:
    """Register the main endpoint and have one event delivered; what went wrong, in words, or nothing.

    Raises Inconclusive if the platform is not there, does not take the endpoint, or delivers nothing.
    """
    platform.begin()
    platform.settings = dict(platform.fields.settings)
    sender = Sender(platform, of_the_run(platform.name))
    platform.main = await sender.register()
    series = await sender.trigger(endpoint=platform.main)
    evidence = SenderEvidence(platform, of_the_run(platform.name), sender.documented)
    await OwnEndpoints(platform, sender.documented, evidence).fill_the_pool()
    return "" if series.first.outcome != "open" else f"the first delivery never ended: {series}"


async def knock(platform: SendingPlatform) -> None:
    """See that somebody answers. Raises Inconclusive if not."""
    await platform.call("GET", f"{platform.base}/", of_the_run(platform.name), label="is anybody there")

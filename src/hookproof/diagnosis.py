"""Finding out, by trying, which known mistake is behind a wrong answer to a signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from hookproof.differences import Difference, differing
from hookproof.forensics import body_recipes, explain_acceptance, suspects
from hookproof.model import Attempt, Delivery, Manner

Send = Callable[[Delivery], Awaitable[Attempt]]


async def diagnose(attempts: Sequence[Attempt], send: Send, make: Callable[[], Delivery]) -> str:
    """Name the likely bug behind these attempts, by sending more; empty when no known recipe explains it."""
    for attempt in attempts:
        delivery = attempt.delivery
        genuine = delivery.seal and not delivery.seal.foreign and delivery.signature == delivery.seal.value
        genuine = genuine and delivery.seal is not None and delivery.seal.over == delivery.body
        if genuine and attempt.rejected and attempt.manner == Manner():
            return await _try_suspects(delivery, send)
        if not genuine and attempt.acknowledged and delivery.method == "POST" and delivery.signer:
            nonsense = await send(make().with_signature("0" * 64, "forensics"))
            return (
                "the receiver takes any signature: it verifies nothing"
                if nonsense.acknowledged
                else (explain_acceptance(delivery))
            )
    return ""


async def _try_suspects(delivery: Delivery, send: Send) -> str:
    for mistake, suspect in suspects(replace(delivery, label="forensics")):
        if (await send(suspect)).acknowledged:
            return f"the receiver {mistake}"
    return ""


def mistaken_for(cause: str, attempts: Sequence[Attempt]) -> list[Difference]:
    """Where the bytes that were sent and those that a receiver took for them, by the cause named, first differ."""
    for attempt in attempts:
        for name, text in body_recipes(attempt.delivery.body) if attempt.delivery.signer and cause else ():
            if f" {name} instead of the bytes sent" in cause:
                return differing(f"the body sent, and {name}", attempt.delivery.body, text)
    return []

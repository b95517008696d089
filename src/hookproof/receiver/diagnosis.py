"""Finding out, by trying, which known mistake is behind a wrong answer to a signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hookproof.delivery.attempt import Attempt, Manner
from hookproof.delivery.model import Delivery
from hookproof.evidence.differences import Difference, differing
from hookproof.evidence.forensics import body_recipes, explain_acceptance, suspects

Send = Callable[[Delivery], Awaitable[Attempt]]


@dataclass(frozen=True)
class Diagnosis:
    """The likely bug in words, empty if none is known; `recipe` names the bytes that were taken for those sent."""

    cause: str = ""
    recipe: str = ""

    def differences(self, attempts: Sequence[Attempt]) -> list[Difference]:
        """Where the bytes that were sent and those that the receiver took for them first differ."""
        for attempt in attempts:
            body = attempt.delivery.body
            for name, text in body_recipes(body) if attempt.delivery.signer and self.recipe else ():
                if name == self.recipe:
                    return differing(f"the body sent, and {name}", body, text)
        return []


async def diagnose(attempts: Sequence[Attempt], send: Send, make: Callable[[], Delivery]) -> Diagnosis:
    """Name the likely bug behind these attempts, by sending more."""
    for attempt in attempts:
        delivery = attempt.delivery
        if delivery.well_signed and attempt.rejected and attempt.manner == Manner():
            return await _try_suspects(delivery, send)
        if not delivery.well_signed and attempt.acknowledged and delivery.method == "POST" and delivery.signer:
            nonsense = await send(make().with_signature(delivery.wrong_signature, "forensics"))
            if nonsense.acknowledged:
                return Diagnosis("the receiver takes any signature: it verifies nothing")
            return Diagnosis(await _way_in(delivery, send, make) or explain_acceptance(delivery))
    return Diagnosis()


async def _way_in(forged: Delivery, send: Send, make: Callable[[], Delivery]) -> str:
    """What lets a forgery in where a plain one is refused, or a signature over other bytes beside the right ones."""
    if not forged.signature or (forged.seal and forged.seal.foreign):
        plain = make()
        plain = plain.signed("forensics", secret=b"another secret") if forged.signature else plain.unsigned()
        if not (await send(plain)).acknowledged:
            return f"it verifies plain deliveries, and not what comes as this one: {forged.label}"
        return ""
    cause = explain_acceptance(forged)
    if "would sign" in cause and (await send(make().reformatted())).acknowledged:
        name = cause.removeprefix("it accepts what ").partition(" would sign")[0]
        return f"it accepts either: a signature over the bytes received, or one over {name}"
    return ""


async def _try_suspects(delivery: Delivery, send: Send) -> Diagnosis:
    for suspect in suspects(delivery):
        if (await send(suspect.delivery)).acknowledged:
            return Diagnosis(f"the receiver {suspect.mistake}", suspect.recipe)
    return Diagnosis()

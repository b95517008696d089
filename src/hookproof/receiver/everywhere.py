"""All endpoints of one provider at the same time, and all channels of one endpoint."""

from __future__ import annotations

import asyncio
import contextlib

from hookproof.cases import channels
from hookproof.delivery.model import Delivery
from hookproof.receiver.attempts import Attempts
from hookproof.receiver.effects import Effects
from hookproof.receiver.receiver import Receiver
from hookproof.verdict import Inconclusive, Reason


class Everywhere:
    """The endpoints beside the one that a check is about; what it does there is recorded under its name too."""

    def __init__(self, receiver: Receiver) -> None:
        here = receiver.target
        self._here = here
        self._receivers = [Receiver(target, receiver.record) for target in (here, *here.siblings)]

    async def send_at_once(self, each: int) -> Attempts:
        """So many fresh deliveries to every endpoint of the provider, all at the same time."""
        groups = await asyncio.gather(*(one.send_at_once(one.make_many(each)) for one in self._receivers))
        return Attempts(tuple(attempt for group in groups for attempt in group))

    async def effects(self, attempts: Attempts) -> Effects:
        """Effects of what was acknowledged, each counted by its own endpoint's observer.

        Endpoints where nothing can be counted are left out. Raises Inconclusive if fewer than two are left.
        """
        counts: dict[str, int] = {}
        counted = 0
        for one in self._receivers:
            mine = [each for each in attempts if each.url == one.target.endpoint.url and each.acknowledged]
            with contextlib.suppress(Inconclusive):
                counts |= (await one.effects(*[each.delivery for each in mine])).counts
                counted += 1
        if counted < 2:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "effects can be counted at fewer than two endpoints")
        return Effects(counts, len(attempts))

    def channels(self, delivery: Delivery) -> list[Delivery]:
        """The event to each of the first two channels that the user named. Raises Inconclusive if there is one only."""
        copies = [case(delivery) for case in channels.own_channels(self._here.maker).values()]
        if len(copies) < 2:
            text = f"one channel only; name two with --set {self._here.maker.surface.fields.needs[0]}=ID,ID"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return copies[:2]

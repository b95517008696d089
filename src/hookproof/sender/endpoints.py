"""Endpoints that are registered: several at once, slow or down, taken back, switched off, challenged, not trusted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from hookproof import listings
from hookproof.arrivals import OK, Answer, Arrival, Series
from hookproof.fields import CallFields
from hookproof.model import Attempt
from hookproof.platform import Place
from hookproof.sender.following import FAILING, TICK_S
from hookproof.sender.scenes import Scenes
from hookproof.verdict import Inconclusive, Reason


class Sender(Scenes):
    """What the checks in suites/sender use."""

    async def places(self, count: int) -> list[Place]:
        """So many registered places."""
        return [await self.place() for _ in range(count)]

    async def to_each(self, first: Place, second: Place) -> tuple[Series, Series]:
        """One event, as it came to two places."""
        begun = await self.begin(OK, place=first)
        found = []
        for place in (first, second):
            try:
                found.append(await self.follow((place, begun[1])))
            except Inconclusive:
                found.append(Series(f"an event at {place.url}", (), self.patience_s))
        main = self._platform.main
        if not any(series.count for series in found) and not (main and main.of(begun[1])):
            raise Inconclusive(Reason.CONTROL_FAILED, "no endpoint got the event")
        return found[0], found[1]

    @property
    def held_s(self) -> float:
        """How long a slow endpoint takes: well within the deadline, and much longer than anything else does."""
        return max(0.6 * self.deadline_s, 3.0)

    async def delay_beside(self, answer: Answer | None) -> float:
        """By how much events to one endpoint are later at most while another answers so, or is down with None."""
        place = await self.place()
        usual_s = max([await self._delay_s(place, {place.url: (OK,)}) for _ in range(2)])
        beside = await self.place(door := await self.door() if answer is None else None)
        if door:
            await door.shut()
        scripts: dict[str, Sequence[Answer]] = {beside.url: (answer or OK,), place.url: (OK,)}
        return max([await self._delay_s(place, scripts) for _ in range(4)]) - usual_s

    async def _delay_s(self, place: Place, scripts: dict[str, Sequence[Answer]]) -> float:
        """Seconds until an event comes to that place; patience if it does not."""
        trigger = self._platform.make_trigger()
        self._triggers.append(trigger)
        trigger.scripts = scripts
        await self._platform.emit(trigger, self._item)
        with contextlib.suppress(Inconclusive):
            return (await self.follow((place, trigger))).first.at_s - trigger.asked_s
        return self.patience_s

    async def registered_twice(self) -> Series:
        """An event to a URL that was registered a second time."""
        place = await self.place()
        again = await self._platform.register(place, self._item)
        self._calls.append(again)
        return await self.watched(OK, place=place)

    def _id_of(self, place: Place) -> str:
        """The id under which a place was registered. Raises Inconclusive if the answer names none."""
        found = listings.id_of(listings.read(place.registration.exchange.body)) if place.registration else ""
        if not found:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the answer to a registration names no id: {place.registration}")
        return found

    async def _ask(self, call: CallFields | None, place: Place, **change: Any) -> Attempt:
        """Call something that is done with an endpoint. Raises Inconclusive where the platform does not do it."""
        assert call, "only providers with such a call are judged by it"
        made = await self._platform.operate(call, self._item, more=change, id=self._id_of(place))
        self._calls.append(made)
        if not made.succeeded:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform does not do it: {made}")
        return made

    async def after_removal(self) -> list[Arrival]:
        """What comes to an endpoint that was taken back after it had got an event."""
        place = await self.place()
        await self.series(OK, place=place)
        await self._ask(self._platform.fields.remove, place)
        return await self.anything(place=place)

    async def removal_between_attempts(self) -> tuple[Series, list[Arrival]]:
        """An event that fails until its endpoint is taken back, and what comes after that."""
        place = await self.place()
        begun = await self.begin(FAILING, place=place)
        await self.follow(begun)
        await self._ask(self._platform.fields.remove, place)
        await asyncio.sleep(0.3)  # an attempt that was on its way
        count = len(place.of(begun[1]))
        series = await self._follow(begun, count + 1)
        if series.count == count and not series.sure:
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, str(series))
        return series, list(series.arrivals[count:])

    async def switched_off_and_on(self) -> tuple[list[Arrival], Series]:
        """What comes to an endpoint while it is switched off, and once it is on again."""
        place = await self.place()
        await self.series(OK, place=place)
        member, on = await self._switch_of(place)
        await self._ask(
            self._platform.fields.change,
            place,
            **{member: False if on is True else "disabled" if on == "enabled" else "inactive"},
        )
        while_off = await self.anything(place=place)
        await self._ask(self._platform.fields.change, place, **{member: on})
        begun = await self.begin(OK, place=place)
        try:
            return while_off, await self.follow(begun)
        except Inconclusive:
            return while_off, Series("an event after that", (), self.patience_s)

    async def _switch_of(self, place: Place) -> tuple[str, Any]:
        """The member of a listed endpoint that says that it is on."""
        call = self._platform.fields.listing
        assert call, "only providers with such a call are judged by it"
        listed = await self._platform.operate(call, self._item)
        entry = listings.entry(listings.read(listed.exchange.body), place.url)
        for member in self._platform.fields.switch if entry else ():
            if entry.get(member) in (True, "enabled", "active"):
                return member, entry[member]
        raise Inconclusive(Reason.NOT_TRIGGERED, "no member of a listed endpoint switches it off")

    async def tested(self) -> Arrival:
        """The sample delivery that an endpoint was asked for. Raises Inconclusive where there is none to ask for."""
        async with self._platform.alone:  # a sample has no token of ours
            return await self._tested(await self.own_place())

    async def _tested(self, place: Place) -> Arrival:
        known = len(place.arrivals)
        made = await self._ask(self._platform.fields.test, place)
        ends_s = self._platform.inbox.now_s + self.patience_s
        while self._platform.inbox.now_s < ends_s:
            fresh = [arrival for trigger, arrival in place.arrivals[known:] if trigger is None and arrival.over]
            if fresh:
                return self._noted(fresh[:1])[0]
            await asyncio.sleep(TICK_S)
        raise Inconclusive(Reason.NOT_TRIGGERED, f"no sample came: {made}")

    async def place_with_a_query(self) -> Place:
        """A place whose URL has a query; the account's only one where there is but one."""
        if self._platform.fields.single:
            return await self.own_place()
        return await self.place(query="?tenant=a%20b&plus=1%2B1")

    async def challenged(self) -> Place:
        """A place that was registered and had to prove itself."""
        return await self.place()

    async def refusing(self) -> Place:
        """A place that refused to prove itself when it was registered."""
        return await self.place(refuses_challenges=True)

    async def behind_an_untrusted_certificate(self) -> list[Arrival]:
        """What comes to an endpoint whose certificate nobody vouches for; nothing if it cannot be registered."""
        place = await self.place(await self.untrusted_door())
        trigger = self._platform.make_trigger()
        self._triggers.append(trigger)
        await self._platform.emit(trigger, self._item)
        await asyncio.sleep(max(2.0, self.quiet_s))
        return self._noted([arrival for _, arrival in place.arrivals] + place.challenges)

    @property
    def in_production(self) -> bool:
        """Whether the platform is said to be a production environment."""
        return self._platform.surface.parameters.get("mode") == "production"

    async def over_plain_http(self) -> list[Arrival]:
        """What comes to an endpoint that was registered with a plain http URL."""
        place = self._platform.make_place()
        place.url = place.url.replace("https:", "http:", 1)
        made = await self._platform.register(place, self._item)
        self._calls.append(made)
        if made.answered and not made.succeeded:
            return []
        return await self.anything(place=place)

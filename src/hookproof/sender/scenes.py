"""Situations that a sender is put into: endpoints that are down, slow, gone or elsewhere, and many events at once."""

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
from hookproof.sender.reading import Reading
from hookproof.verdict import Inconclusive, Reason

APART_S = 0.25
"""Connections that come together are one attempt: some clients try again at once when TLS fails."""


class Scenes(Reading):
    """Compound situations, each of which one or two checks look at."""

    @property
    def most_attempts_allowed(self) -> int:
        return self._platform.fields.most_attempts

    @property
    def most_open_allowed(self) -> int:
        return self._platform.fields.most_open

    @property
    def quiet_s(self) -> float:
        """How long nothing must come, that nothing will: several times as long as the slowest delivery so far took."""
        return min(self.patience_s, max(1.0, min(3.0, 3 * self._platform.slowest_s + 0.5)))

    # -- quiet ----------------------------------------------------------------------------------------------------

    async def anything(self, kind: str = "", place: Place | None = None) -> list[Arrival]:
        """What comes of an event of that kind, or to that place, in a few seconds; nothing if it is refused."""
        platform = self._platform
        place = place or platform.main or await self.own_place()
        trigger = platform.make_trigger(kind)
        async with platform.alone_with(trigger):
            self._triggers.append(trigger)
            try:
                await platform.emit(trigger, self._item)
            except Inconclusive as refused:
                if refused.reason is not Reason.NOT_TRIGGERED:
                    raise
                return []
            finally:
                self._calls += [trigger.call] if trigger.call else []
            ends_s = platform.inbox.now_s + self.quiet_s
            while platform.inbox.now_s < ends_s and not self._of(place, trigger):  # noqa: ASYNC110 (time is up too)
                await asyncio.sleep(TICK_S)
        return self._noted(self._of(place, trigger))

    async def switched_off(self, kind: str) -> list[Arrival]:
        """What comes of an event of that kind; all that can be switched off are asked for at once, before."""

        async def all_at_once() -> int:
            platform, place = self._platform, await self.own_place()
            before = len(place.arrivals)
            for each in dict.fromkeys(each for kinds in platform.fields.switches.values() for each in kinds):
                trigger = platform.make_trigger(each)
                with contextlib.suppress(Inconclusive):
                    await platform.emit(trigger, self._item)
            await asyncio.sleep(self.quiet_s)
            return len(place.arrivals) - before

        return await self.anything(kind) if await self.shared("switched off", all_at_once) else []

    def _noted(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        for arrival in arrivals:
            self._platform.record(arrival, self._item, "an attempt that should not be")
        if arrivals:
            self._seen.append(Series("what came", tuple(arrivals)))
        return list(arrivals)

    # -- redirects, refusals, drips ---------------------------------------------------------------------------------

    async def redirected(self, status: int) -> tuple[Series, list[Arrival]]:
        """An event whose first attempt is redirected to another place of ours; what came there."""

        async def make() -> tuple[Series, list[Arrival]]:
            elsewhere = self._platform.make_place()
            answer = Answer(status, headers=(("Location", elsewhere.url),))
            series = await self.series(answer, OK)
            return series, [arrival for _, arrival in elsewhere.arrivals] + elsewhere.challenges

        series, elsewhere = await self.shared(f"redirect {status}", make)
        self._seen.append(series)
        return series, self._noted(elsewhere)

    async def after_refusals(self) -> Series:
        """An event whose endpoint refuses connections at first, and is there a little later."""
        door = await self.door()
        place = await self.place(door)
        await door.shut()
        begun = await self.begin(OK, place=place)
        await asyncio.sleep(min(0.6, self._platform.gaps.get(1, 0.6)))
        await door.open()
        try:
            return await self.follow(begun)
        except Inconclusive as nothing:
            if self.patience_s < self._platform.first_retry_s:
                raise
            text = str(nothing)
            raise AssertionError(f"connections were refused at first; {text}") from None

    async def tls_failures(self) -> list[float]:
        """When the sender tried an endpoint that is registered with https and does not speak TLS, in seconds."""
        door = await self.door()
        door.url = door.url.replace("http:", "https:", 1)
        place = await self.place(door)
        begun = await self.begin(OK, place=place)
        while self._platform.inbox.now_s < begun[1].asked_s + self.patience_s:
            if door.connected and self.apart(door.connected):
                break
            await asyncio.sleep(TICK_S)
        if not door.connected:
            raise Inconclusive(Reason.CONTROL_FAILED, "the sender made no connection")
        if self.patience_s < self._platform.first_retry_s and not self.apart(door.connected):
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, f"one attempt in {self.patience_s:g} s")
        return door.connected

    def apart(self, moments: Sequence[float]) -> bool:
        """Whether these were more attempts than one."""
        return moments[-1] - moments[0] > APART_S

    async def dripping(self) -> Series:
        """An event whose first attempt gets an answer a byte at a time, for much longer than the deadline."""
        every_s = max(0.1, self.deadline_s / 20)
        return await self.series(Answer(200, b"." * 60, drip_s=every_s), OK)

    async def over_a_restart(self) -> Series:
        """An event that failed, and a restart of the platform before its next attempt."""
        begun = await self.begin(FAILING, FAILING, OK)
        first = await self.follow(begun)
        if not first.count:
            return first
        await self.restart()
        series = await self._follow(begun, first.count + 1)
        if series.count <= first.count and not series.sure:
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, str(series))
        return series

    # -- several endpoints ------------------------------------------------------------------------------------------

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

    async def delays_beside(self, answer: Answer | None) -> list[float]:
        """How long events take to one endpoint while another answers so, or is down with None."""
        beside = await self.place(door := await self.door() if answer is None else None)
        if door:
            await door.shut()
        place = await self.place()
        delays = []
        for _ in range(4):
            trigger = self._platform.make_trigger()
            self._triggers.append(trigger)
            trigger.scripts = {beside.url: (answer or OK,), place.url: (OK,)}
            await self._platform.emit(trigger, self._item)
            series = await self.follow((place, trigger))
            delays.append(series.first.at_s - trigger.asked_s)
        return delays

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

    async def _remove(self, place: Place) -> Attempt:
        """Take an endpoint back. Raises Inconclusive where the platform cannot."""
        call = self._platform.fields.remove
        assert call, "only providers with such a call are judged by it"
        made = await self._platform.operate(call, self._item, id=self._id_of(place))
        self._calls.append(made)
        if not (made.answered and (made.status or 0) // 100 == 2):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform takes no endpoint back: {made}")
        return made

    async def after_removal(self) -> list[Arrival]:
        """What comes to an endpoint that was taken back after it had got an event."""
        place = await self.place()
        await self.series(OK, place=place)
        await self._remove(place)
        return await self.anything(place=place)

    async def removal_between_attempts(self) -> tuple[Series, list[Arrival]]:
        """An event that fails until its endpoint is taken back, and what comes after that."""
        place = await self.place()
        begun = await self.begin(FAILING, place=place)
        await self.follow(begun)
        await self._remove(place)
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
        await self._change(place, {member: False if on is True else "disabled" if on == "enabled" else "inactive"})
        while_off = await self.anything(place=place)
        await self._change(place, {member: on})
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

    async def _change(self, place: Place, change: dict[str, Any]) -> None:
        call = self._platform.fields.change
        assert call, "only providers with such a call are judged by it"
        made = await self._platform.operate(call, self._item, more=change, id=self._id_of(place))
        self._calls.append(made)
        if not (made.answered and (made.status or 0) // 100 == 2):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform changes no endpoint: {made}")

    async def tested(self) -> Arrival:
        """The sample delivery that an endpoint was asked for. Raises Inconclusive where there is none to ask for."""
        call, place = self._platform.fields.test, await self.own_place()
        assert call, "only providers with such a call are judged by it"
        async with self._platform.alone:  # a sample has no token of ours
            return await self._tested(call, place)

    async def _tested(self, call: CallFields, place: Place) -> Arrival:
        known = len(place.arrivals)
        made = await self._platform.operate(call, self._item, id=self._id_of(place))
        self._calls.append(made)
        if not (made.answered and (made.status or 0) // 100 == 2):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform sends no sample: {made}")
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
        place = self._platform.make_place()
        place.url += "?tenant=a%20b&plus=1%2B1"
        self._places.append(place)
        made = await self._platform.register(place, self._item)
        self._calls.append(made)
        if not (made.answered and (made.status or 0) // 100 == 2):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"the platform does not register it: {made}")
        return place

    # -- many events ----------------------------------------------------------------------------------------------

    async def burst(self, answer: Answer, count: int) -> int:
        """How many requests are open at the same time at most when so many events happen at once."""
        place = await self.own_place()
        begun = await asyncio.gather(*(self.begin(answer, place=place) for _ in range(count)))
        seen = [await self.follow(one) for one in begun]
        return self.most_open([arrival for series in seen for arrival in series.arrivals])

    async def twins(self, count: int) -> list[Arrival]:
        """The first attempts of so many events that are asked for at once and say the same."""
        begun = await asyncio.gather(*(self.begin(OK, text="the same text") for _ in range(count)))
        return [(await self.follow(one)).first for one in begun]

    async def order(self, count: int, answer: Answer) -> tuple[list[int], list[int]]:
        """The order in which events were asked for, and in which they came."""
        begun = [await self.begin(answer) for _ in range(count)]
        seen = [await self.follow(one) for one in begun]
        came = sorted(range(count), key=lambda number: seen[number].first.at_s)
        return list(range(count)), came

    async def states(self) -> list[str]:
        """The states of one thing in the order in which they came, each asked for in turn."""
        kinds = self._platform.surface.fields.states[0].kinds
        arrivals = [(kind, (await self._sample(kind)).first) for kind in kinds]
        return [kind for kind, _ in sorted(arrivals, key=lambda pair: pair[1].at_s)]

    def rank(self, kind: str) -> int:
        """How far a state is along."""
        return self._platform.surface.fields.states[0].kinds.index(kind)

    # -- handshakes and transport -----------------------------------------------------------------------------------

    async def challenged(self) -> Place:
        """A place that was registered and had to prove itself."""
        return await self.place()

    async def refusing(self) -> Place:
        """A place that refused to prove itself when it was registered."""
        return await self.place(refuses_challenges=True)

    async def behind_an_untrusted_certificate(self) -> list[Arrival]:
        """What comes to an endpoint whose certificate nobody vouches for; nothing if it cannot be registered."""
        door = await self.untrusted_door()
        place = self._platform.make_place(door)
        made = await self._platform.register(place, self._item)
        self._calls.append(made)
        if not (made.answered and (made.status or 0) // 100 == 2):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an https URL of ours is not registered: {made}")
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
        made = await self._platform.register(place, self._item)
        self._calls.append(made)
        if made.answered and (made.status or 0) // 100 != 2:
            return []
        return await self.anything(place=place)

    async def files(self) -> dict[str, str]:
        """For every kind of event with a file that is emitted, what is wrong with the file; nothing if it is there."""
        found = {}
        for arrival in await self.samples():
            kind = self.kind_of(arrival)
            if not self._platform.maker.surface.events[kind].points_to_a_file:
                continue
            urls = self.file_urls(arrival, kind)
            found[kind] = await self._fetched(urls[0]) if urls else f"no absolute URL where the file belongs: {arrival}"
        return found

    async def _fetched(self, url: str) -> str:
        """What is wrong with what a URL from an event answers."""
        try:
            made = await self._platform.call("GET", url, self._item, label="fetch the file")
        except Inconclusive as gone:  # its host may be known where the platform runs, and not here
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"{url}: {gone}") from None
        self._calls.append(made)
        return "" if made.answered and made.status == 200 and made.exchange.body else f"{url}: {made}"

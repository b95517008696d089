"""Situations that a sender is put into: failures of every sort, a restart, silence, and many events at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from hookproof.arrivals import OK, Answer, Arrival, Series
from hookproof.platform import Place
from hookproof.pointers import leaves
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
        begun = await self.begin(FAILING)
        await self.follow(begun)
        await self.restart()
        before = len(self._of(*begun))
        begun[1].scripts = dict.fromkeys(begun[1].scripts, (OK,))
        series = await self._follow(begun, before + 1)
        if series.count == before and not series.sure:
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, str(series))
        return replace(series, arrivals=(series.first, *series.arrivals[before:]), label=f"{series.label}, restarted")

    # -- many events ----------------------------------------------------------------------------------------------

    async def burst(self, answer: Answer, count: int) -> int:
        """How many requests are open at the same time at most when so many events happen at once."""
        place = await self.own_place()
        begun = await asyncio.gather(*(self.begin(answer, place=place) for _ in range(count)))
        ends_s = self._platform.inbox.now_s + self.patience_s
        while self._platform.inbox.now_s < ends_s:  # who sends one after the other need not get through
            seen = [arrival for one in begun for arrival in self._of(*one)]
            if len(seen) >= count and all(arrival.over for arrival in seen):
                break
            await asyncio.sleep(TICK_S)
        if not seen:
            raise Inconclusive(Reason.CONTROL_FAILED, "none of these events was delivered")
        return self.most_open([arrival for arrival in seen if arrival.over])

    async def twins(self, count: int) -> list[Arrival]:
        """The attempts of so many events that are asked for at once, in the very same words."""
        place, trigger = await self.begin(OK)
        await asyncio.gather(*(self._platform.emit(trigger, self._item) for _ in range(count - 1)))
        series = await self._follow((place, trigger), count)
        return list(series.arrivals)

    async def order(self, count: int, answer: Answer) -> tuple[list[int], list[int]]:
        """The order in which events were asked for, and in which they came."""
        begun = [await self.begin(answer) for _ in range(count)]
        seen = [await self.follow(one) for one in begun]
        came = sorted(range(count), key=lambda number: seen[number].first.at_s)
        return list(range(count)), came

    @property
    def states_in_order(self) -> list[str]:
        """The states of one thing, oldest first."""
        return self._platform.surface.fields.states[0].kinds

    async def states(self) -> list[str]:
        """The states as they came, by what the deliveries say; none was waited for before the next was asked for."""
        platform, place = self._platform, await self.own_place()
        async with platform.alone:
            known = len(place.arrivals)
            for kind in self.states_in_order:
                await platform.emit(platform.make_trigger(kind), self._item)
            ends_s = platform.inbox.now_s + self.patience_s
            while platform.inbox.now_s < ends_s:
                fresh = [arrival for _, arrival in place.arrivals[known:] if self.state_of(arrival)]
                if len(fresh) >= len(self.states_in_order):
                    break
                await asyncio.sleep(TICK_S)
        return [self.state_of(arrival) for arrival in fresh]

    def state_of(self, arrival: Arrival) -> str:
        """Which state a delivery tells of; empty if of none."""
        said, surface = dict(leaves(arrival.payload)), self._platform.surface
        told = ((kind, surface.telling(kind, self.states_in_order)) for kind in self.states_in_order)
        return next((kind for kind, words in told if words and words.items() <= said.items()), "")

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

"""Asking a sender for events, answering their attempts by a script, and seeing how each goes on."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, TypeVar

from hookproof.arrivals import OK, Answer, Arrival, Series
from hookproof.backoff import Backoff, classify
from hookproof.differences import Difference
from hookproof.inbox import Door
from hookproof.model import Attempt
from hookproof.platform import Place, Platform, Trigger
from hookproof.requests import reproduce_calls
from hookproof.restart import restarted
from hookproof.verdict import Inconclusive, Reason

T = TypeVar("T")
TICK_S = 0.04
FAILING = Answer(500)
SILENT = Answer(end="silent")
MOST_SEEN = 60
POOL = 5
"""How many places share the events that are not acknowledged at once."""


class Following:
    """Events of one check, from the moment they are asked for to the last attempt. Many at a time."""

    ok, failing, silent = OK, FAILING, SILENT

    def __init__(self, platform: Platform, item: dict[str, Any]) -> None:
        self._platform, self._item = platform, item
        self._seen: list[Series] = []
        self._calls: list[Attempt] = []
        self._places: list[Place] = []
        self._triggers: list[Trigger] = []
        self.differences: list[Difference] = []

    # -- places and events ----------------------------------------------------------------------------------------

    @property
    def deadline_s(self) -> float:
        return self._platform.promise.deadline_s

    @property
    def patience_s(self) -> float:
        return self._platform.patience_s

    async def place(self, door: Door | None = None, *, refuses_challenges: bool = False, query: str = "") -> Place:
        """A registered URL of this check's own. Raises Inconclusive when the platform does not take it."""
        platform = self._platform
        place = platform.make_place(door, refuses_challenges=refuses_challenges)
        place.url += query
        self._places.append(place)
        made = await platform.register(place, self._item)
        self._calls.append(made)
        if not (refuses_challenges or made.succeeded):
            platform.places.remove(place)
            text = f"the platform does not register an inbox of ours: {made}{self._hint(made)}"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return place

    def _hint(self, made: Attempt) -> str:
        """What to type instead, where a registration was refused."""
        if made.status in (401, 403) and not self._platform.token:
            return f"; put the API's token in ${self._platform.token_env}"
        return "; --public-url says by what URL it reaches us" if made.status in (400, 403, 422) else ""

    async def own_place(self, answers: Sequence[Answer] = ()) -> Place:
        """Where this check's events go. What is not acknowledged at once disturbs few others: it has places of its own.

        Every place gets every event, so there cannot be one for each check; an account may have but one at all.
        """
        platform = self._platform
        assert platform.main, "the preflight registers it"
        plain = all(answer.end == "whole" and answer.status // 100 == 2 and not answer.wait_s for answer in answers)
        if platform.fields.single or (plain and platform.main):
            return platform.main
        if not self._places:
            async with platform.pooling:
                if len(platform.pool) < POOL:
                    with contextlib.suppress(Inconclusive):
                        platform.pool.insert(0, await self.place())
                place = platform.pool.pop(0) if platform.pool else platform.main
                platform.pool.append(place)
            self._places = [place]
        return self._places[0]

    async def door(self, *, tls: ssl.SSLContext | None = None) -> Door:
        """Another port of ours. Raises Inconclusive where the platform reaches us through --public-url alone."""
        if self._platform.inbox.public:
            text = "needs a second port, which --public-url does not lead to"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return await self._platform.inbox.door(tls)

    async def untrusted_door(self) -> Door:
        """A port with TLS whose certificate nobody has reason to trust."""
        import trustme  # 0.1 s to import, for few checks

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
        return await self.door(tls=context)

    async def series(self, *answers: Answer, kind: str = "", text: str = "", place: Place | None = None) -> Series:
        """The attempts of one fresh event, answered in this order, the last answer again and again.

        Ends with the attempt that gets the last answer, or when no further attempt can be expected.
        """
        return await self._follow(await self.begin(*answers, kind=kind, text=text, place=place), len(answers))

    async def watched(self, *answers: Answer, kind: str = "", text: str = "", place: Place | None = None) -> Series:
        """The same, and then as long a look as another attempt would have needed to come."""
        return await self._follow(await self.begin(*answers, kind=kind, text=text, place=place), MOST_SEEN)

    async def begin(
        self, *answers: Answer, kind: str = "", text: str = "", place: Place | None = None
    ) -> tuple[Place, Trigger]:
        """Ask for an event and do not wait for it."""
        place = place or await self.own_place(answers)
        trigger = self._platform.make_trigger(kind, text)
        trigger.scripts["" if self._platform.fields.single else place.url] = answers or (OK,)
        self._triggers.append(trigger)
        await self._platform.emit(trigger, self._item)
        assert trigger.call
        self._calls.append(trigger.call)
        return place, trigger

    async def follow(self, begun: tuple[Place, Trigger], most: int = 1) -> Series:
        """The attempts of an event that was begun, up to so many."""
        return await self._follow(begun, most)

    async def _follow(self, begun: tuple[Place, Trigger], most: int) -> Series:
        platform, (place, trigger) = self._platform, begun
        while True:
            arrivals = self._of(place, trigger)
            if arrivals and len(arrivals) >= most and arrivals[-1].over:
                break
            since = arrivals[-1].ended_s if arrivals and arrivals[-1].over else trigger.asked_s
            quiet_s = platform.inbox.now_s - since
            busy = bool(arrivals) and not arrivals[-1].over
            if not busy and quiet_s > self._allowance_s(arrivals):
                break
            if busy and platform.inbox.now_s - arrivals[-1].at_s > self._longest_s(arrivals[-1]):
                break
            await asyncio.sleep(TICK_S)
        return self._series(place, trigger)

    def _is_of(self, trigger: Trigger, series: Series) -> bool:
        return any(arrival in series.arrivals for place in self._platform.places for arrival in place.of(trigger))

    def _of(self, place: Place, trigger: Trigger) -> list[Arrival]:
        """The attempts of an event at a place; wherever they came, on a platform with one address."""
        if not self._platform.fields.single:
            return place.of(trigger)
        found = [arrival for each in self._platform.places for arrival in each.of(trigger)]
        return sorted(found, key=lambda arrival: arrival.at_s)

    def _series(self, place: Place, trigger: Trigger) -> Series:
        arrivals = self._of(place, trigger)
        last = arrivals[-1] if arrivals else None
        watched_s = 0.0
        if last is None or last.over:
            watched_s = self._platform.inbox.now_s - (last.ended_s if last else trigger.asked_s)
        made = Series(
            f"a {trigger.kind} event",
            tuple(arrivals),
            watched_s if watched_s > 0.2 else 0.0,
            self._sure(arrivals, watched_s),
            self._platform.promise.acknowledges,
        )
        self._learn(made, trigger)
        for number, arrival in enumerate(arrivals, 1):
            self._platform.record(arrival, self._item, f"attempt {number} of a {trigger.kind} event")
        self._seen = [series for series in self._seen if series.arrivals[:1] != made.arrivals[:1]] + [made]
        if not arrivals:
            raise Inconclusive(Reason.CONTROL_FAILED, str(made))
        return made

    def _learn(self, series: Series, trigger: Trigger) -> None:
        """Remember how long this platform takes until an attempt, and waits between attempts."""
        known = self._platform.gaps
        if series.arrivals:
            delay_s = series.first.at_s - trigger.asked_s
            self._platform.slowest_s = max(self._platform.slowest_s, delay_s)
        for number, (early, gap_s) in enumerate(zip(series.arrivals, series.gaps, strict=False), 1):
            if early.outcome == "answered" and early.answer.status >= 500 and not early.answer.headers:
                known[number] = max(known.get(number, 0.0), gap_s)

    def _allowance_s(self, arrivals: Sequence[Arrival]) -> float:
        """How long the next attempt may take, as far as is known of this platform; never more than patience."""
        last = arrivals[-1] if arrivals else None
        asked_s = _retry_after_s(last.answer) if last else 0.0
        slow = last is not None and last.outcome == "abandoned"  # it kept workers busy, and what they do is late
        known = None if slow else self._platform.gaps.get(len(arrivals))
        if known is None:
            return asked_s + self.patience_s
        return asked_s + min(self.patience_s, max(5.0, 5 * known + 3.0) + 3 * self._platform.slowest_s)

    def _longest_s(self, arrival: Arrival) -> float:
        """How long an attempt that we do not answer is watched."""
        return arrival.answer.wait_s + 2 * self.deadline_s + 5.0

    def _sure(self, arrivals: Sequence[Arrival], watched_s: float) -> bool:
        """Whether another attempt would have come by now."""
        if watched_s < self._allowance_s(arrivals) - 0.1:
            return False
        return len(arrivals) in self._platform.gaps or watched_s >= self._platform.first_retry_s

    def retried(self, series: Series) -> bool:
        """Whether the event came again. Raises Inconclusive if it did not and might yet."""
        if not series.repeated and not series.sure:
            text = f"{series}; --patience {2 * self._platform.first_retry_s:g} would tell"
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, text)
        return series.repeated

    # -- shared observations --------------------------------------------------------------------------------------

    async def shared(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What several checks look at is made once; the first who wants it makes it."""
        known = self._platform.shared
        if name not in known:
            known[name] = asyncio.ensure_future(make())
        made: T = await asyncio.shield(known[name])
        for series in [made] if isinstance(made, Series) else []:
            if series not in self._seen:
                self._seen.append(series)
        return made

    async def schedule(self) -> Series:
        """All attempts of an event that is always answered 500, as long as they can be awaited."""
        return await self.shared("schedule", lambda: self._schedule())

    async def _schedule(self) -> Series:
        begun = await self.begin(FAILING)
        until_s = self._platform.inbox.now_s + max(60.0, 3 * self.patience_s)
        while True:
            series = await self._follow(begun, len(self._of(*begun)) + 1)
            fewer = series.count < self._platform.fields.most_attempts
            silent_s = self.patience_s if fewer else self._expected_s(series)
            if series.watched_s >= min(silent_s, self.patience_s) or series.count >= MOST_SEEN:
                return series
            if self._platform.inbox.now_s > until_s:
                return series

    def _expected_s(self, series: Series) -> float:
        """How long the next gap may be, by how the gaps before it grew, and a little more."""
        if not series.gaps:
            return max(self._platform.first_retry_s, 1.0)
        ratios = [late / early for early, late in pairwise(series.gaps) if early > 0.2]
        return 1.1 * max(series.gaps) * min(max(2.0, median(ratios or [2.0])), 6.0) + 0.5

    def ended(self, series: Series) -> bool:
        """Whether a series has ended for good. Raises Inconclusive if patience was over first."""
        if series.count >= MOST_SEEN:
            return False
        if series.watched_s < self._expected_s(series):
            seen = f"{series.count} of an unknown number of attempts, {self.backoff(series)}"
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, f"{seen}; {series}")
        return True

    def pause_s(self, series: Series) -> float:
        """The usual gap between two attempts."""
        return median(series.gaps)

    def outwaited(self, series: Series) -> bool:
        """Whether was waited ten times as long as the last gap."""
        return series.watched_s > 10 * max(series.gaps[-1], 1.0)

    def backoff(self, series: Series) -> Backoff:
        """How the gaps of a series grow."""
        return classify(series.gaps)

    async def silence(self) -> Series:
        """What becomes of an event that gets no answer at all the first time."""
        return await self.shared("silence", lambda: self.series(SILENT, OK))

    async def retry(self) -> Series:
        """An event that failed twice and was then acknowledged."""
        return await self.shared("retry", lambda: self.series(FAILING, FAILING, OK))

    async def sample(self, kind: str) -> Arrival:
        """The first attempt of one event of that kind. Raises Inconclusive if the platform emits none."""
        series: Series = await self.shared(f"sample {kind}", lambda: self._sample(kind))
        self._platform.samples[kind] = series.first
        return series.first

    async def _sample(self, kind: str) -> Series:
        platform = self._platform
        place, trigger = platform.main or await self.own_place(), platform.make_trigger(kind)
        async with platform.alone_with(trigger):
            await platform.emit(trigger, self._item)
            until_s = platform.inbox.now_s + platform.patience_s
            while not (self._of(place, trigger) and self._of(place, trigger)[0].over):
                if platform.inbox.now_s > until_s:
                    break
                await asyncio.sleep(0.01)
        series = Series(f"a {kind} event", tuple(self._of(place, trigger)[:1]), platform.patience_s)
        if not series.arrivals:
            raise AssertionError(f"{series}, although the platform said that it emits it: {trigger.call}")
        platform.record(series.first, self._item, f"a {kind} event")
        return series

    async def samples(self) -> list[Arrival]:
        """One delivery of each kind that the platform emits."""
        found = []
        for kind in self._platform.maker.kinds:
            try:
                found.append(await self.sample(kind))
            except (Inconclusive, AssertionError):
                continue
        if not found:
            raise Inconclusive(Reason.NOT_TRIGGERED, "the platform emits no documented kind of event")
        return found

    async def pause(self, seconds: float) -> None:
        """Let time pass, for what must not happen."""
        await asyncio.sleep(seconds)

    async def restart(self) -> None:
        """Run the user's command. Raises Inconclusive without one."""
        if not self._platform.restart:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "give the command that restarts the platform: --restart")
        await restarted(self._platform.restart, self.patience_s)

    # -- before anything else -------------------------------------------------------------------------------------

    async def greet(self) -> str:
        """Register the main inbox and have one event delivered; what went wrong, in words, or nothing."""
        platform = self._platform
        platform.settings = dict(platform.fields.settings)
        platform.main = await self.place()
        series = await self.series(OK, place=platform.main)
        return "" if series.first.over else f"the first delivery never ended: {series}"

    async def knock(self) -> None:
        """See that somebody answers. Raises Inconclusive if not."""
        await self._platform.call("GET", f"{self._platform.base}/", self._item, label="is anybody there")

    # -- for the report -------------------------------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        """Numbers of the attempts that this check looked at, in order."""
        return [call.n for call in self._calls] + [each.n for series in self._seen for each in series.arrivals]

    @property
    def drawn(self) -> list[dict[str, Any]]:
        return [series.drawn for series in self._seen if series.count > 1][:6]

    def reproduce(self) -> str:
        """Shell text that asks for the same again."""
        return reproduce_calls(self._platform, self._calls, [series for series in self._seen if series.count])

    def let_go(self) -> None:
        """From now on whatever still comes of this check's events is acknowledged, so that it ends."""
        for trigger in self._triggers:
            trigger.scripts = {place: [OK] for place in trigger.scripts}


def _retry_after_s(answer: Answer) -> float:
    value = dict(answer.headers).get("Retry-After", "")
    return float(value) if value.isdigit() else 5.0 if value else 0.0

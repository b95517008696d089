"""Asking a platform for events, answering their attempts by a script, and following each as far as it goes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.event_burst import EventBurst
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.series import HELD_S, MOST_SEEN, Series
from hookproof.sender.own_endpoints import TICK_S, OwnEndpoints
from hookproof.sender.sender_evidence import SenderEvidence
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.endpoints.trigger import Trigger
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer, Arrival

FAILING = Answer(500)
APART_S = 0.25
"""Connections within so many seconds are one attempt: some clients try again at once when TLS fails."""


class Events:
    """Events of one check, from the moment they are asked for to the last attempt; many at a time."""

    def __init__(
        self, platform: SendingPlatform, documents: Documents, evidence: SenderEvidence, endpoints: OwnEndpoints
    ) -> None:
        self._platform, self._documents, self._evidence, self._endpoints = platform, documents, evidence, endpoints

    # -- one event --------------------------------------------------------------------------------------------------

    async def trigger(
        self, answers: Sequence[Answer] = (OK,), *, kind: str = "", text: str = "", endpoint: OwnEndpoint | None = None,
        times: int = 1, until_quiet: bool = False, shared: bool = False, allow_none: bool = False,
    ) -> Series:  # fmt: skip
        """Ask for one fresh event, and answer its attempts in this order, the last answer again and again.

        Ends with the attempt that gets the last answer, or when no further attempt can be expected. Raises Inconclusive
        if the event never comes.

        kind, text   what kind of event, and what it says; else a plain one
        endpoint     where its attempts are looked for; else an endpoint of the run
        times        ask for it so many times at once, in the very same words
        until_quiet  go on after the last answer, until another attempt would have come
        shared       one event for all checks that ask for these answers
        allow_none   a series without attempts where the event never comes
        """
        if shared:
            return await self._once(f"answers {', '.join(map(str, answers))}", lambda: self.trigger(answers))
        if answers[0].before_http:
            broken = self._after_refusals if answers[0].end == "refused" else self._without_tls
            return await broken(answers)
        endpoint = endpoint or await self._endpoints.for_events(answers)
        trigger = await self.begin(answers, kind=kind, text=text, endpoint=endpoint)
        await asyncio.gather(*(self._platform.emit(trigger, self._evidence.name) for _ in range(times - 1)))
        most = MOST_SEEN if until_quiet else len(answers)
        if times > 1:
            return await self._of_equal_words(trigger, endpoint, times)
        series = await self.watch(trigger, endpoint, most, allow_none=allow_none)
        return await self._controlled(series) if series.count < most else series

    async def _of_equal_words(self, trigger: Trigger, endpoint: OwnEndpoint, times: int) -> Series:
        """What came of so many events in the same words, until there are as many ids or nothing more is expected."""
        series = await self.watch(trigger, endpoint, times)
        while len({arrival.ids for arrival in series.arrivals}) < times and not series.is_endless:
            before = series.count
            series = await self.watch(trigger, endpoint, before + 1)
            if series.count == before:
                break
        return replace(series, label=f"{times} events in the same words", event=None)

    async def _controlled(self, series: Series) -> Series:
        """A series that another attempt should have followed, sure only if its endpoint is still delivered to.

        Senders switch an endpoint off that fails again and again, for a while or for good: then a fresh event does not
        come there either.
        """
        trigger, endpoint = series.event, series.endpoint
        last = series.arrivals[-1] if series.arrivals else None
        expected = last is not None and not series.acknowledged and last.answer.status not in self._documents.gone
        if not (series.sure and expected and trigger and endpoint):
            return series
        if await self._endpoints.is_delivered_to(endpoint):
            return series
        return replace(series, sure=False, notes=(*series.notes, "nor does a fresh event come there at the moment"))

    async def follow(
        self, series: Series, *, answers: Sequence[Answer] = (), endpoint: OwnEndpoint | None = None,
        after_s: float = 0.0
    ) -> Series:  # fmt: skip
        """Go on with the event of a series: its next attempt from now on, or none if another would have come by then.

        answers   replace the answers so far
        endpoint  look at another endpoint instead, from the event's first attempt there on
        after_s   let so many seconds pass first, for an attempt that is on its way
        """
        trigger, where = series.event, endpoint or series.endpoint
        assert trigger and where, "only an event that was asked for is followed"
        await asyncio.sleep(after_s)
        before = 0 if endpoint else len(self._platform.attempts_of(trigger, where))
        if answers:
            trigger.answer_from_now_on(answers)
        whole = await self.watch(trigger, where, before + 1, allow_none=True)
        later = whole.arrivals[before:]
        return replace(whole, arrivals=later, sure=whole.sure or bool(later)) if before else whole

    async def schedule(self) -> Series:
        """All attempts of an event that is always answered 500, as long as they can be awaited."""
        return await self._once("schedule", self._schedule)

    async def _schedule(self) -> Series:
        endpoint = await self._endpoints.for_events([FAILING])
        trigger = await self.begin([FAILING], endpoint=endpoint)
        until_s = self._platform.inbox.now_s + max(60.0, 3 * self._platform.patience_s)
        while True:
            series = await self.watch(trigger, endpoint, len(self._platform.attempts_of(trigger, endpoint)) + 1)
            fewer = series.count < self._documents.most_attempts
            silent_s = self._platform.patience_s if fewer else series.next_gap_s
            if series.watched_s >= min(silent_s, self._platform.patience_s) or series.is_endless:
                return series
            if self._platform.inbox.now_s > until_s:
                return series

    async def _once(self, name: str, make: Callable[[], Awaitable[Series]]) -> Series:
        """A series that several checks look at; each of them has it in its evidence."""
        series = await self._platform.shared.once(name, make)
        if series not in self._evidence.seen:
            self._evidence.seen.append(series)
        return series

    # -- connections that fail --------------------------------------------------------------------------------------

    async def _after_refusals(self, answers: Sequence[Answer]) -> Series:
        """An event whose endpoint refuses connections at first, and is there a little later; maybe without attempts.

        No refused connection is ever seen from this side. That one was is shown by how soon events have come to this
        very endpoint before it was shut: it stays shut for three times as long, from when the event came elsewhere.
        """
        platform = self._platform
        endpoint = await self._endpoints.register(own_port=True)
        assert endpoint.listener
        usual_s = await self._usual_delay_s(endpoint)
        await endpoint.listener.shut()
        trigger = await self.begin(answers[1:], endpoint=endpoint)
        shut_s, came_s = max(0.6, 3 * usual_s + 0.3), trigger.asked_s
        while platform.inbox.now_s < came_s + shut_s:
            elsewhere = [arrival.at_s for each in platform.endpoints for arrival in each.of(trigger)]
            came_s = min(elsewhere, default=trigger.asked_s)
            await asyncio.sleep(TICK_S)
        await endpoint.listener.open()
        shut_for_s = platform.inbox.now_s - came_s
        due_s = self._due_after(shut_for_s)
        ends_s = platform.inbox.now_s + min(platform.patience_s, 1.5 * (due_s or platform.patience_s) + usual_s + 1.0)
        while platform.inbox.now_s < ends_s and not endpoint.of(trigger):  # noqa: ASYNC110 (time is up too)
            await asyncio.sleep(TICK_S)
        watched_s = platform.inbox.now_s - (came_s + shut_for_s)
        series = await self.watch(trigger, endpoint, len(answers) - 1, allow_none=True)
        sure = due_s is not None and watched_s >= 1.5 * due_s + usual_s + 0.9
        return replace(series, notes=(f"connections were refused for {shut_for_s:.1f} s",), sure=sure)

    async def _usual_delay_s(self, endpoint: OwnEndpoint) -> float:
        """The longest time, in seconds, that any of three events takes to an endpoint; Inconclusive if none comes."""
        delays = [await self.trigger([OK], endpoint=endpoint) for _ in range(3)]
        return max(series.delay_s for series in delays)

    def _due_after(self, seconds: float) -> float | None:
        """How long after so many seconds of failures the next attempt is due; None if nobody knows.

        By the longest gaps that were seen; else by when the first retry must come, and twice as long each time.
        """
        gaps, moment_s = self._platform.shared.gaps_s, 0.0
        for number in range(1, len(gaps) + 1):
            moment_s += gaps.get(number, math.inf)
            if seconds < moment_s < math.inf:
                return moment_s - seconds
        known = self._platform.first_retry_is_known and not gaps
        return max(self._platform.first_retry_s, 2 * seconds) if known else None

    async def _without_tls(self, answers: Sequence[Answer]) -> Series:
        """An event whose endpoint is registered with https and speaks no TLS: each connection is a failed attempt.

        Nothing says which event a connection is for, so there is no other event while this one is followed.
        """
        platform, listener = self._platform, await self._endpoints.listener()
        listener.url = listener.url.replace("http:", "https:", 1)
        endpoint = await self._endpoints.registered(self._endpoints.unregistered(listener), answers=False)
        trigger = await self.begin([OK], endpoint=endpoint)
        trigger.wanted = not platform.fields.single
        until_s = trigger.asked_s + platform.patience_s
        while platform.inbox.now_s < until_s:
            if len(_attempts_at(listener.connected)) >= len(answers):
                break
            await asyncio.sleep(TICK_S)
        arrivals = [_failed(endpoint.url, at_s) for at_s in _attempts_at(listener.connected)]
        if not arrivals:
            raise Inconclusive(Reason.CONTROL_FAILED, "the sender made no connection")
        watched_s = max(0.0, platform.inbox.now_s - arrivals[-1].at_s)
        return replace(self._series(trigger, endpoint, arrivals, watched_s), sure=self.is_sure(arrivals, watched_s))

    # -- many events ------------------------------------------------------------------------------------------------

    async def trigger_many(
        self, count: int = 0, *, answer: Answer = OK, in_turn: bool = False, kinds: Sequence[str] = ()
    ) -> EventBurst:
        """Ask for so many events and wait for all of them; raises Inconclusive if not one comes.

        in_turn  ask for each when the platform has taken the one before; else for all at the same time
        kinds    one event of each kind, in turn, known by the state that its delivery tells, as it may have no text
        """
        if kinds:
            return await self._states(kinds)
        if not count:
            return EventBurst((), ())
        endpoint = await self._endpoints.for_events(())
        if in_turn:
            events = [await self.begin([answer], endpoint=endpoint) for _ in range(count)]
        else:
            events = list(await asyncio.gather(*(self.begin([answer], endpoint=endpoint) for _ in range(count))))
        ends_s = self._platform.inbox.now_s + self._platform.patience_s
        while True:  # a sender that sends one after the other need not get through
            pairs = [(event, one) for event in events for one in self._platform.attempts_of(event, endpoint)]
            attempts = [Received(arrival, self._documents, event) for event, arrival in pairs]
            whole = len(attempts) >= count and all(attempt.arrival.over for attempt in attempts)
            if whole or self._platform.inbox.now_s >= ends_s:
                break
            await asyncio.sleep(TICK_S)
        if not attempts:
            raise Inconclusive(Reason.CONTROL_FAILED, "none of these events was delivered")
        return EventBurst(events, sorted(attempts, key=lambda attempt: attempt.at_s))

    async def _states(self, kinds: Sequence[str]) -> EventBurst:
        """Events that tell the states of one thing, asked for in turn; no other event is asked for meanwhile."""
        platform, endpoint = self._platform, await self._endpoints.for_events(())
        async with platform.alone:
            known = len(endpoint.arrivals)
            events = [platform.make_trigger(kind) for kind in kinds]
            for event in events:
                await platform.emit(event, self._evidence.name)
            ends_s = platform.inbox.now_s + platform.patience_s
            attempts: list[Received] = []
            while platform.inbox.now_s < ends_s and len(attempts) < len(kinds):
                await asyncio.sleep(TICK_S)
                fresh = [Received(arrival, self._documents) for _, arrival in endpoint.arrivals[known:]]
                attempts = [attempt for attempt in fresh if attempt.state]
        return EventBurst(events, attempts)

    # -- following --------------------------------------------------------------------------------------------------

    async def begin(
        self, answers: Sequence[Answer], *, endpoint: OwnEndpoint, kind: str = "", text: str = ""
    ) -> Trigger:
        """Ask for an event and do not wait for it. Raises Inconclusive if the platform will not emit it."""
        trigger = self._platform.make_trigger(kind, text)
        trigger.wanted = trigger.kind == self._platform.surface.plain
        trigger.scripts = {each.url: (each.answer,) for each in self._evidence.endpoints}
        trigger.scripts["" if self._platform.fields.single else endpoint.url] = tuple(answers)
        self._evidence.triggers.append(trigger)
        await self._platform.emit(trigger, self._evidence.name)
        assert trigger.call
        self._evidence.calls.append(trigger.call)
        return trigger

    async def watch(self, trigger: Trigger, endpoint: OwnEndpoint, most: int, *, allow_none: bool = False) -> Series:
        """The attempts of an event, at most so many, until no further attempt can be expected."""
        now_s = self._platform.inbox.now_s
        while not self._is_done(trigger, self._platform.attempts_of(trigger, endpoint), most, now_s):
            await asyncio.sleep(TICK_S)
            now_s = self._platform.inbox.now_s
        arrivals = self._platform.attempts_of(trigger, endpoint)
        last = arrivals[-1] if arrivals else None
        idle = last is None or last.over
        watched_s = self._platform.inbox.now_s - (last.ended_s if last else trigger.asked_s) if idle else 0.0
        self._learn(trigger, arrivals)
        for number, arrival in enumerate(arrivals, 1):
            self._platform.record(arrival, self._evidence.name, f"attempt {number} of a {trigger.kind} event")
        series = self._evidence.see(self._series(trigger, endpoint, arrivals, watched_s))
        if not (arrivals or allow_none):
            raise Inconclusive(Reason.CONTROL_FAILED, str(series))
        return series

    def _is_done(self, trigger: Trigger, arrivals: Sequence[Arrival], most: int, now_s: float) -> bool:
        """Whether there are as many attempts as wanted, or no other can be expected."""
        last = arrivals[-1] if arrivals else None
        if last and not last.over:
            return now_s - last.at_s > self._longest_s(last)
        if last and len(arrivals) >= most:
            return True
        return now_s - (last.ended_s if last else trigger.asked_s) > self.allowance_s(arrivals)

    def _series(self, trigger: Trigger, endpoint: OwnEndpoint, arrivals: Sequence[Arrival], watched_s: float) -> Series:
        others = [other for other in self._platform.endpoints if other is not endpoint]
        return Series(
            f"a {trigger.kind} event",
            tuple(arrivals),
            watched_s=watched_s if watched_s > 0.2 else 0.0,
            sure=self.is_sure(arrivals, watched_s),
            acknowledges=self._documents.promise.acknowledges,
            first_retry_s=self._platform.first_retry_s,
            first_retry_is_known=self._platform.first_retry_is_known,
            documents=self._documents,
            event=trigger,
            endpoint=endpoint,
            elsewhere=sum(len(other.of(trigger)) for other in others),
        )

    def _learn(self, trigger: Trigger, arrivals: Sequence[Arrival]) -> None:
        """Note for all checks how long this platform takes until the first attempt, and waits after plain failures."""
        shared = self._platform.shared
        if arrivals:
            shared.learn_delay(arrivals[0].at_s - trigger.asked_s)
        gaps = Series("", tuple(arrivals)).gaps
        for number, (early, gap_s) in enumerate(zip(arrivals, gaps, strict=False), 1):
            if early.outcome == "answered" and early.answer.status >= 500 and not early.answer.headers:
                shared.learn_gap(number, gap_s)

    def allowance_s(self, arrivals: Sequence[Arrival]) -> float:
        """Seconds that the next attempt may take, by what is known of this platform: at most the run's patience.

        The seconds that the last answer asked to wait come on top.
        """
        last, shared, patience_s = arrivals[-1] if arrivals else None, self._platform.shared, self._platform.patience_s
        asked_s = last.answer.retry_after_s if last else 0.0
        asked_s = asked_s if asked_s <= patience_s else 0.0  # nobody waits for that
        slow = last is not None and last.outcome == "abandoned"  # it kept workers busy, and what they do is late
        known_s = None if slow else shared.gaps_s.get(len(arrivals))
        if known_s is None:
            return asked_s + patience_s
        return asked_s + min(patience_s, max(5.0, 5 * known_s + 3.0) + 3 * shared.slowest_s)

    def _longest_s(self, arrival: Arrival) -> float:
        """Seconds after which an attempt that is still open is no longer watched."""
        usual_s = 2 * self._documents.promise.deadline_s + 5.0
        return arrival.answer.wait_s + max(usual_s, 0.0 if self._documents.has_a_deadline else HELD_S)

    def is_sure(self, arrivals: Sequence[Arrival], watched_s: float) -> bool:
        """Whether another attempt would have come in so many seconds after the last."""
        if watched_s < self.allowance_s(arrivals) - 0.1:
            return False
        if len(arrivals) in self._platform.shared.gaps_s:
            return True
        return self._platform.first_retry_is_known and watched_s >= self._platform.first_retry_s


def _attempts_at(moments: Sequence[float]) -> list[float]:
    """When attempts were made, by when connections came: those that came together are one attempt."""
    found: list[float] = []
    for moment in moments:
        if not found or moment - found[-1] > APART_S:
            found.append(moment)
    return found


def _failed(url: str, at_s: float) -> Arrival:
    """A connection without a request, as an attempt."""
    answer = Answer(end="no TLS")
    return Arrival(0, url, "", "", b"", (), b"", at_s, answer, outcome="broken", ended_s=at_s)

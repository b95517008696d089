"""Events followed from the moment they are asked for to their last attempt."""

import asyncio

import pytest

from hookproof.sender.attempts.retry_spacing import Kind
from hookproof.sender.events import FAILING, _attempts_at
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer
from tests.wire.test_arrivals import arrived

QUICK = {"retry.first": "0.2"}
THRICE = [FAILING, FAILING, OK]


async def _reason(work):
    with pytest.raises(Inconclusive) as stopped:
        await work
    return stopped.value.reason, str(stopped.value)


# -- series


def test_a_series_ends_with_its_last_answer(ready):
    async def work(sender, _):
        return await sender.trigger([FAILING, Answer(end="reset"), OK])

    series = ready(work)

    assert [arrival.says for arrival in series.arrivals] == ["500", "connection reset", "200"]
    assert all(0.04 <= gap < 1 for gap in series.gaps) and series.same_bytes and series.same_ids
    assert series.label == "a text event" and series.acknowledged and not series.watched_s


def test_a_series_ends_when_no_further_attempt_can_be_expected(ready):
    async def work(sender, _):
        return await sender.trigger([FAILING, OK])

    series = ready(work, given=QUICK, gaps=(), patience_s=0.3)

    assert series.count == 1 and series.watched_s >= 0.3 and series.sure
    assert "then nothing for 0." in str(series)


def test_watching_goes_on_after_the_last_answer(ready):
    async def work(sender, _):
        return await sender.trigger([FAILING, OK], until_quiet=True), await sender.trigger(until_quiet=True)

    retried, once = ready(work, given=QUICK, patience_s=0.4)

    assert (retried.count, once.count) == (2, 1)
    assert retried.watched_s >= 0.4 and once.watched_s >= 0.4 and once.sure


def test_watching_sees_what_comes_although_it_was_acknowledged(ready):
    async def work(sender, scripted):
        attempt = scripted.attempt

        async def deaf(*given):
            await attempt(*given)

        scripted.attempt = deaf
        return await sender.trigger(until_quiet=True)

    series = ready(work, gaps=(0.05, 0.05), patience_s=0.5)

    assert (series.count, len(series.after_acknowledgement)) == (3, 2)


def test_events_go_on_side_by_side(ready):
    async def work(sender, _):
        return await asyncio.gather(*(sender.trigger([FAILING, OK], text=f"number {n}") for n in range(5)))

    found = ready(work)

    assert [series.count for series in found] == [2] * 5
    assert len({series.first.ids for series in found}) == 5


def test_an_attempt_given_up_by_the_sender_is_seen_to_its_end(ready):
    async def work(sender, _):
        return await sender.trigger([Answer(end="silent"), OK], shared=True)

    series = ready(work, within_s=0.1)

    assert [arrival.outcome for arrival in series.arrivals] == ["abandoned", "answered"]
    assert 0.05 < series.first.open_s < 1


def test_an_event_that_never_comes_is_no_verdict(ready):
    async def work(sender, scripted):
        scripted.swallows = ("text",)
        return await _reason(sender.trigger())

    reason, text = ready(work, patience_s=0.3)

    assert reason is Reason.CONTROL_FAILED and text.startswith("a text event: no attempt within 0.")


def test_an_event_that_never_comes_may_be_a_series_too(ready):
    async def work(sender, scripted):
        scripted.swallows = ("text",)
        return await sender.trigger(allow_none=True)

    series = ready(work, patience_s=0.3)

    assert series.count == series.elsewhere == 0 and series.delay_s == series.watched_s >= 0.3


def test_an_event_is_followed_from_now_on(ready):
    async def work(sender, _):
        first = await sender.trigger([FAILING])
        return first, await sender.follow(first, answers=[OK]), await sender.follow(first)

    first, later, nothing = ready(work, given=QUICK, patience_s=0.5)

    assert (first.count, first.first.answer.status) == (1, 500)
    assert (later.count, later.first.answer.status, later.settled) == (1, 200, True)
    assert (nothing.count, nothing.settled) == (0, True)


def test_what_is_on_its_way_is_not_from_now_on(ready):
    async def work(sender, _):
        first = await sender.trigger([FAILING])
        return await sender.follow(first, after_s=0.5)

    assert ready(work, given=QUICK, patience_s=0.5).count == 0


def test_an_event_is_asked_for_many_times_in_the_same_words(ready):
    async def work(sender, _):
        return await sender.trigger(times=3)

    series = ready(work)

    assert series.count == 3 and len({attempt.ids for attempt in series.attempts}) == 3
    assert series.label == "3 events in the same words"


# -- was it tried again


FAILED = arrived(0, 0.1, FAILING)


@pytest.mark.parametrize("watched_s, patience_s, sure", [(6.0, 6.0, True), (4.0, 4.0, False), (4.0, 10.0, False)])
def test_another_attempt_would_have_come_once_the_first_retry_was_due(use, watched_s, patience_s, sure):
    async def work(sender, _):
        return sender._events.is_sure([FAILED], watched_s)

    assert use(work, patience_s=patience_s) is sure


def test_a_gap_that_was_seen_once_is_waited_for_no_longer_than_that(use):
    async def work(sender, _):
        sender._platform.shared.gaps_s[1] = 0.5
        known = sender._events.allowance_s([FAILED])
        return known, sender._events.is_sure([FAILED], known), sender._events.allowance_s([])

    assert use(work, patience_s=60.0) == (5.5, True, 60.0)


def test_a_known_gap_is_learnt_from_failures_alone(ready):
    async def work(sender, _):
        await sender.trigger([FAILING, FAILING, OK])
        learnt = dict(sender._platform.shared.gaps_s)
        await sender.trigger([Answer(503, headers=(("Retry-After", "0"),)), Answer(404), OK])
        return learnt, sender._platform.shared.gaps_s, sender._platform.shared.slowest_s

    learnt, after, slowest_s = ready(work)

    assert set(learnt) == {1, 2} and all(0.04 <= gap < 1 for gap in learnt.values())
    assert after == learnt and 0 < slowest_s < 1


@pytest.mark.parametrize("headers, more_s", [
    ((("Retry-After", "3"),), 3.0),
    ((("Retry-After", "Sat, 21 Nov 2026 10:00:00 GMT"),), 5.0),
    ((("Location", "/"),), 0.0),
    ((), 0.0),
])  # fmt: skip
def test_who_was_asked_to_wait_is_given_that_time_too(use, headers, more_s):
    async def work(sender, _):
        return sender._events.allowance_s([arrived(0, 0.1, Answer(503, headers=headers))])

    assert use(work, patience_s=7.0) == 7.0 + more_s


def test_after_an_attempt_that_was_given_up_a_known_gap_says_nothing(use):
    async def work(sender, _):
        sender._platform.shared.gaps_s[1] = 0.5
        return [
            sender._events.allowance_s([arrived(0, 1.0, FAILING, outcome)]) for outcome in ("answered", "abandoned")
        ]

    assert use(work, patience_s=60.0, deadline_s=1.0) == [5.5, 60.0]


def test_patience_is_never_exceeded_for_a_known_gap(use):
    async def work(sender, _):
        sender._platform.shared.gaps_s[1] = 100.0
        return sender._events.allowance_s([FAILED])

    assert use(work, patience_s=9.0) == 9.0


# -- schedules


def test_a_schedule_is_watched_to_its_end_and_made_once(ready):
    async def work(sender, scripted):
        both = await asyncio.gather(sender.schedule(), sender.schedule())
        return both, sum(one.wanted for one in sender._platform.triggers), both[0].backoff

    (one, other), triggered, backoff = ready(work, gaps=(0.05, 0.05, 0.05), patience_s=0.5)

    assert one is other and one.count == 4 and one.watched_s >= 0.5
    assert triggered == 2, "one to greet, one for the schedule"
    assert backoff.kind is Kind.NONE


def test_what_several_checks_look_at_is_noted_by_each(ready):
    async def work(sender, _):
        other = type(sender)(sender._platform, sender._name)
        one, two = await sender.trigger(THRICE, shared=True), await other.trigger(THRICE, shared=True)
        return one, two, other.numbers, other.drawn

    one, two, numbers, drawn = ready(work)

    assert one is two and numbers == [arrival.n for arrival in one.arrivals]
    assert drawn == [one.drawn]


def test_what_went_wrong_in_a_shared_observation_goes_wrong_for_all(ready):
    async def work(sender, scripted):
        scripted.refuses = ("text",)
        return [(await _reason(sender.trigger(THRICE, shared=True)))[0] for _ in range(2)]

    assert ready(work) == [Reason.NOT_TRIGGERED] * 2


# -- connections that fail


def test_an_endpoint_that_comes_back_is_delivered_to(ready):
    async def work(sender, _):
        sender._platform.shared.gaps_s[1] = 0.1
        return await sender.trigger([Answer(end="refused"), OK])

    series = ready(work, gaps=(0.1,) * 20)

    assert (
        series.acknowledged and series.first.at_s > 0 and series.notes[0].startswith("connections were refused for 0.")
    )


def test_who_gives_up_on_refused_connections_delivers_nothing(ready):
    async def work(sender, _):
        sender._platform.shared.gaps_s[1] = 0.1
        return await sender.trigger([Answer(end="refused"), OK])

    series = ready(work, given=QUICK, gaps=(), patience_s=0.4)

    assert series.count == 0 and not series.settled, "no later attempt was due"


def test_a_later_attempt_that_was_due_and_did_not_come_settles_it(ready):
    async def work(sender, _):
        sender._platform.shared.gaps_s |= {1: 0.1, 2: 0.2, 3: 0.8}
        return await sender.trigger([Answer(end="refused"), OK])

    series = ready(work, given=QUICK, gaps=(), patience_s=4.0)

    assert series.count == 0 and series.settled


@pytest.mark.parametrize("gaps, tried", [((0.3, 0.3), 2), ((), 1)])
def test_a_connection_without_tls_is_a_failed_attempt(ready, gaps, tried):
    async def work(sender, _):
        return await sender.trigger([Answer(end="no TLS"), Answer(end="no TLS")])

    series = ready(work, given=QUICK, gaps=gaps, patience_s=1.0)

    assert (series.count, series.retried, series.settled) == (tried, tried > 1, True)
    assert str(series).startswith("a text event: no TLS")


def test_connections_that_come_together_are_one_attempt():
    assert _attempts_at([1.0, 1.1, 1.2, 1.3, 5.0]) == [1.0, 1.3, 5.0] and _attempts_at([]) == []


# -- many events


def test_events_at_once_are_open_together(ready):
    async def work(sender, _):
        return await sender.trigger_many(6, answer=OK.after(0.1))

    burst = ready(work)

    assert (burst.most_open, len(burst.attempts), burst.is_whole) == (6, 6, True)


def test_the_order_in_which_events_came(ready):
    async def work(sender, _):
        return await sender.trigger_many(3, in_turn=True)

    burst = ready(work)

    assert sorted(burst.order) == [0, 1, 2] and burst.is_whole


def test_of_many_events_some_must_come(ready):
    async def work(sender, scripted):
        scripted.swallows = ("text",)
        return (await _reason(sender.trigger_many(3)))[0]

    assert ready(work, patience_s=0.3) is Reason.CONTROL_FAILED


def test_states_come_in_turn(ready):
    async def work(sender, _):
        burst = await sender.trigger_many(kinds=sender.documented.states)
        return [attempt.state for attempt in burst.attempts], sender.documented.states

    came, documented = ready(work, "chatapi")

    assert came == documented == ["sent", "delivered", "viewed"]

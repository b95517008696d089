"""Events followed from the moment they are asked for to their last attempt."""

import asyncio

import pytest

from hookproof.arrivals import OK, Answer, Series
from hookproof.backoff import Kind
from hookproof.sender.following import FAILING, MOST_SEEN
from hookproof.verdict import Inconclusive, Reason
from tests.test_arrivals import arrived

QUICK = {"retry.first": "0.2"}


async def _reason(work):
    with pytest.raises(Inconclusive) as stopped:
        await work
    return stopped.value.reason, str(stopped.value)


# -- series


def test_a_series_ends_with_its_last_answer(ready):
    async def work(sender, _):
        return await sender.series(FAILING, Answer(end="reset"), OK)

    series = ready(work)

    assert [arrival.says for arrival in series.arrivals] == ["500", "connection reset", "200"]
    assert all(0.04 <= gap < 1 for gap in series.gaps) and series.same_bytes and series.same_ids
    assert series.label == "a text event" and series.acknowledged and not series.watched_s


def test_a_series_ends_when_no_further_attempt_can_be_expected(ready):
    async def work(sender, _):
        return await sender.series(FAILING, OK)

    series = ready(work, given=QUICK, gaps=(), patience_s=0.3)

    assert series.count == 1 and series.watched_s >= 0.3 and series.sure
    assert "then nothing for 0." in str(series)


def test_watching_goes_on_after_the_last_answer(ready):
    async def work(sender, _):
        return await sender.watched(FAILING, OK), await sender.watched(OK)

    retried, once = ready(work, given=QUICK, patience_s=0.4)

    assert (retried.count, once.count) == (2, 1)
    assert retried.watched_s >= 0.4 and once.watched_s >= 0.4 and once.sure


def test_watching_sees_what_comes_although_it_was_acknowledged(ready):
    async def work(sender, scripted):
        attempt = scripted.attempt

        async def deaf(*given):
            await attempt(*given)

        scripted.attempt = deaf
        return await sender.watched(OK)

    series = ready(work, gaps=(0.05, 0.05), patience_s=0.5)

    assert (series.count, len(series.after_acknowledgement)) == (3, 2)


def test_events_go_on_side_by_side(ready):
    async def work(sender, _):
        return await asyncio.gather(*(sender.series(FAILING, OK, text=f"number {n}") for n in range(5)))

    found = ready(work)

    assert [series.count for series in found] == [2] * 5
    assert len({series.first.ids for series in found}) == 5


def test_an_attempt_given_up_by_the_sender_is_seen_to_its_end(ready):
    async def work(sender, _):
        return await sender.silence()

    series = ready(work, within_s=0.1)

    assert [arrival.outcome for arrival in series.arrivals] == ["abandoned", "answered"]
    assert 0.05 < series.first.open_s < 1


def test_an_event_that_never_comes_is_no_verdict(ready):
    async def work(sender, scripted):
        scripted.swallows = ("text",)
        return await _reason(sender.series(OK))

    reason, text = ready(work, patience_s=0.3)

    assert reason is Reason.CONTROL_FAILED and text.startswith("a text event: no attempt within 0.")


def test_an_event_may_be_begun_and_followed_later(ready):
    async def work(sender, _):
        begun = await sender.begin(FAILING, OK)
        first = await sender.follow(begun)
        return first, await sender.follow(begun, 2)

    first, both = ready(work)

    assert (first.count, both.count, first.label) == (1, 2, "a text event")
    assert both.arrivals[0] is first.first


# -- was it tried again


def _retried(sender, *attempts, watched_s=0.0):
    arrivals = tuple(attempts)
    return sender.retried(Series("an event", arrivals, watched_s, sender._sure(arrivals, watched_s)))


FAILED = arrived(0, 0.1, FAILING)


def test_what_came_again_was_retried(use):
    async def work(sender, _):
        return _retried(sender, FAILED, arrived(1, 1.1))

    assert use(work)


def test_what_did_not_come_again_for_long_enough_was_not(use):
    async def work(sender, _):
        return _retried(sender, FAILED, watched_s=6.0)

    assert use(work, patience_s=6.0) is False


def test_what_did_not_come_yet_may_come_still(use):
    async def work(sender, _):
        with pytest.raises(Inconclusive, match="--patience 10 would tell") as stopped:
            _retried(sender, FAILED, watched_s=4.0)
        return stopped.value.reason

    assert use(work, patience_s=4.0) is Reason.WINDOW_TOO_SHORT


def test_a_gap_that_was_seen_once_is_waited_for_no_longer_than_that(use):
    async def work(sender, _):
        sender._platform.gaps[1] = 0.5
        known = sender._allowance_s([FAILED])
        return known, _retried(sender, FAILED, watched_s=known), sender._allowance_s([])

    assert use(work, patience_s=60.0) == (5.5, False, 60.0)


def test_a_known_gap_is_learnt_from_failures_alone(ready):
    async def work(sender, _):
        await sender.series(FAILING, FAILING, OK)
        learnt = dict(sender._platform.gaps)
        await sender.series(Answer(503, headers=(("Retry-After", "0"),)), Answer(404), OK)
        return learnt, sender._platform.gaps, sender._platform.slowest_s

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
        return sender._allowance_s([arrived(0, 0.1, Answer(503, headers=headers))])

    assert use(work, patience_s=7.0) == 7.0 + more_s


def test_after_an_attempt_that_was_given_up_a_known_gap_says_nothing(use):
    async def work(sender, _):
        sender._platform.gaps[1] = 0.5
        return [sender._allowance_s([arrived(0, 1.0, FAILING, outcome)]) for outcome in ("answered", "abandoned")]

    assert use(work, patience_s=60.0, deadline_s=1.0) == [5.5, 60.0]


def test_patience_is_never_exceeded_for_a_known_gap(use):
    async def work(sender, _):
        sender._platform.gaps[1] = 100.0
        return sender._allowance_s([FAILED])

    assert use(work, patience_s=9.0) == 9.0


# -- schedules


def test_a_schedule_is_watched_to_its_end_and_made_once(ready):
    async def work(sender, scripted):
        both = await asyncio.gather(sender.schedule(), sender.schedule())
        return both, len([1 for _, target, *_ in scripted.calls if target == "/trigger"]), sender.backoff(both[0])

    (one, other), triggered, backoff = ready(work, gaps=(0.05, 0.05, 0.05), patience_s=0.5)

    assert one is other and one.count == 4 and one.watched_s >= 0.5
    assert triggered == 2, "one to greet, one for the schedule"
    assert backoff.kind is Kind.NONE


@pytest.mark.parametrize("gaps, watched_s, ended", [
    ((1, 2, 4), 9.4, True),
    ((1, 2, 4), 9.2, None),
    ((1, 1, 1), 2.8, True),
    ((1, 1, 1), 2.6, None),
    ((0.1, 0.1), 0.8, True),
    ((), 5.0, True),
    ((), 4.9, None),
    ((0.01,) * (MOST_SEEN - 1), 0.0, False),
])  # fmt: skip
def test_a_schedule_has_ended_when_the_next_gap_would_be_over(use, gaps, watched_s, ended):
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    series = Series("an event", tuple(arrived(at, at, FAILING) for at in times), watched_s)

    async def work(sender, _):
        if ended is not None:
            return sender.ended(series)
        with pytest.raises(Inconclusive, match=f"^{len(times)} of an unknown number of attempts") as stopped:
            sender.ended(series)
        return None if stopped.value.reason is Reason.WINDOW_TOO_SHORT else stopped.value

    assert use(work) is ended


def test_what_several_checks_look_at_is_noted_by_each(ready):
    async def work(sender, _):
        other = type(sender)(sender._platform, sender._item)
        one, two = await sender.retry(), await other.retry()
        return one, two, other.numbers, other.drawn

    one, two, numbers, drawn = ready(work)

    assert one is two and numbers == [arrival.n for arrival in one.arrivals]
    assert drawn == [one.drawn]


def test_what_went_wrong_in_a_shared_observation_goes_wrong_for_all(ready):
    async def work(sender, scripted):
        scripted.refuses = ("text",)
        return [(await _reason(sender.retry()))[0] for _ in range(2)]

    assert ready(work) == [Reason.NOT_TRIGGERED] * 2


# -- samples

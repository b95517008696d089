"""A delivery that failed is tried again, one that was acknowledged is not."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.cases("failures")
async def test_repeats_after_an_error_status(sender, case):
    """Whatever does not acknowledge is a failed delivery: the event comes again."""
    series = await sender.series(case, sender.ok)
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.cases("no_answers")
async def test_repeats_after_a_broken_answer(sender, case):
    """A connection that ends without a whole answer is a failed delivery."""
    series = await sender.series(case, sender.ok)
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.cases("redirects")
async def test_repeats_after_a_redirect(sender, case):
    """A redirect is no acknowledgement."""
    series, _ = await sender.redirected(case)
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.cases("redirects")
async def test_does_not_follow_a_redirect(sender, case):
    """Nobody but the registered endpoint gets the event, or the credentials that come with it."""
    series, elsewhere = await sender.redirected(case)
    assert not elsewhere, f"went to the other URL: {elsewhere[0]}; {series}"


@pytest.mark.overlap
@pytest.mark.cases("other_successes")
async def test_repeats_after_another_success(sender, case):
    """Only the documented status acknowledges."""
    series = await sender.series(case, sender.ok)
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.regime("several", alone=True)
async def test_repeats_after_a_refused_connection(sender):
    """An endpoint that is down for a moment loses nothing."""
    series = await sender.after_refusals()
    assert series.count, series


@pytest.mark.overlap
@pytest.mark.regime("several", alone=True)
async def test_repeats_after_a_tls_failure(sender):
    """A handshake that fails is a failed delivery."""
    tried = await sender.tls_failures()
    assert sender.apart(tried), f"tried at {tried[0]:.1f} s, and not again within {sender.patience_s:g} s"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_repeats_after_silence(sender):
    """No answer at all is a failed delivery."""
    series = await sender.silence()
    assert sender.given_up(series), f"still waiting: {series}"
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_gives_up_at_the_deadline(sender):
    """The sender waits as long as is documented, not much less and not much more."""
    series = await sender.silence()
    assert sender.given_up(series), f"still waiting: {series}"
    waited_s = series.first.open_s
    assert 0.85 * sender.deadline_s <= waited_s <= 1.5 * sender.deadline_s + 0.5, f"waited {waited_s:.1f} s: {series}"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_gives_up_some_time(sender):
    """A sender that waits without end can be held up by any endpoint."""
    series = await sender.silence()
    assert sender.given_up(series), f"still waiting: {series}"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_repeats_after_a_dripping_answer(sender):
    """The deadline is for the whole answer: one that comes a byte at a time is late too."""
    series = await sender.dripping()
    assert sender.given_up(series), f"still reading: {series}"
    assert sender.retried(series), series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_takes_an_answer_just_in_time(sender):
    """An acknowledgement shortly before the deadline counts."""
    series = await sender.watched(sender.ok.after(0.85 * sender.deadline_s))
    assert series.acknowledged and not series.after_acknowledgement, series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_waits_for_one_attempt_before_the_next(sender):
    """While an attempt is open there is no second one for the same event."""
    series = await sender.silence()
    assert not series.overlapping, series


@pytest.mark.overlap
@pytest.mark.cases("acknowledgements")
async def test_stops_after_an_acknowledgement(sender, case):
    """What was acknowledged is not sent again."""
    series = await sender.watched(case)
    assume(series.first.outcome == "answered", series)
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
async def test_stops_after_an_acknowledged_retry(sender):
    """Once a retry has been acknowledged it is over."""
    series = await sender.watched(sender.failing, sender.ok)
    sender.retried(series)
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
async def test_repeats_the_same_event(sender):
    """A retry keeps the id, so that a receiver can tell it from a new event."""
    series = await sender.retry()
    assume(sender.retried(series), series, "not_triggered")
    assert series.same_ids, f"{sender.ids(series.arrivals)}; {series}"


@pytest.mark.overlap
async def test_repeats_the_same_bytes(sender):
    """A retry is the same body."""
    series = await sender.retry()
    assume(sender.retried(series), series, "not_triggered")
    assert series.same_bytes, f"{sender.difference(series)}; {series}"


@pytest.mark.overlap
@pytest.mark.cases("retry_after")
async def test_comes_again_no_sooner_than_asked(sender, case):
    """Retry-After says when the endpoint can take it."""
    series = await sender.series(case, sender.ok)
    assume(sender.retried(series), series, "not_triggered")
    assert series.gaps[0] >= sender.asked_s(case) - 0.3, series


@pytest.mark.overlap
async def test_ends_some_time(sender):
    """Attempts are bounded in number and time."""
    series = await sender.schedule()
    assert sender.ended(series), series


@pytest.mark.overlap
async def test_makes_as_many_attempts_as_documented(sender):
    """There are as many attempts as documented: no more, and no fewer as long as none is acknowledged."""
    series, most = await sender.schedule(), sender.most_attempts_allowed
    assert series.count <= most, f"{series.count} attempts: {series}"
    assume(series.count == most or (series.repeated and sender.outwaited(series)), series, "window_too_short")
    assert series.count == most, f"{series.count} attempts: {series}"


@pytest.mark.overlap
@pytest.mark.regime("single_attempt")
@pytest.mark.cases("single_attempts")
async def test_makes_one_attempt(sender, case):
    """What is not guaranteed is tried once, whatever the answer."""
    series = await sender.watched(case, sender.ok)
    assert series.count == 1, series


@pytest.mark.overlap
@pytest.mark.regime("restart", alone=True)
async def test_loses_nothing_in_a_restart(sender):
    """What was to be tried again is tried again by the next process."""
    series = await sender.over_a_restart()
    assert series.repeated, series

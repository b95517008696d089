"""A delivery that failed is tried again, one that was acknowledged is not."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.cases("failures")
async def test_repeats_after_an_error_status(sender, case):
    """Whatever does not acknowledge is a failed delivery: the event comes again."""
    series = await sender.trigger([case, sender.ok])
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.cases("no_answers")
async def test_repeats_after_a_broken_answer(sender, case):
    """A connection that ends without a whole answer is a failed delivery."""
    series = await sender.trigger([case, sender.ok])
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.cases("redirects")
async def test_repeats_after_a_redirect(sender, case):
    """A redirect is no acknowledgement."""
    redirect = sender.answer(case, leads_to=sender.unregistered())
    series = await sender.trigger([redirect, sender.ok])
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.cases("redirects")
async def test_does_not_follow_a_redirect(sender, case):
    """Nobody but the registered endpoint gets the event, or the credentials that come with it."""
    elsewhere = sender.unregistered()
    series = await sender.trigger([sender.answer(case, leads_to=elsewhere), sender.ok])
    assert not elsewhere.requests, f"went to the other URL: {elsewhere.requests[0]}; {series}"


@pytest.mark.overlap
@pytest.mark.cases("other_successes")
async def test_repeats_after_another_success(sender, case):
    """Only the documented status acknowledges."""
    series = await sender.trigger([case, sender.ok])
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.regime("refused", alone=True)
async def test_repeats_after_a_refused_connection(sender):
    """An endpoint that is down for a moment loses nothing."""
    series = await sender.trigger([sender.answer(end="refused"), sender.ok])
    assume(series.count or series.settled, series.too_short, "window_too_short")
    assert series.count, series


@pytest.mark.overlap
@pytest.mark.regime("no tls", alone=True)
async def test_repeats_after_a_tls_failure(sender):
    """A handshake that fails is a failed delivery."""
    series = await sender.trigger([sender.answer(end="no TLS"), sender.answer(end="no TLS")])
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_repeats_after_silence(sender):
    """No answer at all is a failed delivery."""
    series = await sender.trigger([sender.answer(end="silent"), sender.ok], shared=True)
    assume(series.seen_to_its_end, series.still_open, "window_too_short")
    assert series.first.given_up, f"still waiting: {series}"
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_gives_up_at_the_deadline(sender):
    """The sender waits as long as is documented, not much less and not much more."""
    series = await sender.trigger([sender.answer(end="silent"), sender.ok], shared=True)
    assert series.first.given_up, f"still waiting: {series}"
    waited_s = series.first.open_s
    assert 0.85 * sender.deadline_s <= waited_s <= 1.5 * sender.deadline_s + 0.5, f"waited {waited_s:.1f} s: {series}"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_gives_up_some_time(sender):
    """A sender that waits without end can be held up by any endpoint."""
    series = await sender.trigger([sender.answer(end="silent"), sender.ok], shared=True)
    assume(series.seen_to_its_end, series.still_open, "window_too_short")
    assert series.first.given_up, f"still waiting: {series}"


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_repeats_after_a_dripping_answer(sender):
    """The deadline is for the whole answer: one that comes a byte at a time is late too."""
    drip = sender.answer(body=b"." * 60, drip_s=max(0.1, sender.deadline_s / 20))
    series = await sender.trigger([drip, sender.ok])
    assume(series.seen_to_its_end, series.still_open, "window_too_short")
    assert series.first.given_up, f"still reading: {series}"
    assume(series.settled, series.too_short, "window_too_short")
    assert series.retried, series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_takes_an_answer_just_in_time(sender):
    """An acknowledgement shortly before the deadline counts."""
    series = await sender.trigger([sender.ok.after(0.85 * sender.deadline_s)], until_quiet=True)
    assert series.acknowledged and not series.after_acknowledgement, series


@pytest.mark.overlap
@pytest.mark.regime("slow")
async def test_waits_for_one_attempt_before_the_next(sender):
    """While an attempt is open there is no second one for the same event."""
    series = await sender.trigger([sender.answer(end="silent"), sender.ok], shared=True)
    assert not series.overlapping, series


@pytest.mark.overlap
@pytest.mark.cases("acknowledgements")
async def test_stops_after_an_acknowledgement(sender, case):
    """What was acknowledged is not sent again."""
    series = await sender.trigger([case], until_quiet=True)
    assume(series.first.outcome == "answered", series)
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
@pytest.mark.cases("odd_acknowledgements")
async def test_stops_after_an_odd_answer(sender, case):
    """The status acknowledges, whatever the body is."""
    series = await sender.trigger([case], until_quiet=True)
    assume(series.first.outcome == "answered", series)
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
async def test_stops_after_an_acknowledged_retry(sender):
    """Once a retry has been acknowledged it is over."""
    series = await sender.trigger([sender.answer(500), sender.ok], until_quiet=True)
    assume(series.settled, series.too_short, "window_too_short")
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
async def test_repeats_the_same_event(sender):
    """A retry keeps the id, so that a receiver can tell it from a new event."""
    series = await sender.trigger([sender.answer(500), sender.answer(500), sender.ok], shared=True)
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assert series.same_ids, f"{series.ids}; {series}"


@pytest.mark.overlap
async def test_repeats_the_same_bytes(sender):
    """A retry is the same body."""
    series = await sender.trigger([sender.answer(500), sender.answer(500), sender.ok], shared=True)
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assert series.same_bytes, f"{series.difference}; {series}"


@pytest.mark.overlap
@pytest.mark.cases("retry_after")
async def test_comes_again_no_sooner_than_asked(sender, case):
    """Retry-After says when the endpoint can take it."""
    series = await sender.trigger([case, case, case, case, sender.ok])
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assert min(series.gaps) >= case.retry_after_s - 0.1, series


@pytest.mark.overlap
@pytest.mark.cases("endless_retry_after")
async def test_is_not_hurried_by_a_long_retry_after(sender, case):
    """Who asks for more time than anybody gives is not asked again sooner than who asks for none."""
    usual, series = await sender.schedule(), await sender.trigger([case, sender.ok])
    assume(usual.retried, usual, "not_triggered")
    assume(usual.gaps[0] > 0.15, f"the usual gap is too short to tell: {usual}", "window_too_short")
    assert not series.retried or series.gaps[0] > 0.5 * usual.gaps[0], f"{series}; usually: {usual}"


@pytest.mark.overlap
async def test_ends_some_time(sender):
    """Attempts are bounded in number and time."""
    series = await sender.schedule()
    assert not series.is_endless, series
    seen = f"{series.count} of an unknown number of attempts, {series.backoff}"
    assume(series.is_over, f"{seen}; {series}", "window_too_short")


@pytest.mark.overlap
async def test_makes_as_many_attempts_as_documented(sender):
    """There are as many attempts as documented: no more, and no fewer as long as none is acknowledged."""
    series, most = await sender.schedule(), sender.documented.most_attempts
    assert series.count <= most, f"{series.count} attempts: {series}"
    assume(series.count == most or series.is_long_over, series, "window_too_short")
    assert series.count == most, f"{series.count} attempts: {series}"


@pytest.mark.overlap
@pytest.mark.regime("single_attempt")
@pytest.mark.cases("single_attempts")
async def test_makes_one_attempt(sender, case):
    """What is not guaranteed is tried once, whatever the answer."""
    series = await sender.trigger([case, sender.ok], until_quiet=True)
    assert series.count == 1, series


@pytest.mark.overlap
@pytest.mark.regime("restart", alone=True)
async def test_loses_nothing_in_a_restart(sender):
    """What was to be tried again is tried again by the next process."""
    failed = await sender.trigger([sender.answer(500)])
    await sender.restart()
    later = await sender.follow(failed, answers=[sender.ok])
    assume(later.settled, later, "window_too_short")
    assert later.count, f"{failed}; the platform was restarted; {later}"


@pytest.mark.overlap
@pytest.mark.regime("several")
@pytest.mark.cases("gone")
async def test_stops_after_gone(sender, case):
    """An endpoint that says that it is gone for ever gets no further attempt."""
    series = await sender.trigger([case], until_quiet=True)
    assume(series.settled, series.too_short, "window_too_short")
    assert not series.retried, series


@pytest.mark.last
def test_repeats_nothing_that_was_acknowledged_in_the_run(sender):
    """Whatever the check, and wherever it came: what was acknowledged at once did not come again."""
    ledger = sender.ledger()
    assert not ledger.repeated, f"{len(ledger.repeated)} of {ledger}: {ledger.repeated[0]}"


@pytest.mark.last
def test_repeats_the_same_bytes_in_the_run(sender):
    """Every later attempt of every delivery is the same body as its first."""
    ledger = sender.ledger()
    assert not ledger.changed, f"{len(ledger.changed)} of {ledger}: {ledger.changed[0]}"

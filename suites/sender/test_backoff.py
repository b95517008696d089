"""Retries leave an endpoint the time to recover."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_waits_before_a_retry(sender):
    """An endpoint that keeps failing is not asked again at once; the first retry may be."""
    series = await sender.schedule()
    assume(series.count > 3, series, "window_too_short")
    assert series.usual_gap_s > 0.1, f"{series.backoff}; {series}"


@pytest.mark.overlap
async def test_tries_more_than_once_again(sender):
    """Where retries are to come later and later there is more than one of them."""
    series = await sender.schedule()
    assume(series.count > 2 or series.is_long_over, series, "window_too_short")
    assert series.count > 2, series


@pytest.mark.overlap
async def test_waits_longer_each_time(sender):
    """The gaps between attempts grow."""
    series = await sender.schedule()
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assume(not series.backoff.doubtful, f"{series.backoff}; {series}", "window_too_short")
    assert series.backoff.grows, f"{series.backoff}; {series}"


@pytest.mark.overlap
async def test_grows_exponentially(sender):
    """Each gap is about so many times the one before, up to a cap."""
    series = await sender.schedule()
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assume(not series.backoff.ambiguous, f"{series.backoff}; {series}", "window_too_short")
    assert series.backoff.may_be_exponential, f"{series.backoff}; {series}"


@pytest.mark.overlap
async def test_tries_as_long_as_documented(sender):
    """An endpoint that is down for days loses nothing; only virtual time can show it."""
    series, window_s = await sender.schedule(), sender.documented.window_s
    enough = series.span_s >= window_s or series.watched_s >= window_s
    assume(enough, f"seen for {series.span_s:.0f} s of {window_s:.0f}: {series}", "window_too_short")
    assert series.span_s >= window_s, f"the last attempt came {series.span_s:.0f} s after the first: {series}"

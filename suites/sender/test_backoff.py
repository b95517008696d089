"""Retries leave an endpoint the time to recover."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_waits_before_a_retry(sender):
    """An endpoint that keeps failing is not asked again at once; the first retry may be."""
    series = await sender.schedule()
    assume(sender.retried(series) and series.count > 3, series, "window_too_short")
    assert sender.pause_s(series) > 0.1, f"{sender.backoff(series)}; {series}"


@pytest.mark.overlap
async def test_tries_more_than_once_again(sender):
    """Where retries are to come later and later there is more than one of them."""
    series = await sender.schedule()
    assume(sender.retried(series) and (series.count > 2 or sender.outwaited(series)), series, "window_too_short")
    assert series.count > 2, series


@pytest.mark.overlap
async def test_waits_longer_each_time(sender):
    """The gaps between attempts grow."""
    series = await sender.schedule()
    assume(sender.retried(series), series, "not_triggered")
    assume(not sender.backoff(series).doubtful, f"{sender.backoff(series)}; {series}", "window_too_short")
    assert sender.backoff(series).grows is not False, f"{sender.backoff(series)}; {series}"


@pytest.mark.overlap
async def test_grows_exponentially(sender):
    """Each gap is about so many times the one before, up to a cap."""
    series = await sender.schedule()
    assume(sender.retried(series), series, "not_triggered")
    assume(not sender.backoff(series).ambiguous, f"{sender.backoff(series)}; {series}", "window_too_short")
    assert sender.backoff(series).kind not in ("constant", "linear", "shrinking"), f"{sender.backoff(series)}; {series}"

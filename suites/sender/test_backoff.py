"""Retries leave an endpoint the time to recover."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_waits_before_a_retry(sender):
    """An endpoint that has just failed is not asked again at once."""
    series = await sender.schedule()
    assume(sender.retried(series), series, "not_triggered")
    assert sender.backoff(series).kind != "none", f"{sender.backoff(series)}; {series}"


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
    assume(not sender.backoff(series).doubtful, f"{sender.backoff(series)}; {series}", "window_too_short")
    assert sender.backoff(series).kind not in ("constant", "linear", "shrinking"), f"{sender.backoff(series)}; {series}"

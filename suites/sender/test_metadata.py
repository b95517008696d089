"""What goes with a body in its headers: the id, the time, the kind."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_sends_the_documented_headers(sender):
    """Each documented header is there under exactly its name, and says what is the same for everybody."""
    wrong = [sample.wrong_header for sample in await sender.samples()]
    assert not any(wrong), next(filter(None, wrong))


@pytest.mark.overlap
async def test_keeps_the_separator_out_of_the_id(sender):
    """What separates the parts that are signed is in none of them: else two deliveries are signed alike."""
    separator, samples = sender.documented.separator, await sender.samples()
    wrong = [sample for sample in samples if separator in sample.stamp.id]
    assert not wrong, f"{separator!r} is in the id {wrong[0].stamp.id!r}: {wrong[0]}"


@pytest.mark.overlap
async def test_writes_the_time_as_documented(sender):
    """A receiver can read the time of the attempt."""
    wrong = [sample for sample in await sender.samples() if sample.told_at_s is None]
    assert not wrong, f"the time is {wrong[0].stamp.timestamp!r}: {wrong[0]}"


@pytest.mark.overlap
async def test_dates_each_attempt_anew(sender):
    """A retry says its own time: under that of the first attempt it would soon be refused as too old."""
    series = await sender.schedule()
    assume(series.settled, series.too_short, "window_too_short")
    assume(series.retried, series, "not_triggered")
    assume(series.redated, f"all attempts came within one second: {series}", "window_too_short")
    stale = [attempt for attempt in series.redated if attempt.stamp.timestamp == series.first.stamp.timestamp]
    assert not stale, f"{stale[0].at_s - series.first.at_s:.1f} s after the first attempt it says its time: {series}"


@pytest.mark.last
def test_tells_the_time_of_each_attempt(sender):
    """The time that goes with a signature is near that of our clock, or receivers refuse it."""
    wrong = sender.ledger().misdated
    assert not wrong, f"{wrong[0].seconds_off:+.0f} s away ({wrong[0].stamp.timestamp!r}): {wrong[0]}"

"""Several endpoints each get every event, and none of them suffers from another."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_delivers_each_event_to_each_endpoint(sender):
    """Two endpoints, one event: each gets it."""
    first, second = await sender.register(), await sender.register()
    at_first = await sender.trigger(endpoint=first, allow_none=True)
    at_second = await sender.follow(at_first, endpoint=second)
    assume(at_first.count or at_first.elsewhere or at_second.count, "no endpoint got the event")
    assert at_first.count and at_second.count, f"the first endpoint: {at_first}; the second: {at_second}"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_a_slow_endpoint_delays_no_other(sender):
    """While one endpoint takes its time, the other gets its events at once."""
    endpoint, held_s = await sender.register(), max(0.6 * sender.deadline_s, 3.0)
    alone = [await sender.trigger(endpoint=endpoint, allow_none=True) for _ in range(2)]
    await sender.register(answer=sender.ok.after(held_s))
    beside = [await sender.trigger(endpoint=endpoint, allow_none=True) for _ in range(4)]
    later_s = max(series.delay_s for series in beside) - max(series.delay_s for series in alone)
    assert later_s < 0.65 * held_s, f"{later_s:.1f} s later than without it"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_a_dead_endpoint_delays_no_other(sender):
    """While one endpoint refuses connections, the other gets its events at once."""
    endpoint, dead = await sender.register(), await sender.register(own_port=True)
    alone = [await sender.trigger(endpoint=endpoint, allow_none=True) for _ in range(2)]
    await dead.shut()
    beside = [await sender.trigger(endpoint=endpoint, allow_none=True) for _ in range(4)]
    later_s = max(series.delay_s for series in beside) - max(series.delay_s for series in alone)
    assert later_s < 0.65 * max(0.6 * sender.deadline_s, 3.0), f"{later_s:.1f} s later than without it"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_delivers_once_when_registered_twice(sender):
    """The same URL registered again is refused, or is the same endpoint: an event comes once."""
    endpoint = await sender.register()
    await sender.register(again=endpoint)
    series = await sender.trigger(endpoint=endpoint, until_quiet=True)
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_a_removed_endpoint(sender):
    """What was taken back gets nothing more."""
    endpoint = await sender.register()
    await sender.trigger(endpoint=endpoint)
    await sender.remove(endpoint)
    came = await sender.expect_nothing(endpoint=endpoint)
    assert not came, came[0]


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_an_endpoint_removed_between_attempts(sender):
    """A retry is not made once its endpoint is gone."""
    endpoint = await sender.register()
    failed = await sender.trigger([sender.answer(500)], endpoint=endpoint)
    await sender.remove(endpoint)
    later = await sender.follow(failed, after_s=0.3)  # an attempt that was on its way
    assume(later.settled, later, "window_too_short")
    assert not later.count, f"{later.arrivals[0]}; {failed}"


@pytest.mark.overlap
@pytest.mark.regime("several")
@pytest.mark.cases("gone")
async def test_spares_an_endpoint_that_is_gone(sender, case):
    """What said once that it is gone for ever gets no later event either."""
    endpoint = await sender.register()
    await sender.trigger([case], endpoint=endpoint)
    came = await sender.expect_nothing(endpoint=endpoint)
    assert not came, came[0]


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_a_disabled_endpoint(sender):
    """While it is switched off it gets nothing; switched on again it does."""
    endpoint = await sender.register()
    await sender.trigger(endpoint=endpoint)
    await sender.switch(endpoint, on=False)
    while_off = await sender.expect_nothing(endpoint=endpoint)
    await sender.switch(endpoint, on=True)
    then = await sender.trigger(endpoint=endpoint, allow_none=True)
    assert not while_off, while_off[0]
    assert then.count, then

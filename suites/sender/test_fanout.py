"""Several endpoints each get every event, and none of them suffers from another."""

import pytest


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_delivers_each_event_to_each_endpoint(sender):
    """Two endpoints, one event: each gets it."""
    first, second = await sender.places(2)
    one, other = await sender.to_each(first, second)
    assert one.count and other.count, f"the first endpoint: {one}; the second: {other}"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_a_slow_endpoint_delays_no_other(sender):
    """While one endpoint takes its time, the other gets its events at once."""
    later_s = await sender.delay_beside(sender.ok.after(sender.held_s))
    assert later_s < 0.65 * sender.held_s, f"{later_s:.1f} s later than without it"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_a_dead_endpoint_delays_no_other(sender):
    """While one endpoint refuses connections, the other gets its events at once."""
    later_s = await sender.delay_beside(None)
    assert later_s < 0.65 * sender.held_s, f"{later_s:.1f} s later than without it"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_delivers_once_when_registered_twice(sender):
    """The same URL registered again is refused, or is the same endpoint: an event comes once."""
    series = await sender.registered_twice()
    assert not series.after_acknowledgement, series


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_a_removed_endpoint(sender):
    """What was taken back gets nothing more."""
    arrivals = await sender.after_removal()
    assert not arrivals, arrivals[0]


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_an_endpoint_removed_between_attempts(sender):
    """A retry is not made once its endpoint is gone."""
    series, after = await sender.removal_between_attempts()
    assert not after, f"{after[0]}; {series}"


@pytest.mark.overlap
@pytest.mark.regime("several")
async def test_spares_a_disabled_endpoint(sender):
    """While it is switched off it gets nothing; switched on again it does."""
    while_off, then = await sender.switched_off_and_on()
    assert not while_off, while_off[0]
    assert then.count, then

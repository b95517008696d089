"""Each event is delivered, once it has happened, and as a request that a receiver can rely on."""

import pytest


@pytest.mark.overlap
@pytest.mark.cases("event_kinds")
async def test_delivers_each_kind_of_event(sender, case):
    """One event, one delivery."""
    arrival = await sender.sample(case)
    assert arrival.method == "POST", arrival


@pytest.mark.overlap
async def test_delivers_soon(sender):
    """What is called real time comes within the deadline of an answer."""
    series = await sender.series(sender.ok)
    assert sender.delay_s(series) < sender.deadline_s, (
        f"{sender.delay_s(series):.1f} s after it was asked for: {series}"
    )


@pytest.mark.overlap
async def test_names_the_media_type(sender):
    """A receiver knows by the Content-Type how to read the body."""
    wrong = [arrival for arrival in await sender.samples() if not sender.typed(arrival)]
    assert not wrong, f"Content-Type: {wrong[0].header('content-type')}; {wrong[0]}"


@pytest.mark.overlap
async def test_delivers_to_the_registered_url(sender):
    """Host, path and query are those that were registered, byte for byte."""
    place = await sender.place_with_a_query()
    series = await sender.series(sender.ok, place=place)
    assert sender.is_at(series.first, place), f"{series.first.method} {series.first.url}, registered: {place.url}"


@pytest.mark.overlap
async def test_gives_no_secret_away(sender):
    """Neither the signing secret nor the API's token is in anything that is sent."""
    shown = [arrival for arrival in await sender.samples() if sender.reveals(arrival)]
    assert not shown, f"{sender.reveals(shown[0])}; {shown[0]}"


@pytest.mark.overlap
@pytest.mark.cases("undocumented_kinds")
async def test_delivers_incoming_messages_only(sender, case):
    """What happens to messages that the account sends is not delivered."""
    arrivals = await sender.anything(kind=case)
    assert not arrivals, arrivals[0]


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_reports_states_in_their_order(sender):
    """Sent comes before delivered, and delivered before seen, where the order is kept."""
    states = await sender.states()
    assert states == sender.states_in_order, " -> ".join(states)


@pytest.mark.overlap
@pytest.mark.regime("burst")
async def test_keeps_few_requests_open(sender):
    """An endpoint that answers slowly is not flooded: no more requests are open than documented."""
    most = await sender.burst(answer=sender.ok.after(1.0), count=2 * sender.most_open_allowed + 10)
    assert most <= sender.most_open_allowed, f"{most} requests open at the same time"

"""The settings of an account decide what is sent, and how."""

import pytest


@pytest.mark.overlap
@pytest.mark.cases("switched_kinds")
async def test_delivers_what_is_switched_on(sender, case):
    """With its setting on, a kind of event is delivered."""
    arrival = await sender.sample(case)
    assert arrival.method == "POST", arrival


@pytest.mark.overlap
@pytest.mark.regime("quiet")
@pytest.mark.cases("switched_kinds")
async def test_delivers_nothing_that_is_switched_off(sender, case):
    """With its setting off, a kind of event is not delivered."""
    arrivals = await sender.switched_off(case)
    assert not arrivals, arrivals[0]


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_keeps_one_request_open_at_most(sender):
    """Without parallel delivery one request follows the other."""
    most = await sender.burst(answer=sender.ok.after(0.4), count=5)
    assert most == 1, f"{most} requests open at the same time"


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_keeps_the_order(sender):
    """Without parallel delivery events arrive in the order in which they happened."""
    asked, came = await sender.order(count=8, answer=sender.ok.after(0.1))
    assert came == asked, f"asked for {asked}, came {came}"


@pytest.mark.overlap
async def test_opens_requests_at_once(sender):
    """With parallel delivery a slow answer holds up nobody."""
    most = await sender.burst(answer=sender.ok.after(0.4), count=8)
    assert most > 1, "one request open at the same time at most"

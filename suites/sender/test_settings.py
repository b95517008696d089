"""The settings of an account decide what is sent, and how."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.cases("switched_kinds")
async def test_delivers_what_is_switched_on(sender, case):
    """With its setting on, a kind of event is delivered."""
    delivered = await sender.sample(case)
    assert delivered.method == "POST", delivered


@pytest.mark.overlap
@pytest.mark.regime("quiet")
@pytest.mark.cases("switched_kinds")
async def test_delivers_nothing_that_is_switched_off(sender, case):
    """With its setting off, a kind of event is not delivered."""
    came = await sender.expect_nothing(kind=case, among=sender.documented.switched_kinds)
    assert not came, came[0]


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_keeps_one_request_open_at_most(sender):
    """Without parallel delivery one request follows the other."""
    burst = await sender.trigger_many(5, answer=sender.ok.after(0.4))
    assert burst.most_open == 1, f"{burst.most_open} requests open at the same time"


@pytest.mark.overlap
@pytest.mark.regime("sequential")
async def test_keeps_the_order(sender):
    """Without parallel delivery events arrive in the order in which they happened."""
    burst = await sender.trigger_many(8, answer=sender.ok.after(0.1), in_turn=True)
    assume(burst.is_whole, burst)
    assert burst.order == sorted(burst.order), f"they came in the order {burst.order}"


@pytest.mark.overlap
async def test_opens_requests_at_once(sender):
    """With parallel delivery a slow answer holds up nobody."""
    burst = await sender.trigger_many(8, answer=sender.ok.after(0.4))
    assert burst.most_open > 1, "one request open at the same time at most"

"""An endpoint has to prove that it wants to be delivered to, before anything is."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_asks_before_it_delivers(sender):
    """The verification request comes first."""
    endpoint = await sender.register()
    assert endpoint.challenges, "no verification request came"
    series = await sender.trigger(endpoint=endpoint)
    assert endpoint.challenges[0].at_s < series.first.at_s, series


@pytest.mark.overlap
async def test_sends_the_documented_parameters(sender):
    """Every documented parameter is there, by its documented name."""
    endpoint = await sender.register()
    assume(endpoint.challenges, "no verification request came")
    request = endpoint.challenges[0]
    assert not request.missing, f"without {request.missing}: {request}"


@pytest.mark.overlap
async def test_sends_the_documented_mode(sender):
    """The mode is the documented one."""
    endpoint = await sender.register()
    assume(endpoint.challenges, "no verification request came")
    assert endpoint.challenges[0].has_the_mode, endpoint.challenges[0]


@pytest.mark.overlap
async def test_sends_the_registered_token(sender):
    """The token is the one that was registered."""
    endpoint = await sender.register()
    assume(endpoint.challenges, "no verification request came")
    assert endpoint.challenges[0].has_the_token, endpoint.challenges[0]


@pytest.mark.overlap
async def test_asks_with_a_fresh_text(sender):
    """A text that was used before proves nothing."""
    first, second = await sender.register(), await sender.register()
    assume(first.challenges and second.challenges, "no verification request came")
    assert first.challenges[0].text != second.challenges[0].text, first.challenges[0]


@pytest.mark.overlap
async def test_delivers_only_after_the_answer(sender):
    """An endpoint that refuses the verification gets nothing."""
    endpoint = await sender.register(refuses_challenges=True)
    assume(endpoint.challenges, "no verification request came")
    came = await sender.expect_nothing(endpoint=endpoint)
    assert not came, came[0]

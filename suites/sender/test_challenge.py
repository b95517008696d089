"""An endpoint has to prove that it wants to be delivered to, before anything is."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_asks_before_it_delivers(sender):
    """The verification request comes first."""
    place = await sender.challenged()
    assert place.challenges, "no verification request came"
    series = await sender.series(sender.ok, place=place)
    assert place.challenges[0].at_s < series.first.at_s, series


@pytest.mark.overlap
async def test_sends_the_documented_parameters(sender):
    """Every documented parameter is there, by its documented name."""
    place = await sender.challenged()
    assume(place.challenges, "no verification request came")
    assert not sender.missing_parameters(place), (
        f"without {sender.missing_parameters(place)}: {place.challenges[0].target}"
    )


@pytest.mark.overlap
async def test_sends_the_documented_mode(sender):
    """The mode is the documented one."""
    place = await sender.challenged()
    assume(place.challenges, "no verification request came")
    assert sender.has_the_mode(place), place.challenges[0].target


@pytest.mark.overlap
async def test_sends_the_registered_token(sender):
    """The token is the one that was registered."""
    place = await sender.challenged()
    assume(place.challenges, "no verification request came")
    assert sender.has_the_token(place), place.challenges[0].target


@pytest.mark.overlap
async def test_asks_with_a_fresh_text(sender):
    """A text that was used before proves nothing."""
    first, second = await sender.challenged(), await sender.challenged()
    assume(first.challenges and second.challenges, "no verification request came")
    assert sender.text_of(first) != sender.text_of(second), first.challenges[0].target


@pytest.mark.overlap
async def test_delivers_only_after_the_answer(sender):
    """An endpoint that refuses the verification gets nothing."""
    place = await sender.refusing()
    assume(place.challenges, "no verification request came")
    arrivals = await sender.anything(place=place)
    assert not arrivals, arrivals[0]

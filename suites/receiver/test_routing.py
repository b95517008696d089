"""Each event belongs to one endpoint and one channel, and goes nowhere else."""

import pytest

from hookproof import assume


@pytest.mark.cases("unknown_channels")
def test_refuses_an_unknown_channel(receiver, delivery, case):
    """Acknowledging for a channel that nobody has set up hides a wrong address until the messages are missed."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(case(receiver.make()))

    assume(plain.acknowledged, plain)
    assert attempt.answered and not attempt.acknowledged, attempt


@pytest.mark.cases("missing_channels")
def test_refuses_a_missing_channel(receiver, delivery, case):
    """A path without the channel's id is another path."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(case(receiver.make()))

    assume(plain.acknowledged, plain)
    assert attempt.answered and not attempt.acknowledged, attempt


@pytest.mark.hostile
@pytest.mark.cases("odd_channels")
def test_survives_any_channel(receiver, case):
    """An id is an opaque text: whatever stands in its place is looked up, not computed with."""
    attempt = receiver.attempt(case(receiver.make()))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived, attempt


def test_refuses_get_without_a_challenge(receiver, delivery):
    """Deliveries are POSTed: a GET is no event, and without a challenge it is nothing."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(delivery.with_body(b"", "without a body").with_method("GET"))

    assume(plain.acknowledged, plain)
    assert attempt.answered and not attempt.acknowledged, attempt


@pytest.mark.overlap
@pytest.mark.cases("events_of_other_surfaces")
async def test_ignores_an_event_of_another_surface(receiver, delivery, case):
    """An event that came to the wrong endpoint is not stored under its channel."""
    attempt = await receiver.attempt(case(delivery))
    effects = await receiver.effects(attempt.delivery, expected=0)

    assert attempt.survived, attempt
    assert effects.none, effects


@pytest.mark.overlap
@pytest.mark.cases("events_of_other_providers")
async def test_ignores_an_event_of_another_provider(receiver, delivery, case):
    """A body that only looks familiar is refused or ignored, but not read as something it is not."""
    attempt = await receiver.attempt(case(delivery))
    effects = await receiver.effects(attempt.delivery, expected=0)

    assert attempt.survived, attempt
    assert effects.none, effects


@pytest.mark.overlap
async def test_processes_the_same_id_on_two_channels(receiver, everywhere, delivery):
    """Ids are unique within a channel: the same one on another channel is another event."""
    attempts = await receiver.send_all(everywhere.channels(delivery))
    assume(attempts.acknowledged, attempts)
    effects = await receiver.effects(delivery, expected=2)

    assert effects.as_expected, effects


@pytest.mark.overlap
async def test_processes_interleaved_surfaces(everywhere):
    """Events of every channel at the same moment: each has its effect, none has two."""
    attempts = await everywhere.send_at_once(4)
    effects = await everywhere.effects(attempts)

    assert effects.once, effects

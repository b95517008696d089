"""Events about one and the same thing come in any order; what is known already is not lost over an older one."""

import pytest

from hookproof import assume


@pytest.mark.cases("states")
def test_acknowledges_an_older_state_after_a_newer_one(receiver, case):
    """Read, and then delivered: late news are no error."""
    older, newer = case()
    first = receiver.attempt(newer)
    late = receiver.attempt(older)

    assume(first.acknowledged, first)
    assert late.acknowledged, late


@pytest.mark.overlap
@pytest.mark.cases("states")
async def test_keeps_the_newer_state(receiver, case):
    """What a late event says of an earlier time does not undo what is known of a later one."""
    older, newer = case()
    attempt = await receiver.attempt(newer)
    assume(attempt.acknowledged, attempt)
    assume(not (await receiver.effects(newer)).lost, "the receiver does not act on this state", "prerequisite_failed")
    late = await receiver.attempt(older)
    assume(late.acknowledged, late)

    effects = await receiver.effects(newer)
    assert not effects.lost, f"the newer state is gone after the older one came: {effects}"


@pytest.mark.overlap
@pytest.mark.cases("state_chains")
async def test_tells_the_states_of_one_event_apart(receiver, case):
    """Sent, delivered and viewed are three events about one message."""
    states = case()
    attempts = await receiver.send_all(states)
    assume(attempts.acknowledged, attempts)
    first = await receiver.effects(states[0])
    assume(not first.lost, "the receiver does not act on states", "prerequisite_failed")
    effects = await receiver.effects(*states)

    assert effects.once, effects


@pytest.mark.cases("state_kinds")
def test_acknowledges_a_state_of_an_unknown_event(receiver, delivery, case):
    """A state may come before what it is about is known here; refusing it only brings it back."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(case(delivery))

    assume(plain.acknowledged, plain)
    assert attempt.acknowledged, attempt

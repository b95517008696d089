"""A signature that covers an id and a time holds for these alone, and only for a while."""

import pytest

from hookproof import assume


@pytest.mark.cases("old_times")
def test_rejects_an_old_time(receiver, delivery, case):
    """What was signed too long ago may be somebody's recording."""
    old = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert old.rejected, old


@pytest.mark.cases("future_times")
def test_rejects_a_future_time(receiver, delivery, case):
    """What is signed for later would be fresh for too long."""
    early = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert early.rejected, early


@pytest.mark.cases("tolerated_times")
def test_accepts_a_time_within_the_tolerance(receiver, delivery, case):
    """Clocks differ and retries queue: what is within the tolerance is fresh, both ways."""
    genuine = receiver.attempt(delivery)
    off = receiver.attempt(case(delivery))

    assume(genuine.acknowledged, genuine)
    assert off.acknowledged, off


def test_rejects_a_changed_id(receiver, delivery):
    """An id that is not the signed one would make one event two."""
    forged = receiver.attempt(delivery.with_id(delivery.id + "0", "with another id than was signed"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_a_changed_time(receiver, delivery):
    """A time that is not the signed one would make an old delivery fresh."""
    forged = receiver.attempt(delivery.with_time(delivery.at - 1, "with another time than was signed"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.cases("lists_with_the_right_signature")
def test_accepts_the_right_signature_anywhere_in_a_list(receiver, delivery, case):
    """While keys rotate a header holds a signature for each: one that is right is enough."""
    genuine = receiver.attempt(delivery)
    listed = receiver.attempt(case(delivery))

    assume(genuine.acknowledged, genuine)
    assert listed.acknowledged, listed


@pytest.mark.cases("lists_of_wrong_signatures")
def test_rejects_a_list_without_the_right_signature(receiver, delivery, case):
    """Many wrong signatures are no better than one."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.overlap
async def test_processes_a_retry_signed_anew_once(receiver, delivery):
    """A retry has a new time and a new signature, and is the same delivery by its id."""
    again = delivery.signed_at(delivery.at + 2, "genuine, a retry signed anew", genuine=True)
    attempts = await receiver.send_all([delivery, again])
    assume(attempts.first.acknowledged, attempts.first)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.cases("missing_stamps")
def test_rejects_a_delivery_without_its_id_or_time(receiver, delivery, case):
    """What is signed has to be there: a default for it is a delivery that anybody can date."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("garbled_times")
def test_rejects_a_garbled_time(receiver, delivery, case):
    """What is no time is refused, and nothing breaks over it."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("signed_garbled_times")
def test_survives_a_garbled_time_that_is_signed(receiver, delivery, case):
    """Even under the right signature a time is read with care."""
    garbled = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{garbled}; then {genuine}"
    assert garbled.survived, garbled


@pytest.mark.cases("former_keys")
def test_accepts_both_keys_while_they_rotate(receiver, delivery, case):
    """During a rotation a delivery may be signed with either key, or with both."""
    genuine = receiver.attempt(delivery)
    rotated = receiver.attempt(case(receiver.make()))

    assume(genuine.acknowledged, genuine)
    assert rotated.acknowledged, rotated


@pytest.mark.cases("former_key_alone")
def test_rejects_the_former_key_after_the_rotation(receiver, delivery, case):
    """A key is replaced because somebody else may have it."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged

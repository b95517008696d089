"""Senders deliver at least once; a receiver acts on an event once. Effects are counted by an observer."""

import pytest

from hookproof import assume


def test_acknowledges_a_retry(receiver, delivery):
    """A copy of what was taken is acknowledged too, or the sender will never stop."""
    first = receiver.attempt(delivery)
    again = receiver.attempt(delivery.labelled("genuine, again"))

    assume(first.acknowledged, first)
    assert again.acknowledged, again


@pytest.mark.overlap
async def test_processes_a_retry_once(receiver, delivery):
    """The same bytes three times: one effect."""
    attempts = await receiver.repeat(delivery, times=3)
    assume(attempts[0].acknowledged, attempts[0])
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_simultaneous_copies_once(receiver, delivery):
    """Ten copies at the same moment, five times: looking first and writing later is not enough."""
    attempts = await receiver.send_copies_at_once([delivery, *receiver.make_many(4)], copies=10)
    assume(receiver.any_acknowledged(attempts), attempts[0])
    effects = await receiver.effects(*receiver.deliveries_of(attempts))

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.late
async def test_processes_a_late_retry_once(receiver, delivery):
    """A copy that comes after some time is still a copy."""
    first = await receiver.attempt(delivery)
    assume(first.acknowledged, first)
    await receiver.pause(0.8 * receiver.patience_s)
    await receiver.attempt(delivery.labelled(f"genuine, {0.8 * receiver.patience_s:.0f} s later"))
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_a_retry_after_many_others_once(receiver, delivery):
    """A memory of the last hundred events is too short."""
    first = await receiver.attempt(delivery)
    assume(first.acknowledged, first)
    await receiver.send_at_once(receiver.make_many(150))
    await receiver.attempt(delivery.labelled("genuine, 150 events later"))
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_a_re_serialised_retry_once(receiver, delivery):
    """The id makes an event the same, not the spelling of its JSON."""
    first = await receiver.attempt(delivery)
    assume(first.acknowledged, first)
    await receiver.attempt(receiver.reformatted(delivery))
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_equal_content_under_other_ids(receiver, delivery):
    """ "ok" and "ok" again are two messages."""
    attempts = await receiver.send_all([delivery, receiver.renewed(delivery), receiver.renewed(delivery)])
    assume(receiver.all_acknowledged(attempts), receiver.worst_of(attempts))
    effects = await receiver.effects(*receiver.deliveries_of(attempts))

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("similar_ids")
async def test_tells_similar_ids_apart(receiver, delivery, case):
    """Ids are compared exactly: with case, to the end, and not as numbers."""
    attempts = await receiver.send_all(case(delivery))
    assume(receiver.all_acknowledged(attempts), receiver.worst_of(attempts))
    effects = await receiver.effects(*receiver.deliveries_of(attempts))

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_an_event_whose_first_attempt_was_cut_off(receiver, delivery):
    """The connection broke half-way through the body; the retry must count."""
    await receiver.attempt(delivery.labelled("genuine, cut off half-way"), keep=0.5, hang_up=True)
    again = await receiver.attempt(delivery)
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_an_event_whose_answer_was_lost_once(receiver, delivery):
    """The sender never saw the answer and sends again: still one effect."""
    await receiver.attempt(delivery.labelled("genuine, answer not awaited"), hang_up=True)
    await receiver.pause(0.3)
    again = await receiver.attempt(delivery)
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_keeps_the_id_free_when_a_forgery_uses_it(receiver, delivery):
    """A forged delivery that is refused must not make the genuine one look like a copy."""
    await receiver.attempt(delivery.signed(secret=b"another secret", label="signed with another secret"))
    genuine = await receiver.attempt(delivery)
    assume(genuine.acknowledged, genuine)
    effects = await receiver.effects(delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
async def test_processes_a_retry_inside_a_batch_once(receiver, delivery):
    """An event that comes again together with new ones is still the same event."""
    first = await receiver.attempt(delivery)
    assume(first.acknowledged, first)
    again = await receiver.attempt(receiver.inside_a_batch(delivery))
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery, again.delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_an_event_whose_first_attempt_failed(receiver):
    """The receiver itself answered 5xx, because a file could not be had; the retry must count."""
    delivery, file = receiver.media_kind(answer="failing", counted=True)
    first = await receiver.attempt(delivery)
    file.mend()
    assume(not first.survived, f"it did not answer 5xx, so there is no retry: {first}", "not_triggered")
    again = await receiver.attempt(delivery)
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.last
def test_processes_a_retry_after_a_restart_once(receiver, delivery):
    """A memory that ends with the process is too short (--restart)."""
    first = receiver.attempt(delivery)
    assume(first.acknowledged, first)
    receiver.restart()
    receiver.attempt(delivery.labelled("genuine, after a restart"))
    effects = receiver.effects(delivery)

    assert effects.once, effects

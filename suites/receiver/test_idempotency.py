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
    attempts = await receiver.send_all([delivery] * 3)
    assume(attempts.first.acknowledged, attempts.first)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_simultaneous_copies_once(receiver, delivery):
    """Ten copies at the same moment, five times: looking first and writing later is not enough."""
    attempts = await receiver.send_at_once([delivery, *receiver.make_many(4)], copies=10)
    assume(attempts.any_acknowledged, attempts.first)
    effects = await receiver.effects(*attempts.taken)

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
    await receiver.attempt(delivery.reformatted())
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_equal_content_under_other_ids(receiver, delivery):
    """ "ok" and "ok" again are two messages."""
    attempts = await receiver.send_all([delivery, receiver.renewed(delivery), receiver.renewed(delivery)])
    assume(attempts.acknowledged, attempts)
    effects = await receiver.effects(*attempts.deliveries)

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("similar_ids")
async def test_tells_similar_ids_apart(receiver, delivery, case):
    """Ids are compared exactly: with case, to the end, and not as numbers."""
    attempts = await receiver.send_all(case(delivery))
    assume(attempts.acknowledged, attempts)
    effects = await receiver.effects(*attempts.deliveries)

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
    await receiver.attempt(delivery.signed("signed with another secret", secret=b"another secret"))
    genuine = await receiver.attempt(delivery)
    assume(genuine.acknowledged, genuine)
    effects = await receiver.effects(delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
async def test_processes_a_retry_inside_a_batch_once(receiver, delivery):
    """An event that comes again together with new ones is still the same event."""
    first = await receiver.attempt(delivery)
    assume(first.acknowledged, first)
    again = await receiver.send_all(receiver.variations("batches_with_it", delivery))
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery, *again.deliveries)

    assert effects.once, effects


@pytest.mark.overlap
async def test_processes_an_event_whose_first_attempt_failed(receiver, media):
    """The receiver itself answered 5xx, because a file could not be had; the retry must count."""
    delivery, file = media.event("failing", counted=True)
    first = await receiver.attempt(delivery, once=True)
    file.mend()
    assume(not first.survived, f"it did not answer 5xx, so there is no retry: {first}", "not_triggered")
    again = await receiver.attempt(delivery)
    assume(again.acknowledged, again)
    effects = await receiver.effects(delivery)

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("countable_kinds")
async def test_processes_a_retry_of_every_kind_once(receiver, delivery, case):
    """An image or a location that comes again is as well known as a text."""
    first = await receiver.attempt(case(delivery))
    assume(first.acknowledged, first)
    await receiver.attempt(first.delivery.labelled(f"genuine {first.delivery.kind}, again"))
    effects = await receiver.effects(first.delivery)

    assert effects.once, effects


@pytest.mark.closing
def test_processes_the_first_events_of_the_run_once(ledger):
    """What came first is known after all that came since, and up to 2000 others."""
    again = ledger.first_again()
    assume(again.acknowledged, again)
    forgotten = ledger.forgotten(again)

    assert not forgotten, forgotten


@pytest.mark.closing
def test_processes_nothing_twice_that_came_once(ledger):
    """One delivery, one acknowledgement, one effect: also when it is looked at minutes later."""
    assert not ledger.done_twice(), ledger.done_twice()


@pytest.mark.closing
def test_processes_nothing_twice_that_came_again(ledger):
    """Whatever was sent several times in this run has had one effect when all is over."""
    assert not ledger.done_again(), ledger.done_again()


def test_processes_an_event_whose_copy_came_while_it_failed(receiver, media):
    """A copy is not acknowledged on the credit of an attempt that is still worked on, and then fails."""
    delivery, _ = media.event("failing slowly", counted=True)
    first, copy = media.send_with_a_copy(delivery)
    assume(not first.survived and copy.acknowledged, f"the first: {first}; its copy: {copy}", "not_triggered")
    effects = receiver.effects(delivery)

    assert not effects.lost, f"{effects}; the first: {first}; its copy: {copy}"


@pytest.mark.last
def test_processes_a_retry_after_a_restart_once(receiver, delivery):
    """A memory that ends with the process is too short (--restart)."""
    first = receiver.attempt(delivery)
    assume(first.acknowledged, first)
    receiver.restart()
    receiver.attempt(delivery.labelled("genuine, after a restart"))
    effects = receiver.effects(delivery)

    assert effects.once, effects

"""What a receiver acknowledges, it also processes: seen through an observer that counts effects."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.cases("countable_kinds")
async def test_processes_every_documented_kind(receiver, delivery, case):
    """An acknowledged event has its effect, whatever its kind."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
async def test_processes_every_simultaneous_delivery(receiver):
    """None of the deliveries that came at the same moment is lost, none is done twice."""
    attempts = await receiver.send_at_once(receiver.make_many(25))
    assume(attempts.acknowledged, attempts)
    effects = await receiver.effects(*attempts.deliveries)

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("scripts")
async def test_processes_texts_of_every_script(receiver, delivery, case):
    """A message is processed in whatever script it is written."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
@pytest.mark.cases("added_fields")
async def test_processes_an_unknown_field(receiver, delivery, case):
    """A field added tomorrow does not make an event disappear behind a 2xx."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
@pytest.mark.cases("past_times")
async def test_processes_an_event_of_some_time_ago(receiver, delivery, case):
    """Senders come again for hours after an outage: what happened before it is no less an event."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
@pytest.mark.cases("without_optional_fields")
async def test_processes_a_delivery_without_its_optional_fields(receiver, delivery, case):
    """An optional field left out does not make an event disappear behind a 2xx."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.overlap
@pytest.mark.cases("batches")
async def test_processes_every_event_of_a_batch(receiver, delivery, case):
    """Every entry, every change, every message: not the first of each."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("tainted_batches")
async def test_processes_the_good_events_of_a_tainted_batch(receiver, delivery, case):
    """What is not understood stands beside what is, and is passed over alone."""
    attempt = await receiver.attempt(case(delivery))
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, f"{effects}; {attempt}"


@pytest.mark.overlap
@pytest.mark.cases("damaged_batches")
async def test_processes_the_good_events_of_a_damaged_batch(receiver, delivery, case):
    """One broken item does not take the good ones with it."""
    attempt = await receiver.attempt(case(delivery))
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, f"{effects}; {attempt}"


@pytest.mark.overlap
async def test_processes_simultaneous_events_of_one_customer(receiver, delivery):
    """Three messages of one person at the same moment are three messages."""
    attempts = await receiver.send_at_once([delivery, receiver.renewed(delivery), receiver.renewed(delivery)])
    assume(attempts.acknowledged, attempts)
    effects = await receiver.effects(*attempts.deliveries)

    assert effects.once, effects


@pytest.mark.overlap
@pytest.mark.cases("optional_kinds")
async def test_processes_optional_kinds_at_most_once(receiver, delivery, case):
    """Whether an echo or a change of state is acted on is the receiver's business; twice is too often."""
    attempts = await receiver.send_all([case(delivery)] * 3)
    assume(attempts.first.acknowledged, attempts.first)
    effects = await receiver.effects(attempts.first.delivery, expected=0)

    assert effects.at_most_once, effects


@pytest.mark.late
def test_shows_an_effect_soon(receiver, delivery):
    """What was acknowledged is there before anybody asks again."""
    attempt = receiver.attempt(delivery)
    assume(attempt.acknowledged, attempt)
    within_s = min(attempt.promise.deadline_s, receiver.patience_s)

    took_s = receiver.shows_within(delivery, within_s)

    assert took_s is not None and took_s <= within_s, f"no effect within {within_s:g} s: {attempt}"


@pytest.mark.last
def test_loses_nothing_in_a_restart(receiver):
    """What was acknowledged just before the process ended is processed by the next one (--restart)."""
    attempts = receiver.send_at_once(receiver.make_many(10))
    receiver.restart()
    assume(attempts.acknowledged, attempts)
    effects = receiver.effects(*attempts.deliveries)

    assert not effects.lost, effects


@pytest.mark.hostile
def test_loses_nothing_that_its_own_handler_fails_at(receiver):
    """What it cannot do is not acknowledged and gone: 5xx brings it again, or it is done in the end (--trouble)."""
    attempt = receiver.attempt(receiver.hook("trouble"), once=True)
    lost = attempt.acknowledged and receiver.effects(attempt.delivery).lost

    assert not lost, f"acknowledged, and without an effect: {attempt}"


@pytest.mark.closing
def test_loses_no_acknowledged_event(ledger):
    """Every genuine event that was acknowledged in this run, in whatever form it came, has had its effect."""
    assert not ledger.lost(), ledger.lost()


@pytest.mark.closing
def test_keeps_the_text_as_it_was_sent(ledger):
    """What was written is kept to the last letter, where the observer shows it."""
    altered = ledger.altered()

    assert not altered, altered

"""What a receiver acknowledges, it also processes: seen through an observer that counts effects."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.cases("kinds")
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
    assume(receiver.all_acknowledged(attempts), receiver.worst_of(attempts))
    effects = await receiver.effects(*receiver.deliveries_of(attempts))

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
@pytest.mark.cases("without_optional_fields")
async def test_processes_a_delivery_without_its_optional_fields(receiver, delivery, case):
    """An optional field left out does not make an event disappear behind a 2xx."""
    attempt = await receiver.attempt(case(delivery))
    assume(attempt.acknowledged, attempt)
    effects = await receiver.effects(attempt.delivery)

    assert not effects.lost, effects


@pytest.mark.late
def test_loses_no_acknowledged_event(receiver):
    """Every genuine event that was acknowledged in this run has had its effect."""
    effects = receiver.effects_of_the_run()

    assert not effects.lost, effects

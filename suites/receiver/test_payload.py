"""A receiver takes what the documents describe, and what they will describe tomorrow."""

import pytest

from hookproof import assume


@pytest.mark.cases("unknown_values")
def test_acknowledges_an_unknown_event_type(receiver, delivery, case):
    """A type or version that is not documented yet is acknowledged; processing it is optional."""
    plain = receiver.attempt(delivery)
    unknown = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert unknown.acknowledged, unknown


@pytest.mark.cases("added_fields")
def test_acknowledges_an_unknown_field(receiver, delivery, case):
    """A field added tomorrow is no reason to refuse."""
    plain = receiver.attempt(delivery)
    grown = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert grown.acknowledged, grown


@pytest.mark.cases("without_optional_fields")
def test_acknowledges_a_delivery_without_its_optional_fields(receiver, delivery, case):
    """Optional means that it may be absent."""
    plain = receiver.attempt(delivery)
    reduced = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert reduced.acknowledged, reduced


@pytest.mark.hostile
@pytest.mark.cases("nulls")
def test_survives_a_null(receiver, delivery, case):
    """A null where none is documented may be refused, but breaks nothing."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.survived, attempt
    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"


@pytest.mark.cases("scripts")
def test_acknowledges_texts_of_every_script(receiver, delivery, case):
    """People write in every script."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert attempt.acknowledged, attempt


@pytest.mark.cases("late_times")
def test_acknowledges_times_after_2038(receiver, delivery, case):
    """Seconds since 1970 outgrow 32 bits."""
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert attempt.acknowledged, attempt


def test_acknowledges_every_valid_delivery(receiver, delivery, for_every_valid):
    """Whatever fits the documented schema is acknowledged."""
    plain = receiver.attempt(delivery)
    assume(plain.acknowledged, plain)

    @for_every_valid
    def is_acknowledged(valid):
        attempt = receiver.attempt(valid)
        assert attempt.acknowledged, attempt


@pytest.mark.hostile
def test_survives_every_invalid_delivery(receiver, for_every_invalid):
    """Whatever does not fit the documented schema is answered without breaking."""
    assume(receiver.alive())

    @for_every_invalid
    def is_survived(invalid):
        attempt = receiver.attempt(invalid)
        assert attempt.survived, attempt

"""Nothing that is sent breaks a receiver: it answers, not with 5xx, and goes on working. Runs last."""

import pytest

from hookproof import assume

pytestmark = pytest.mark.hostile


@pytest.mark.cases("hostile_bodies")
def test_survives_a_hostile_body(receiver, delivery, case):
    """Correctly signed and still not what was expected."""
    attempt = receiver.attempt(case(delivery))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived or attempt.cut_off, attempt


@pytest.mark.cases("unsigned_hostile_bodies")
def test_survives_an_unsigned_hostile_body(receiver, delivery, case):
    """What anybody can send; closing the connection on a body that is too large is an answer."""
    attempt = receiver.attempt(case(delivery))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived or attempt.cut_off, attempt


@pytest.mark.cases("not_json")
def test_refuses_a_body_that_is_not_json(receiver, delivery, case):
    """Acknowledging what cannot be an event hides a broken sender."""
    attempt = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assume(genuine.acknowledged, genuine)
    assert not attempt.acknowledged, attempt


def test_acknowledges_a_chunked_body(receiver, delivery):
    """A body of unknown length comes in chunks, here of seven bytes."""
    plain = receiver.attempt(delivery)
    chunked = receiver.attempt(receiver.renewed(delivery), chunk=7)

    assume(plain.acknowledged, plain)
    assert chunked.acknowledged, chunked


@pytest.mark.cases("content_type_spellings")
def test_acknowledges_any_spelling_of_the_content_type(receiver, delivery, case):
    """Media types have no case and may name their charset."""
    plain = receiver.attempt(delivery)
    spelled = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert spelled.acknowledged, spelled


@pytest.mark.cases("other_content_types")
def test_survives_another_content_type(receiver, delivery, case):
    """A wrong content type may be refused, but breaks nothing."""
    attempt = receiver.attempt(case(delivery))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived, attempt


def test_acknowledges_expect_100_continue(receiver, delivery):
    """A sender may ask before it sends a large body."""
    plain = receiver.attempt(delivery)
    asked = receiver.attempt(receiver.renewed(delivery), expect=True)

    assume(plain.acknowledged, plain)
    assert asked.acknowledged, asked


@pytest.mark.cases("compressed_bodies")
def test_survives_a_compressed_body(receiver, delivery, case):
    """Nobody promised compression; it may be refused, but breaks nothing."""
    attempt = receiver.attempt(case(delivery))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived, attempt


@pytest.mark.cases("other_methods")
def test_refuses_other_methods(receiver, delivery, case):
    """Deliveries are POSTed; nothing else is one."""
    attempt = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assume(genuine.acknowledged, genuine)
    assert attempt.answered and not attempt.acknowledged, attempt


@pytest.mark.cases("every_method")
def test_survives_every_method(receiver, delivery, case):
    """Browsers, proxies and scanners come by."""
    attempt = receiver.attempt(case(delivery))

    assert receiver.alive(), f"no genuine delivery is acknowledged any more after: {attempt}"
    assert attempt.survived, attempt


def test_does_not_leak_internals_in_errors(receiver):
    """An error answer tells an attacker nothing of files, lines or libraries."""
    attempts = receiver.send_all(receiver.variations("provocations"))

    assert not attempts.leak, attempts.leak


@pytest.mark.last
def test_stays_alive_after_it_all(receiver):
    """After everything that was sent, a genuine delivery is acknowledged as at the beginning."""
    assert receiver.alive(), "no genuine delivery is acknowledged any more"

"""A receiver acknowledges every delivery with a status that counts, within the provider's deadline."""

import pytest

from hookproof import assume

pytestmark = pytest.mark.basic


@pytest.mark.cases("kinds")
def test_acknowledges_every_documented_kind(receiver, delivery, case):
    """Text, image, location: each documented kind is taken."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


def test_acknowledges_without_a_redirect(receiver, delivery):
    """Senders do not follow redirects: a 3xx is a lost delivery."""
    attempt = receiver.attempt(delivery)

    assert not attempt.redirected, attempt


def test_acknowledges_simultaneous_deliveries(receiver):
    """As many deliveries as the sender may have open at once are each acknowledged in time."""
    attempts = receiver.send_at_once(receiver.make_many(25))

    assert attempts.acknowledged, attempts


def test_takes_simultaneous_deliveries_at_the_first_attempt(receiver):
    """As many as the sender may have open at once are told to come later by no 429 and no 503."""
    attempts = receiver.send_at_once(receiver.make_many(25), once=True)

    assert not attempts.limited, attempts.limited


def test_acknowledges_before_it_fetches_the_media(receiver, media):
    """A media host that never answers must not delay the answer to the delivery."""
    delivery, _ = media.event("silent")
    attempt = receiver.attempt(delivery)

    assert attempt.acknowledged, attempt


@pytest.mark.overlap
async def test_acknowledges_a_slow_upload(receiver, delivery):
    """A sender on a slow line takes two seconds to send the body."""
    attempt = await receiver.attempt(delivery, spread_s=2.0)

    assert attempt.acknowledged, attempt


@pytest.mark.cases("largest")
def test_acknowledges_the_largest_documented_delivery(receiver, delivery, case):
    """Ten messages of 4096 characters, as many and as long as they are documented to be."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


@pytest.mark.hostile
def test_acknowledges_what_is_slow_in_time(receiver):
    """What takes its handler long is acknowledged before the deadline all the same (--slow)."""
    attempt = receiver.attempt(receiver.hook("slow"))

    assert attempt.acknowledged, attempt


@pytest.mark.hostile
def test_acknowledges_while_another_sender_stalls(receiver, delivery):
    """One connection that stops half-way through its body must not hold up the others."""
    attempt = receiver.while_stalling(delivery)

    assert attempt.acknowledged, attempt


@pytest.mark.cases("batches")
def test_acknowledges_a_batch(receiver, delivery, case):
    """Several events in one body are one delivery."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


@pytest.mark.cases("tainted_batches")
def test_acknowledges_a_tainted_batch(receiver, delivery, case):
    """One event of a kind of tomorrow is no reason to have all the others sent again and again."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


@pytest.mark.cases("damaged_batches")
def test_acknowledges_a_damaged_batch(receiver, delivery, case):
    """One broken item is no reason to have the good ones sent again and again."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


@pytest.mark.cases("empty_bodies")
def test_acknowledges_an_empty_body_of_events(receiver, delivery, case):
    """A body of the documented form without any event in it asks for nothing."""
    attempt = receiver.attempt(case(delivery))

    assert attempt.acknowledged, attempt


def test_says_what_is_documented(receiver, delivery):
    """The sender reads the answer: it has the media type, the members and the text that are documented."""
    attempt = receiver.attempt(delivery)

    assume(attempt.acknowledged, attempt)
    assert attempt.says_what_it_must, attempt

"""A receiver takes what the sender signed and refuses everything else.

Every refusal has its control: the same delivery, correctly signed, is acknowledged in the same check.
"""

import pytest

from hookproof import assume


def test_rejects_a_body_changed_after_signing(receiver, delivery):
    """The signature covers the raw body: one byte more and it is false."""
    forged = receiver.attempt(delivery.with_body(delivery.body + b" ", "one byte longer than signed"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.cases("changed_bodies")
def test_rejects_a_change_anywhere_in_the_body(receiver, delivery, case):
    """The signature covers all of the body, not some members and not its beginning."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_another_secret(receiver, delivery):
    """A signature made with another key is not the sender's."""
    forged = receiver.attempt(delivery.signed("signed with another secret", secret=b"another secret"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_the_empty_secret(receiver, delivery):
    """An unset key is no key: HMAC takes an empty one without complaint."""
    forged = receiver.attempt(delivery.signed("signed with an empty secret", secret=b""))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_a_missing_signature(receiver, delivery):
    """Without a signature nobody knows who sent it."""
    forged = receiver.attempt(delivery.unsigned())
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.cases("unsigned_requests")
def test_rejects_a_missing_signature_however_it_is_sent(receiver, delivery, case):
    """Another content type is no way around the signature."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.answered and not forged.acknowledged, forged


def test_rejects_a_missing_signature_on_a_chunked_body(receiver, delivery):
    """A body of unknown length is no way around the signature."""
    forged = receiver.attempt(delivery.unsigned(), chunk=7)
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert not forged.acknowledged, forged


def test_rejects_another_secret_on_a_chunked_body(receiver, delivery):
    """A body of unknown length is no way around comparing the signature."""
    forged = receiver.attempt(delivery.signed("signed with another secret", secret=b"another secret"), chunk=7)
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert not forged.acknowledged, forged


@pytest.mark.cases("forged_kinds")
def test_rejects_a_forgery_of_every_kind(receiver, delivery, case):
    """Images and locations are verified like texts."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("forged_sizes")
def test_takes_no_forgery_of_any_size(receiver, delivery, case):
    """No body is too small or too large to be verified; it may be refused as too large."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assume(genuine.acknowledged, genuine)
    assert not forged.acknowledged, forged


@pytest.mark.hostile
@pytest.mark.cases("forged_forms")
def test_takes_no_forgery_in_any_form(receiver, delivery, case):
    """Another coding or media type is no way around the signature."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assume(genuine.acknowledged, genuine)
    assert not forged.acknowledged, forged


@pytest.mark.cases("two_wrong_signatures")
def test_rejects_two_wrong_signatures(receiver, delivery, case):
    """A header that comes twice is verified, or refused; it is not passed over."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_an_empty_signature(receiver, delivery):
    """A header without a value is no signature."""
    forged = receiver.attempt(delivery.with_signature("", "with an empty signature"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("malformed_signatures")
def test_rejects_a_malformed_signature(receiver, delivery, case):
    """What is no signature at all is refused, and nothing breaks over it."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


@pytest.mark.cases("changed_digits")
def test_rejects_a_changed_digit(receiver, delivery, case):
    """Every digit counts."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("junk_around_the_signature")
def test_rejects_junk_around_the_signature(receiver, delivery, case):
    """The right value with something more is another value; decoders that stop early take it."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("parts_of_the_signature")
def test_rejects_part_of_the_signature(receiver, delivery, case):
    """Some of the right digits are not the signature: a short one can be guessed."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


def test_rejects_the_signature_of_another_delivery(receiver, delivery):
    """A signature seen once is not a password for other bodies."""
    other = receiver.attempt(receiver.make())
    forged = receiver.attempt(delivery.with_signature(other.delivery.signature, "with another delivery's signature"))
    genuine = receiver.attempt(delivery)

    assume(other.acknowledged and genuine.acknowledged, genuine)
    assume(other.delivery.signature != genuine.delivery.signature, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("other_algorithms")
def test_rejects_another_algorithm(receiver, delivery, case):
    """Only the documented algorithm counts, whatever a label says."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


def test_rejects_a_wrong_signature_before_the_right_one(receiver, delivery):
    """Two signatures are one too many: a proxy and an application may look at different ones."""
    forged = receiver.attempt(delivery.with_two_signatures(delivery.wrong_signature, delivery.signature))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


def test_rejects_a_wrong_signature_after_the_right_one(receiver, delivery):
    """Most frameworks hand over the first of two headers: looking at both is more than is asked."""
    forged = receiver.attempt(delivery.with_two_signatures(delivery.signature, delivery.wrong_signature))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert forged.rejected, forged


@pytest.mark.hostile
@pytest.mark.cases("unsigned_garbage")
def test_rejects_unsigned_garbage(receiver, delivery, case):
    """The signature is looked at before the body is parsed."""
    forged = receiver.attempt(case(delivery))
    genuine = receiver.attempt_if_alive(delivery)

    assert genuine.acknowledged, f"{forged}; then {genuine}"
    assert forged.rejected, forged


@pytest.mark.cases("odd_bytes")
def test_verifies_the_bytes_as_sent(receiver, delivery, case):
    """However the sender spells its JSON, the signature over those bytes is right."""
    plain = receiver.attempt(delivery)
    genuine = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert genuine.acknowledged, genuine


@pytest.mark.cases("header_spellings")
def test_accepts_the_header_name_in_any_case(receiver, delivery, case):
    """Header names have no case."""
    plain = receiver.attempt(delivery)
    spelled = receiver.attempt(case(receiver.renewed(delivery)))

    assume(plain.acknowledged, plain)
    assert spelled.acknowledged, spelled


def test_does_not_reveal_the_expected_signature(receiver, delivery):
    """An answer that shows the right digest signs forgeries for whoever asks."""
    forged = receiver.attempt(delivery.with_signature(delivery.wrong_signature, "with a wrong signature"))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert not forged.shows(delivery.digest), f"the answer contains the right signature: {forged}"


@pytest.mark.overlap
async def test_has_no_effect_when_refused(receiver):
    """A forged delivery changes nothing, whatever the answer says."""
    forged = await receiver.send_all(receiver.variations("forgeries"))
    effects = await receiver.effects(*forged.deliveries, expected=0)

    assert effects.none, effects


@pytest.mark.closing
def test_has_no_effect_of_any_forgery_of_the_run(ledger):
    """Nothing that was forged and refused in this run, in whatever form it came, has had an effect."""
    assert not ledger.forged(), ledger.forged()


def test_answers_400_without_a_signature(receiver, delivery):
    """As the documented sample does."""
    forged = receiver.attempt(delivery.unsigned())

    assert forged.status == 400, forged


def test_answers_401_to_a_wrong_signature(receiver, delivery):
    """As the documented sample does."""
    forged = receiver.attempt(delivery.signed("signed with another secret", secret=b"another secret"))

    assert forged.status == 401, forged


def test_answers_200_to_a_genuine_delivery(receiver, delivery):
    """As the documented sample does."""
    genuine = receiver.attempt(delivery)

    assert genuine.status == 200, genuine


@pytest.mark.cases("other_encodings")
def test_refuses_other_encodings(receiver, delivery, case):
    """Strict receivers take the documented spelling alone; the right digest in another one harms nobody."""
    spelled = receiver.attempt(case(delivery))
    genuine = receiver.attempt(delivery)

    assume(genuine.acknowledged, genuine)
    assert spelled.rejected, spelled

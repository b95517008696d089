"""A verifier refuses what nobody with the key signed as it stands.

Every refusal has its control: a genuine delivery is accepted in the same check.
"""

from hookproof import assume


def test_rejects_a_changed_body(verifier):
    """The signature covers the whole body as it came, to the last byte."""
    forged = verifier.about("changed-body")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_another_key(verifier):
    """A signature made with another key is not the sender's."""
    forged = verifier.about("another-key")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_key_that_anybody_has(verifier):
    """An unset key is no key: HMAC takes an empty one without complaint."""
    forged = verifier.about("guessable-key")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_missing_signature(verifier):
    """Without a signature nobody knows who sent it."""
    forged = verifier.about("missing-signature")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_malformed_signature(verifier):
    """What is no signature at all is refused, and nothing breaks over it."""
    forged = verifier.about("malformed-signature")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_changed_digit(verifier):
    """Every digit counts."""
    forged = verifier.about("changed-digit")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_part_of_the_signature(verifier):
    """Some of the right digits are not the signature: a short one can be guessed."""
    forged = verifier.about("cut-signature")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_the_signature_of_another_delivery(verifier):
    """A signature seen once is not a password for other bodies."""
    forged = verifier.about("other-delivery")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_another_algorithm(verifier):
    """Only the documented algorithm counts, whatever a label says."""
    forged = verifier.about("other-algorithm")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_list_without_the_right_signature(verifier):
    """Many wrong signatures are no better than one."""
    forged = verifier.about("wrong-list")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_any_change(verifier):
    """Whatever a body says, one other byte in it, or one other digit, and the signature is false."""
    forged = verifier.forged_by_chance()
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_refuses_other_spellings(verifier):
    """Strict verifiers take the documented spelling alone; the right digest in another one harms nobody."""
    spelled = verifier.left_open("other-spelling", "malformed-signature", "another-key", "changed-digit")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert spelled.refused, spelled


def test_refuses_other_bytes_of_the_same_text(verifier):
    """A byte order mark, or a stray byte, is another byte, though lenient readers see the same text."""
    changed = verifier.left_open("same-text")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert changed.refused, changed


def test_refuses_two_signature_headers(verifier):
    """Two signatures are one too many: a proxy and a verifier may look at different ones."""
    doubled = verifier.left_open("two-headers")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert doubled.refused, doubled

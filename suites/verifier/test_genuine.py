"""A verifier accepts whatever the sender signed as documented, however it is written."""

from hookproof import assume


def test_accepts_a_genuine_delivery(verifier):
    """Every documented kind of event, signed as documented, is genuine."""
    genuine = verifier.about("genuine")

    assert genuine.accepted, genuine


def test_accepts_what_the_vendor_prints(verifier):
    """A signature that stands in the vendor's own documents is right."""
    printed = verifier.about("printed")

    told = verifier.is_told_the_time()
    assume(told, "it reads a clock of its own, and what is printed is old", "prerequisite_failed")
    assert printed.accepted, printed


def test_accepts_texts_of_every_script(verifier):
    """What people write is part of the signed bytes, in whatever script."""
    written = verifier.about("scripts")

    assert written.accepted, written


def test_accepts_a_body_of_any_size(verifier):
    """All of the body is signed, however long it is."""
    long = verifier.about("sizes")

    assert long.accepted, long


def test_verifies_the_bytes_as_sent(verifier):
    """However the sender spells its JSON, the signature over those bytes is right."""
    spelled = verifier.about("spelling")

    assert spelled.accepted, spelled


def test_accepts_any_content(verifier):
    """Whatever a body says, the right signature over it is right."""
    genuine = verifier.genuine_by_chance()

    assert genuine.accepted, genuine


def test_knows_a_header_by_its_name_in_any_case(verifier):
    """Header names have no case."""
    named = verifier.about("header-name")

    assert named.accepted, named


def test_finds_the_signature_among_other_headers(verifier):
    """Other headers, before or behind it or with similar names, change nothing."""
    among = verifier.about("other-headers")

    assert among.accepted, among


def test_takes_the_key_that_it_is_given(verifier):
    """Another endpoint has another key, of the same spelling."""
    other = verifier.about("keys")

    assert other.accepted, other


def test_accepts_the_right_signature_anywhere_in_a_list(verifier):
    """While keys rotate a header holds a signature for each: one that is right is enough."""
    listed = verifier.about("rotation")

    assert listed.accepted, listed


def test_accepts_a_time_within_the_tolerance(verifier):
    """Clocks differ and retries queue: what is a little off is fresh, both ways."""
    off = verifier.about("tolerated-time")

    assert off.accepted, off


def test_accepts_bytes_that_are_no_text(verifier):
    """The signature is over bytes, whatever they mean; no sender means to send these."""
    odd = verifier.left_open("odd-body")

    assert odd.accepted, odd

"""A signature that covers an id and a time holds for these alone, and only for a while."""

from hookproof import assume


def test_rejects_an_old_time(verifier):
    """What was signed too long ago may be somebody's recording."""
    forged = verifier.about("old-time")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_future_time(verifier):
    """What is signed for later would be fresh for too long."""
    forged = verifier.about("future-time")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_changed_time(verifier):
    """A time that is not the signed one would make an old delivery fresh."""
    forged = verifier.about("changed-time")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_changed_id(verifier):
    """An id that is not the signed one would make one event two."""
    forged = verifier.about("changed-id")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_rejects_a_missing_part(verifier):
    """What is signed beside the body has to be there."""
    forged = verifier.about("missing-part")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert forged.refused, forged


def test_refuses_what_documents_leave_open(verifier):
    """Strict verifiers refuse a time that is far off, also where no document says how far is too far."""
    off = verifier.left_open("old-time", "future-time")
    genuine = verifier.genuine()

    assume(genuine.accepted, genuine)
    assert off.refused, off

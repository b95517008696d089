"""What a receiver prints is read by more people than may sign: no secret stands in it (--start)."""

import pytest


@pytest.mark.last
def test_prints_no_secret(process):
    """Neither the signing secret nor a token stands in its log."""
    printed = process.printed()

    assert not printed.secrets, printed


@pytest.mark.last
def test_prints_no_valid_signature(process):
    """A whole signature that is right could be sent again by whoever reads the log."""
    printed = process.printed()

    assert not printed.signatures, printed

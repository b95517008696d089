"""A receiver is reached over HTTPS with a certificate that senders trust."""

import pytest

from hookproof import assume

pytestmark = pytest.mark.basic


def test_presents_a_valid_certificate(receiver, delivery):
    """Senders verify the chain and the host name; plain http is for development only."""
    assume(receiver.secure or not receiver.local, "plain http to this machine: for development", "prerequisite_failed")
    attempt = receiver.attempt(delivery)

    assert receiver.secure, f"plain http: {attempt.url}"
    assert attempt.exchange.tls, attempt

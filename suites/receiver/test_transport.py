"""A receiver is reached over HTTPS with a certificate that senders trust."""

import pytest

from hookproof import assume

pytestmark = pytest.mark.basic


def test_presents_a_valid_certificate(receiver, delivery):
    """Senders verify the chain and the host name; plain http is for development only."""
    endpoint = receiver.endpoint
    assume(endpoint.secure or not endpoint.local, "plain http to this machine: for development", "prerequisite_failed")
    attempt = receiver.attempt(delivery)

    assert endpoint.secure, f"plain http: {attempt.url}"
    assert attempt.exchange.tls, attempt


def test_accepts_tls_1_2(receiver, delivery):
    """The oldest version that is still safe, which many senders speak."""
    assume(receiver.endpoint.secure, "not https", "prerequisite_failed")
    attempt = receiver.attempt(delivery, tls="TLSv1.2")

    assert attempt.acknowledged, attempt


def test_accepts_tls_1_3(receiver, delivery):
    """The version of today."""
    assume(receiver.endpoint.secure, "not https", "prerequisite_failed")
    attempt = receiver.attempt(delivery, tls="TLSv1.3")

    assert attempt.acknowledged, attempt


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_refuses_old_tls(receiver, delivery, version):
    """Nobody who can still be made to speak these is safe from whoever listens."""
    assume(receiver.endpoint.secure, "not https", "prerequisite_failed")
    plain = receiver.attempt(delivery)
    attempt = receiver.attempt(delivery, tls=version)

    assume(plain.exchange.tls, plain)
    assert not attempt.exchange.tls, f"it speaks {attempt.exchange.tls}: {attempt}"


def test_takes_no_delivery_over_plain_http(receiver, delivery):
    """What is meant for https is refused, or redirected, where anybody can read it."""
    assume(receiver.endpoint.secure, "not https", "prerequisite_failed")
    attempts = receiver.over_plain_http(delivery)

    assert not attempts.any_acknowledged, attempts

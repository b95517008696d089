"""Deliveries go to whom they are meant for, over a connection that can be trusted."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.regime("several", alone=True)
async def test_delivers_only_to_a_trusted_certificate(sender):
    """An endpoint that cannot prove who it is gets nothing."""
    endpoint = await sender.register(untrusted=True)
    await sender.expect_nothing(endpoint=endpoint, within_s=2.0)
    came = endpoint.requests
    assert not came, f"delivered although the certificate is signed by nobody known: {came[0]}"


@pytest.mark.overlap
async def test_delivers_over_https_only(sender):
    """In production plain http is not supported: such an endpoint is refused, or gets nothing."""
    production = sender.documented.parameters.get("mode") == "production"
    assume(production, "this is a development run; say --set mode=production", "prerequisite_failed")
    endpoint = await sender.register(scheme="http")
    came = await sender.expect_nothing(endpoint=endpoint)
    assert not came, came[0]

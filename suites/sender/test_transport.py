"""Deliveries go to whom they are meant for, over a connection that can be trusted."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.regime("several", alone=True)
async def test_delivers_only_to_a_trusted_certificate(sender):
    """An endpoint that cannot prove who it is gets nothing."""
    arrivals = await sender.behind_an_untrusted_certificate()
    assert not arrivals, f"delivered although the certificate is signed by nobody known: {arrivals[0]}"


@pytest.mark.overlap
async def test_delivers_over_https_only(sender):
    """In production plain http is not supported: such an endpoint is refused, or gets nothing."""
    assume(sender.in_production, "this is a development run; say --set mode=production", "prerequisite_failed")
    arrivals = await sender.over_plain_http()
    assert not arrivals, arrivals[0]

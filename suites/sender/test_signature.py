"""Every attempt carries a signature of the very bytes it consists of."""

import pytest


@pytest.mark.overlap
async def test_signs_every_delivery(sender):
    """The header is there, whatever the kind of event."""
    unsigned = [arrival for arrival in await sender.samples() if not sender.signature(arrival)]
    assert not unsigned, f"without a signature: {unsigned[0]}"


@pytest.mark.overlap
async def test_signs_the_bytes_it_sends(sender):
    """A receiver that verifies the raw body finds the signature good."""
    wrong = [arrival for arrival in await sender.samples() if not sender.signed(arrival)]
    assert not wrong, f"the signature is not that of the body: {wrong[0]}"


@pytest.mark.overlap
@pytest.mark.cases("texts")
async def test_signs_texts_beyond_ascii(sender, case):
    """Characters that can be spelled in several ways are signed as they are sent."""
    series = await sender.series(sender.ok, text=case)
    assert sender.signed(series.first), f"the signature is not that of the body: {series.first}"


@pytest.mark.overlap
async def test_signs_every_attempt(sender):
    """A retry is signed like the first attempt."""
    series = await sender.retry()
    sender.retried(series)
    wrong = [number for number, arrival in enumerate(series.arrivals, 1) if not sender.signed(arrival)]
    assert not wrong, f"attempt {wrong[0]} is not signed as it should be: {series}"


@pytest.mark.overlap
async def test_writes_the_signature_as_documented(sender):
    """Digits, length and prefix are the documented ones."""
    wrong = [arrival for arrival in await sender.samples() if not sender.well_written(arrival)]
    assert not wrong, f"{sender.signature(wrong[0])!r}; {wrong[0]}"


@pytest.mark.overlap
async def test_signs_a_test_delivery(sender):
    """The sample that an endpoint can ask for is signed like any other delivery."""
    arrival = await sender.tested()
    assert sender.signed(arrival), f"the signature is not that of the body: {arrival}"

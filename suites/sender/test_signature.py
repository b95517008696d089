"""Every attempt carries a signature of the very bytes it consists of."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_signs_every_delivery(sender):
    """The header is there, whatever the kind of event."""
    unsigned = [sample for sample in await sender.samples() if not sample.signature]
    assert not unsigned, f"without a signature: {unsigned[0]}"


@pytest.mark.overlap
async def test_signs_the_bytes_it_sends(sender):
    """A receiver that verifies the raw body finds the signature good."""
    wrong = [sample for sample in await sender.samples() if not sample.signed]
    assert not wrong, f"the signature is not that of the body: {wrong[0]}"


@pytest.mark.overlap
@pytest.mark.cases("texts")
async def test_signs_texts_beyond_ascii(sender, case):
    """Characters that can be spelled in several ways are signed as they are sent."""
    series = await sender.trigger(text=case)
    assert series.first.signed, f"the signature is not that of the body: {series.first}"


@pytest.mark.overlap
async def test_signs_every_attempt(sender):
    """A retry is signed like the first attempt."""
    series = await sender.trigger([sender.answer(500), sender.answer(500), sender.ok], shared=True)
    assume(series.settled, series.too_short, "window_too_short")
    wrong = [number for number, attempt in enumerate(series.attempts, 1) if not attempt.signed]
    assert not wrong, f"attempt {wrong[0]} is not signed as it should be: {series}"


@pytest.mark.overlap
async def test_writes_the_signature_as_documented(sender):
    """Digits, length and prefix are the documented ones."""
    wrong = [sample for sample in await sender.samples() if not sample.has_a_documented_signature]
    assert not wrong, f"{wrong[0].signature!r}; {wrong[0]}"


@pytest.mark.overlap
async def test_signs_a_test_delivery(sender):
    """The sample that an endpoint can ask for is signed like any other delivery."""
    sample = await sender.test_delivery()
    assert sample.signed, f"the signature is not that of the body: {sample}"


@pytest.mark.last
def test_signs_every_attempt_of_the_run(sender):
    """Whatever came is signed: the tenth attempt like the first, and at whatever endpoint."""
    ledger = sender.ledger()
    wrong = ledger.unsigned
    assert not wrong, f"{len(wrong)} of {ledger} are not signed as they should be, the first of them: {wrong[0]}"

"""A receiver that uses media fetches them in time, and does without those it cannot have."""

import pytest

from hookproof import assume


@pytest.mark.overlap
@pytest.mark.late
async def test_fetches_the_file_soon(receiver, media):
    """Media expire: a receiver that is declared to download them asks for the file (--set media=downloads)."""
    assume(media.downloaded, "not declared: --set media=downloads", "prerequisite_failed")
    delivery, file = media.event()
    attempt = await receiver.attempt(delivery)
    assume(attempt.acknowledged, attempt)

    assert await file.fetched(), f"{file.url} was not asked for within {receiver.patience_s:g} s"


@pytest.mark.parametrize("answer", ["missing", "altered"])
def test_acknowledges_media_that_cannot_be_fetched(receiver, media, answer):
    """An expired or damaged file is no reason to refuse the delivery, which would only come again."""
    delivery, _ = media.event(answer)
    attempt = receiver.attempt(delivery)

    assert attempt.acknowledged, attempt

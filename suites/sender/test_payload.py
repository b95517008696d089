"""What is delivered is what the documents describe."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_fits_its_schema(sender):
    """Every body fits the documented schema."""
    misfits = [sample.misfit for sample in await sender.samples()]
    assert not any(misfits), next(filter(None, misfits))


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_has_its_documented_member(sender, case):
    """The member is there where it must be, and is of the documented type wherever it is."""
    samples = await sender.samples()
    misfits = [sample.misfit_at(case) for sample in samples]
    carried = [sample for sample in samples if sample.has(case)]
    assume(carried or any(misfits), f"no delivery of the run has {case}", "not_triggered")
    assert not any(misfits), next(filter(None, misfits))


@pytest.mark.overlap
async def test_gives_each_event_an_id_of_its_own(sender):
    """Equal messages are still two events: a receiver that drops duplicates must not drop one of them."""
    series = await sender.trigger(times=5)
    ids = [attempt.ids for attempt in series.attempts]
    assert all(ids), f"no id: {series.first}"
    assume(len(ids) >= 5, f"asked for 5 equal messages, {len(ids)} deliveries came", "not_triggered")
    assert len(set(ids)) >= 5, f"{len(ids)} deliveries of 5 events: {series.ids}"


@pytest.mark.overlap
@pytest.mark.cases("texts")
async def test_carries_the_text(sender, case):
    """What somebody wrote arrives as it was written, in any script."""
    series = await sender.trigger(text=case)
    assume(series.first.has_a_text, "events have no text here", "prerequisite_failed")
    assert series.first.carries(case), f"{case!r} is not in it: {series.first}"


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_dates_the_event(sender, case):
    """The time is that of the event, within ten minutes."""
    series = await sender.trigger()
    away = series.first.seconds_from_now(case)
    assume(away, f"no {case} in {series.first}", "not_triggered")
    assert all(abs(away_s) < 600 for away_s in away), f"{case} is {max(away, key=abs):+.0f} s away from our clock"


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_numbers_the_events(sender, case):
    """Each number is higher than the one before."""
    numbers = [series.first.value(case) for series in [await sender.trigger() for _ in range(4)]]
    assert all(isinstance(number, int) for number in numbers), numbers
    assert numbers == sorted(set(numbers)), numbers


@pytest.mark.overlap
async def test_points_to_a_file_that_is_there(sender):
    """A URL in an event answers with a file while the event is fresh."""
    pointing = [sample for sample in await sender.samples() if sample.points_to_a_file]
    assume(pointing, "the platform emits no event with a file", "not_triggered")
    missing = [await sender.missing_file(sample) for sample in pointing]
    assert not any(missing), next(filter(None, missing))


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_leaves_out_what_is_unknown(sender, case):
    """What does not exist for a message that came in is null, or is not there."""
    series = await sender.trigger()
    assert series.first.value(case) is None, f"{case} is {series.first.value(case)!r}"


@pytest.mark.overlap
async def test_repeats_the_message_in_its_history(sender):
    """The message that is delivered is also the last one of the conversation that comes with it."""
    series = await sender.trigger()
    times = series.first.times_its_text_stands_there
    assert times > 1, f"the text stands {times} time in {series.first}"

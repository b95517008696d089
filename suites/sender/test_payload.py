"""What is delivered is what the documents describe."""

import pytest

from hookproof import assume


@pytest.mark.overlap
async def test_fits_its_schema(sender):
    """Every body fits the documented schema."""
    misfits = [sender.misfits(arrival) for arrival in await sender.samples()]
    assert not any(misfits), next(filter(None, misfits))


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_has_its_documented_member(sender, case):
    """The member is there where it must be, and is of the documented type wherever it is."""
    arrivals = await sender.samples()
    misfit = sender.misfit_at(arrivals, case)
    assume(misfit or sender.carried(arrivals, case), f"no delivery of the run has {case}", "not_triggered")
    assert not misfit, misfit


@pytest.mark.overlap
async def test_gives_each_event_an_id_of_its_own(sender):
    """Equal messages are still two events: a receiver that drops duplicates must not drop one of them."""
    arrivals = await sender.twins(5)
    assert len(arrivals) == 5, f"asked for 5 equal messages, {len(arrivals)} deliveries came"
    assert all(arrival.ids for arrival in arrivals), f"no id: {arrivals[0]}"
    assert len({arrival.ids for arrival in arrivals}) == len(arrivals), sender.ids(arrivals)


@pytest.mark.overlap
@pytest.mark.cases("texts")
async def test_carries_the_text(sender, case):
    """What somebody wrote arrives as it was written, in any script."""
    series = await sender.series(sender.ok, text=case)
    assume(sender.has_a_text, "events have no text here", "prerequisite_failed")
    assert sender.carries(series.first, case), f"{case!r} is not in it: {series.first}"


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_dates_the_event(sender, case):
    """The time is that of the event, within ten minutes."""
    series = await sender.series(sender.ok)
    times = sender.times(series.first, case)
    assume(times, f"no {case} in {series.first}", "not_triggered")
    assert all(abs(away_s) < 600 for away_s in times), f"{case} is {max(times, key=abs):+.0f} s away from our clock"


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_numbers_the_events(sender, case):
    """Each number is higher than the one before."""
    numbers = [sender.value(series.first, case) for series in [await sender.series(sender.ok) for _ in range(4)]]
    assert all(isinstance(number, int) for number in numbers), numbers
    assert numbers == sorted(set(numbers)), numbers


@pytest.mark.overlap
async def test_points_to_a_file_that_is_there(sender):
    """A URL in an event answers with a file while the event is fresh."""
    files = await sender.files()
    assume(files, "the platform emits no event with a file", "not_triggered")
    missing = [line for line in files.values() if line]
    assert not missing, missing[0]


@pytest.mark.overlap
@pytest.mark.cases("named")
async def test_leaves_out_what_is_unknown(sender, case):
    """What does not exist for a message that came in is null, or is not there."""
    series = await sender.series(sender.ok)
    assert sender.value(series.first, case) is None, f"{case} is {sender.value(series.first, case)!r}"


@pytest.mark.overlap
async def test_repeats_the_message_in_its_history(sender):
    """The message that is delivered is also the last one of the conversation that comes with it."""
    series = await sender.series(sender.ok)
    assert sender.mentions(series) > 1, f"the text stands {sender.mentions(series)} time in {series.first}"

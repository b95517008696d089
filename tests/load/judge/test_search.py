"""The search for capacity, against receivers whose capacity is known, in virtual time."""

from random import Random

import pytest

from hookproof.load.engine.tally import Slot
from hookproof.load.judge.objective import Judgement, LoadVerdict
from hookproof.load.judge.search import Phase, Search, SearchOutcome, keeping_up

MET = Judgement(LoadVerdict.MET)
TIMED_OUT = Judgement(LoadVerdict.MISSED, ("many timed out",), "timed_out", 300, "300 timed out")
OURS = Judgement(LoadVerdict.UNDECIDED, ("the generator was late itself",), ours=True)
UNKNOWN = Judgement(LoadVerdict.UNDECIDED, ("worker w was lost",))


def run(search, receiver, limit=60):
    """Let the search ask a receiver, which tells a judgement and what it achieved; at most `limit` stages."""
    while (rate := search.next()) is not None:
        assert len(search.steps) < limit, "the search does not end"
        judgement, achieved = receiver(rate)
        search.add(rate, judgement, achieved)
    return search.result()


def able(capacity):
    """Meets the objective up to its capacity, and times out above."""
    return lambda rate: (MET, rate) if rate <= capacity else (TIMED_OUT, capacity)


@pytest.mark.parametrize("capacity", [3, 70, 100, 999, 1_000, 1_234, 5_017, 44_000])
def test_a_known_capacity_is_found_within_the_precision(capacity):
    found = run(Search(100, 100_000), able(capacity))

    assert found.found is SearchOutcome.CAPACITY
    assert capacity / 1.0501 <= found.rate <= capacity < found.high
    assert (found.confirmed, found.stages, found.verdict) == (3, 3, LoadVerdict.MET)
    assert (found.broke, found.said) == ("timed_out", "300 timed out")


def test_the_search_is_short():
    assert len(run(Search(100, 100_000), able(5_000)).steps) <= 18


@pytest.mark.parametrize("seed", range(20))
def test_a_pause_now_and_then_does_not_lower_what_is_found(seed):
    random = Random(seed)

    def noisy(rate):
        hiccup = random.random() < 0.05 and rate <= 5_000
        return (TIMED_OUT, 0.95 * rate) if hiccup else able(5_000)(rate)

    found = run(Search(100, 100_000), noisy)

    assert found.found is SearchOutcome.CAPACITY
    assert 5_000 / 1.0501**3 <= found.rate <= 5_000


@pytest.mark.parametrize("seed", range(20))
def test_a_capacity_that_varies_is_found_where_it_is_confirmed(seed):
    random = Random(seed)
    found = run(Search(100, 100_000), lambda rate: able(random.gauss(5_000, 250))(rate))

    assert 3_900 <= found.rate <= 5_400
    assert found.confirmed >= 2


def test_a_receiver_that_only_falls_behind_is_found_too():
    found = run(Search(100, 100_000), lambda rate: (MET, min(rate, 2_000)))

    assert 1_900 <= found.rate <= 2_070
    assert found.broke == "behind"
    assert "fell behind: 2 000/s acknowledged of" in found.said


def test_a_receiver_that_never_fails_has_a_lower_bound():
    found = run(Search(100, 3_000), able(1e9))

    assert (found.found, found.rate, found.high, found.broke) == (SearchOutcome.AT_LEAST, 3_000, None, "")
    assert str(found) == "at least 3 000/s (met in 3 of 3 stages)"


def test_a_receiver_that_always_fails_has_none():
    found = run(Search(100, 3_000), able(0))

    assert (found.found, found.low, found.verdict) == (SearchOutcome.BELOW, 0, LoadVerdict.MISSED)
    assert found.rate < 2
    assert str(found).endswith("/s: 300 timed out")


def test_a_late_generator_ends_the_growth_with_a_lower_bound():
    found = run(Search(100, 100_000), lambda rate: (MET, rate) if rate <= 5_000 else (OURS, rate))

    assert (found.found, found.rate, found.high, found.broke) == (SearchOutcome.AT_LEAST, 3_200, None, "generator")
    assert (found.confirmed, found.stages) == (3, 3)
    assert "then the generator was late itself" in str(found)


def test_a_generator_that_stumbles_once_is_given_a_second_chance():
    told = iter([OURS])
    found = run(Search(100, 100_000), lambda rate: (next(told, MET), rate) if rate == 400 else able(5_000)(rate))

    assert found.found is SearchOutcome.CAPACITY and found.rate > 4_700


def test_a_late_generator_while_narrowing_leaves_the_gap_open():
    def receiver(rate):
        return (OURS, rate) if 4_000 < rate < 6_000 else able(6_000)(rate)

    found = run(Search(100, 100_000), receiver)

    assert (found.found, found.rate, found.high, found.broke) == (SearchOutcome.AT_LEAST, 3_200, 6_400, "generator")


def test_nothing_that_can_be_judged_is_undecided():
    found = run(Search(100, 100_000), lambda rate: (UNKNOWN, rate))

    assert (found.found, found.rate, len(found.steps)) == (SearchOutcome.UNDECIDED, 0, 2)
    assert str(found) == "no capacity found: worker w was lost"


def test_an_effect_lost_gets_no_second_chance():
    lost = Judgement(LoadVerdict.MISSED, ("1 delivery lost",), "effects", 1, "1 delivery lost")
    found = run(Search(100, 100_000), lambda rate: (MET, rate) if rate <= 1_000 else (lost, rate))
    missed = [step.rate for step in found.steps if step.verdict is LoadVerdict.MISSED]

    assert len(missed) == len(set(missed))
    assert found.broke == "effects"


def test_a_rate_that_does_not_confirm_is_given_up_for_a_lower_one():
    def receiver(rate):
        confirming = search.steps and search.steps[-1].rate == rate
        return able(4_000)(rate) if confirming else able(5_000)(rate)

    search = Search(100, 100_000)
    found = run(search, receiver)

    assert 3_400 < found.rate <= 4_000 < found.high < 5_000
    assert {step.phase for step in found.steps} == set(Phase)


def test_a_confirmation_that_nobody_can_judge_is_tried_again_but_not_for_ever():
    def receiver(rate):
        met = sum(step.rate == rate for step in search.steps)
        return (UNKNOWN, rate) if met else able(5_000)(rate)

    search = Search(100, 100_000)
    found = run(search, receiver)

    assert (found.confirmed, found.stages, found.verdict) == (1, 6, LoadVerdict.UNDECIDED)


def test_a_confirmation_that_stumbles_once_is_made_up_for():
    told = iter([UNKNOWN])

    def receiver(rate):
        again = any(step.rate == rate for step in search.steps)
        return (next(told, MET), rate) if again and rate <= 5_000 else able(5_000)(rate)

    search = Search(100, 100_000)
    found = run(search, receiver)

    assert (found.confirmed, found.stages, found.verdict) == (3, 4, LoadVerdict.MET)


def test_a_search_that_is_stopped_has_a_lower_bound():
    search = Search(100, 100_000)
    for rate in (100, 200):
        search.add(rate, MET, rate)
    search.stop("the run was interrupted")

    assert search.next() is None
    assert (search.result().found, search.result().rate) == (SearchOutcome.AT_LEAST, 200)
    assert search.result().verdict is LoadVerdict.UNDECIDED
    assert "then the run was interrupted" in str(search.result())


@pytest.mark.parametrize("given", [(0, 10), (20, 10), (1, 10, -1), (1, 10, 1, 0), (1, 10, 1, 0.1, 1)])
def test_a_search_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValueError):
        Search(*given)


def served(due, capacity, latency_s=0.0, seconds=30):
    """A queue: so many due each second, served in order at most at `capacity` a second, `latency_s` later."""
    slots, waiting, carried = {}, 0.0, 0.0
    for second in range(seconds):
        waiting += due(second)
        done = min(waiting, capacity)
        waiting -= done
        now, carried = done * (1 - latency_s) + carried, done * latency_s
        slots[second] = Slot(due=round(due(second)), done=round(now))
    return slots


@pytest.mark.parametrize("capacity", [500, 900, 960])
def test_a_growing_queue_shows_however_long_the_deadline_is(capacity):
    kept = keeping_up(served(lambda _: 1_000, capacity), slot_s=1, duration_s=10)

    assert kept == pytest.approx(capacity, rel=0.02)


@pytest.mark.parametrize("latency_s", [0, 0.3, 0.9])
def test_latency_is_no_queue(latency_s):
    assert keeping_up(served(lambda _: 1_000, 9_999, latency_s), slot_s=1, duration_s=10) == pytest.approx(1_000)


@pytest.mark.parametrize("seed", range(30))
def test_the_noise_of_few_deliveries_is_no_queue(seed):
    random = Random(seed)
    counts = [sum(random.random() < 0.05 for _ in range(100)) for _ in range(30)]
    slots = served(lambda second: counts[second], 99, 0.5)
    asked = sum(counts[:10]) / 10

    assert keeping_up(slots, slot_s=1, duration_s=10) >= 0.97 * asked


def test_a_pause_at_the_end_is_no_queue():
    slots = served(lambda _: 1_000, 9_999)
    for second in (8, 9):
        slots[second].done = 0
    slots[10].done = 3_000

    assert keeping_up(slots, slot_s=1, duration_s=10) >= 970


def test_what_fails_is_not_kept_up():
    slots = {second: Slot(due=100, done=60) for second in range(10)}

    assert keeping_up(slots, slot_s=1, duration_s=10) == pytest.approx(60)

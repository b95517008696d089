"""Schedules: how many are due, when, and that workers' parts make up the whole."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookproof.load.schedule import schedule
from hookproof.load.schedule.schedule import backlog, burst, constant, copied, ramp, share, steady

RATES = st.floats(0.5, 400)
LENGTHS = st.floats(0.5, 3)
SIMPLE = st.one_of(
    st.builds(steady, RATES, LENGTHS),
    st.builds(constant, RATES, LENGTHS),
    st.builds(burst, st.integers(1, 200), st.floats(0.1, 1), st.floats(1, 5), st.integers(1, 4)),
    st.builds(ramp, st.floats(0, 300), st.floats(1, 300), LENGTHS),
    st.builds(backlog, RATES, st.floats(0.1, 5), LENGTHS, st.lists(st.floats(0.1, 3), min_size=1, max_size=4)),
)
KINDS = st.one_of(SIMPLE, st.builds(copied, SIMPLE, st.floats(0, 1), st.integers(2, 4)))


@given(KINDS, st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_every_schedule_ascends_within_its_stage_and_has_what_it_expects(arrivals, seed):
    due = list(arrivals.due(seed))

    assert len(due) == arrivals.expected
    assert all(before[0] <= after[0] and after[1] - before[1] in (0, 1) for before, after in pairwise(due))
    assert {serial for _, serial in due} == set(range(arrivals.deliveries))
    assert all(0 <= at_s <= arrivals.duration_s + 1e-9 for at_s, _ in due)


@given(KINDS, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_workers_have_every_delivery_once_and_all_its_copies(arrivals, workers):
    parts = [list(share(arrivals.due(3), worker, workers)) for worker in range(workers)]

    assert Counter(item for part in parts for item in part) == Counter(arrivals.due(3))
    assert len({serial for part in parts for serial in {item[1] for item in part}}) == arrivals.deliveries
    assert sum(len({serial for _, serial in part}) for part in parts) == arrivals.deliveries


@given(KINDS, st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_a_schedule_is_the_same_for_a_seed_wherever_it_is_read(arrivals, seed):
    sent = schedule.read(json.loads(json.dumps(arrivals.plain())))

    assert sent == arrivals
    assert list(sent.due(seed)) == list(arrivals.due(seed))


@pytest.mark.parametrize("arrivals", [steady(50, 2), ramp(1, 99, 2), burst(50), backlog(50, 2, 2)])
def test_another_seed_is_another_time_for_as_many(arrivals):
    one, other = list(arrivals.due(1)), list(arrivals.due(2))

    assert one != other and len(one) == len(other)


def test_constant_arrivals_are_evenly_spaced():
    assert [at_s for at_s, _ in constant(4, 2).due(0)] == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]


def _cells(arrivals, seed, width_s):
    return Counter(int(at_s / width_s) for at_s, _ in arrivals.due(seed))


def test_steady_arrivals_crowd_as_poisson_arrivals_do():
    cells = _cells(steady(2_000, 50), 7, 0.01)
    counts = [cells[number] for number in range(5_000)]
    mean = sum(counts) / 5_000
    dispersion = sum((count - mean) ** 2 for count in counts) / 4_999 / mean

    assert mean == 20
    assert 0.92 < dispersion < 1.08, "1 for Poisson, 0 for evenly spaced"


def test_gaps_of_steady_arrivals_are_exponential():
    times = [at_s for at_s, _ in steady(1_000, 50).due(7)]
    gaps = sorted(after - before for before, after in pairwise(times))

    assert gaps[len(gaps) // 2] == pytest.approx(0.000693, rel=0.03)
    assert gaps[len(gaps) * 9 // 10] == pytest.approx(0.002303, rel=0.03)


@pytest.mark.parametrize("first, last", [(0, 2_000), (2_000, 0), (500, 1_500), (1_000, 1_000)])
def test_a_ramp_grows_in_a_straight_line(first, last):
    tenths = _cells(ramp(first, last, 100), 5, 10)
    expected = [10 * (first + (last - first) * (number + 0.5) / 10) for number in range(10)]

    assert [tenths[number] for number in range(10)] == pytest.approx(expected, abs=400)
    assert ramp(first, last, 100).expected == 100_000


def test_bursts_come_after_quiet_and_keep_their_second():
    due = [at_s for at_s, _ in burst(500, within_s=1.0, every_s=5.0, times=2).due(1)]

    assert all(4 <= at_s <= 5 for at_s in due[:500])
    assert all(9 <= at_s <= 10 for at_s in due[500:])
    assert len(due) == 1_000


def test_a_backlog_begins_with_every_step_of_the_ladder_that_was_reached():
    arrivals = backlog(1_000, down_s=20, for_s=40, retries=(2, 4, 8, 30))
    seconds = _cells(arrivals, 3, 1)
    rates = {0: 4_000, 1: 4_000, 2: 3_000, 4: 2_000, 7: 2_000, 8: 1_000, 23: 1_000, 24: 2_000, 29: 2_000, 30: 1_000}

    assert {second: seconds[second] for second in rates} == pytest.approx(rates, rel=0.12)
    assert arrivals.backlog_s == 30
    assert arrivals.deliveries - steady(1_000, 40).deliveries == 20_000
    assert arrivals.expected == 60_000


def test_a_backlogged_delivery_has_failed_as_often_as_its_age_makes_it():
    arrivals = backlog(1_000, down_s=20, for_s=40, retries=(2, 4, 8, 30))
    failed = list(arrivals.failed_before(3))
    steps = Counter(failed)
    late = {failed[serial] for at_s, serial in arrivals.due(3) if 8.1 < at_s < 23.9}

    assert len(failed) == arrivals.deliveries
    assert {step: steps[step] for step in range(1, 5)} == pytest.approx({1: 2e3, 2: 4e3, 3: 8e3, 4: 6e3}, rel=0.1)
    assert late == {0}, "between two steps of the ladder all is fresh"


def test_a_backlog_beyond_its_ladder_has_been_given_up():
    assert backlog(100, down_s=1_000, for_s=60, retries=(5, 5)).deliveries == 100 * 60 + 1_000


def test_retries_due_after_the_stage_are_left_out():
    assert backlog(100, down_s=5, for_s=60, retries=(3_600,)).deliveries == 100 * 60


def test_copies_are_due_with_their_delivery():
    times = Counter(copied(steady(1_000, 10), share=0.2, copies=3).due(4))

    assert Counter(times.values()) == {1: 8_000, 3: 2_000}


def test_copies_are_spread_over_all_workers():
    copies = Counter(item for item in copied(steady(1_000, 10), share=0.5).due(4))
    halves = Counter(serial % 2 for (_, serial), number in copies.items() if number == 2)

    assert halves[0] == pytest.approx(2_500, rel=0.1)


@pytest.mark.parametrize(
    "arrivals, rate, expected",
    [
        (steady(10, 20), 50, 1_000),
        (constant(10, 20), 50, 1_000),
        (burst(10, within_s=0.5, every_s=5, times=2), 400, 400),
        (ramp(10, 100, 20), 200, 2_200),
        (backlog(10, 10, 20, retries=(10,)), 100, 3_000),
        (copied(steady(10, 20), 0.5), 100, 3_000),
    ],
)
def test_another_rate(arrivals, rate, expected):
    assert arrivals.at(rate).expected == expected
    assert arrivals.at(rate).duration_s == arrivals.duration_s


def test_another_duration():
    assert steady(10, 20).lasting(30).expected == 300
    assert burst(10, every_s=5, times=2).lasting(17).times == 3
    assert ramp(0, 10, 20).lasting(40).expected == 200
    assert backlog(10, 10, 20).lasting(5).duration_s == 5
    assert copied(steady(10, 20), 0.5).lasting(40).expected == 600


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: steady(0, 10), "rate must be above 0"),
        (lambda: steady(10, float("inf")), "for_s must be above 0"),
        (lambda: steady(10, 10).at(-1), "rate must be above 0"),
        (lambda: burst(10, every_s=5).lasting(3), "too short for a burst"),
        (lambda: burst(10, within_s=2, every_s=1), "cannot come every 1 s"),
        (lambda: burst(10, within_s=0.1).at(1), "count must be above 0"),
        (lambda: ramp(-1, 10, 10), "below 0"),
        (lambda: backlog(10, 10, 10, retries=()), "delays of retries"),
        (lambda: copied(steady(10, 10), 1.5), "from 0 to 1"),
        (lambda: schedule.read({"kind": "tide"}), "no schedule is called 'tide'"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()

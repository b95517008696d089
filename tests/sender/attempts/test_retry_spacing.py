"""How a sender spaces its attempts: named where the gaps show it, doubtful where chance could."""

import math
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof.sender.attempts.retry_spacing import GROWTH, Kind, classify

quick = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

HOURS = [5, 300, 1800, 7200, 18000, 36000, 36000]


@pytest.mark.parametrize("gaps, kind, grows", [
    ([], Kind.UNKNOWN, None),
    ([0.4], Kind.UNKNOWN, None),
    ([0.001, 0.02, 0.001], Kind.NONE, None),
    ([0.0, 0.0], Kind.NONE, None),
    ([0.01, 0.02, 0.04, 0.08], Kind.NONE, None),
    ([0.4, 0.41], Kind.CONSTANT, None),
    ([5.0, 5.01, 5.1], Kind.CONSTANT, None),
    ([0.4, 0.4, 0.41, 0.4], Kind.CONSTANT, False),
    ([5.0, 5.01, 5.1, 5.02], Kind.CONSTANT, False),
    ([60, 60.4, 60.1, 60.2], Kind.CONSTANT, False),
    ([5.2, 10.4, 5.2, 5.3, 5.2], Kind.CONSTANT, False),
    ([10.3, 9.4, 10.8, 9.9, 10.1, 10.4], Kind.CONSTANT, False),
    ([1, 1, 1, 1], Kind.CONSTANT, None),
    ([1, 2, 3], Kind.LINEAR, True),
    ([0.4, 0.6, 0.8, 1.0], Kind.LINEAR, True),
    ([10.05, 20.1, 30.0, 40.12, 50.0], Kind.LINEAR, True),
    ([10, 20, 30, 40, 40, 40], Kind.LINEAR, True),
    ([0.4, 0.8], Kind.EXPONENTIAL, True),
    ([0.4, 0.8, 1.6, 2, 2, 2], Kind.EXPONENTIAL, True),
    ([0.4, 0.8, 0.8, 0.8], Kind.EXPONENTIAL, True),
    ([0.42, 0.75, 1.7, 3.0], Kind.EXPONENTIAL, True),
    ([0.5, 1, 2, 3.5, 6.5], Kind.EXPONENTIAL, True),
    ([1, 1, 2, 4, 7], Kind.EXPONENTIAL, True),
    ([0.4, 0.8, 3.2, 3.2, 6.4], Kind.EXPONENTIAL, True),
    ([5, 30, 120, 600, 1800, 7200], Kind.GROWING, True),
    (HOURS, Kind.GROWING, True),
    ([1, 1, 1, 2], Kind.GROWING, True),
    ([8, 4, 2, 1], Kind.SHRINKING, False),
    ([4, 3, 2, 1], Kind.SHRINKING, False),
    ([9, 8, 3, 2, 0.5], Kind.SHRINKING, False),
    ([8, 4, 2], Kind.IRREGULAR, None),
    ([0.60, 0.66, 0.42, 0.42, 0.41], Kind.IRREGULAR, False),
    ([0.10, 0.11, 0.09, 0.12, 0.10], Kind.NONE, None),
    ([0.10, 0.17, 0.09, 0.12, 0.10], Kind.CONSTANT, None),
    ([5, 5.4], Kind.IRREGULAR, None),
    ([1, 5, 2, 9, 0.3], Kind.IRREGULAR, None),
], ids=str)  # fmt: skip
def test_gaps_are_told_apart(gaps, kind, grows):
    """`grows` is None where it cannot be told, so that the gaps may grow."""
    found = classify(gaps)
    assert (found.kind, found.grows, found.gaps) == (kind, grows is True, tuple(gaps))
    assert (found.grows or found.doubtful) is (grows is not False)


@pytest.mark.parametrize("gaps, text", [
    ([], "no gaps"),
    ([0.4], "1 gap of 0.4 s"),
    ([0.4, 0.8], "exponential, factor 2.0 from 0.4 s (2 gaps, too few to tell)"),
    ([0.4, 0.8, 1.6, 3.2, 6, 6, 6], "exponential, factor 2.0 from 0.4 s, capped at 6 s"),
    ([0.42, 0.7, 1.9, 3.0, 6.1, 15], "exponential, factor 2.0 from 0.42 s, jitter 10 %"),
    ([5, 5, 5, 5], "constant, 5 s"),
    ([0, 0.01, 0], "retried at once, 3 times"),
    ([10, 20, 30], "linear, from 10 s to 30 s"),
    (HOURS, "growing, from 5 s to 10 h, capped at 10 h"),
    ([1, 5, 2, 9, 0.3], "irregular, 0.3 s to 9 s (5 gaps, too few to tell)"),
])  # fmt: skip
def test_it_reads_as_one_line(gaps, text):
    assert str(classify(gaps)) == text


def test_the_numbers_of_a_schedule():
    found = classify([0.4, 0.8, 1.6, 2, 2, 2])
    assert (found.base_s, found.cap_s, found.jitter, found.doubtful) == (0.4, 2, 0.0, False)
    assert found.factor == pytest.approx(2)
    assert classify([5, 20, 80, 320]).factor == pytest.approx(4)
    assert classify([1, 2, 3]).factor is classify([5, 5, 5]).factor is classify([]).base_s is None
    assert classify([0, 0, 1, 2]).factor is None


def test_few_gaps_are_doubtful_and_many_are_not():
    assert [classify([0.4, 0.8, 1.6][:count]).doubtful for count in (1, 2, 3)] == [True, True, False]
    assert [classify([5.3] * count).doubtful for count in (2, 3)] == [True, False]


@st.composite
def exponential(draw, fewest=4):
    """Gaps meant, gaps seen."""
    base_s, factor = draw(st.floats(0.2, 60)), draw(st.floats(1.5, 4))
    meant = [base_s * factor**n for n in range(draw(st.integers(fewest, 8)))]
    return meant, [gap * (1 + draw(st.floats(-0.25, 0.25))) + draw(st.floats(0, 0.1)) for gap in meant]


@quick
@given(exponential())
def test_what_grows_exponentially_is_never_taken_for_anything_else(schedule):
    meant, seen = schedule
    assert classify(seen).grows
    assert classify(meant).kind is Kind.EXPONENTIAL


@quick
@given(st.floats(0.2, 60), st.lists(st.floats(0, 0.1), min_size=2, max_size=8))
def test_constant_gaps_with_noise_are_constant(gap, noise):
    assert classify([gap + late for late in noise]).kind is Kind.CONSTANT


@quick
@given(st.floats(5, 60), st.floats(1.5, 4), st.lists(st.floats(0, 0.1), min_size=4, max_size=6))
def test_shrinking_gaps_are_shrinking(last, factor, noise):
    steps = range(len(noise) - 1, -1, -1)
    found = classify([last * factor**n + late for n, late in zip(steps, noise, strict=True)])
    assert (found.kind, found.grows, found.doubtful) == (Kind.SHRINKING, False, False)


@quick
@given(st.lists(st.floats(0.2, 60), max_size=8), exponential(fewest=2), st.sampled_from([0.125, 0.5, 2, 64]))
def test_another_unit_of_time_leaves_the_kind(some, schedule, scale):
    for gaps in (some, schedule[1]):
        assert classify([gap * scale for gap in gaps], noise_s=0.15 * scale).kind is classify(gaps).kind


def test_a_single_pause_changes_no_verdict():
    for index in range(6):
        grown = [0.5 * 2**n * (2 if n == index else 1) for n in range(6)]
        assert classify(grown).grows
        alike = [5.3 * (2 if n == index else 1) for n in range(6)]
        assert classify(alike).kind in ({Kind.CONSTANT} if index < 5 else GROWTH)


def _drawn(dice, least, cap, tick_s=0.0):
    """An exponential schedule of which every gap is drawn from a part (from `least` on) up to all of it."""
    base_s, factor, count = dice.uniform(1, 30), dice.uniform(1.5, 4), dice.randint(2, 8)
    gaps = [min(base_s * factor**n, cap * base_s) * dice.uniform(least, 1) for n in range(count)]
    return [math.ceil(gap / tick_s) * tick_s for gap in gaps] if tick_s else gaps


@pytest.mark.parametrize("tick_s", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("least", [0.0, 0.5], ids=["full", "equal"])
@pytest.mark.parametrize("cap", [1e9, 6], ids=["uncapped", "capped"])
def test_random_waits_that_grow_are_never_held_against_a_sender(least, cap, tick_s):
    dice = random.Random(7)
    drawn = [_drawn(dice, least, cap, tick_s) for _ in range(40)]
    assert [gaps for gaps in drawn if not (classify(gaps).grows or classify(gaps).doubtful)] == []


@pytest.mark.parametrize("tick_s", [0.5, 1.0])
def test_a_sender_that_looks_at_the_clock_now_and_then_still_grows(tick_s):
    dice = random.Random(7)
    drawn = [_drawn(dice, 1.0, 1e9, tick_s) for _ in range(40)]
    assert [gaps for gaps in drawn if len(gaps) > 3 and not classify(gaps).grows] == []


@pytest.mark.parametrize("gaps, may", [
    ([1, 1, 1, 1], False), ([1, 2, 3, 4], False), ([8, 4, 2, 1], False), ([1, 2, 4, 8], True), ([0, 0, 0, 0], False),
    ([5, 30, 120, 600, 1800, 7200], True), ([1, 5, 2, 9, 0.3], False),
], ids=str)  # fmt: skip
def test_what_an_exponential_schedule_looks_like(gaps, may):
    assert classify(gaps).may_be_exponential is may


def test_a_line_that_chance_can_have_drawn_accuses_nobody():
    """Exponential schedules with equal jitter, a few gaps each: what is called a line for sure is one."""
    accused = 0
    for seed in range(3000):
        dice = random.Random(seed)
        base, count = dice.choice([0.4, 1, 2, 5]), dice.randint(3, 6)
        found = classify([base * 2**at * dice.uniform(0.5, 1) + dice.uniform(0, 0.3) for at in range(count)])
        accused += found.kind in (Kind.CONSTANT, Kind.LINEAR, Kind.SHRINKING) and not found.ambiguous

    assert accused <= 3


@pytest.mark.parametrize("gaps", [(1, 2, 3, 4, 5, 6), (0.4, 0.8, 1.2, 1.6, 2.0, 2.4), (2.02, 4.01, 6.05, 8.02, 10.01)])
def test_a_line_of_many_points_is_one(gaps):
    found = classify(gaps)

    assert found.kind is Kind.LINEAR and not found.ambiguous

"""What was acknowledged against what was processed."""

import pytest

from hookproof.load.judge.reconciliation import reconcile, sample


def test_what_was_acknowledged_and_not_processed_is_lost():
    effects = reconcile(["a", "b", "c"], {"a": 1, "b": 0, "c": 1, "d": 0})

    assert (effects.lost, effects.duplicated, effects.unknown) == (1, 0, 0)
    assert effects.examples == {"lost": ("b",)}


def test_processed_twice_counts_whether_acknowledged_or_not():
    effects = reconcile(["a"], {"a": 2, "timed-out": 3, "b": 1})

    assert (effects.lost, effects.duplicated) == (0, 2)
    assert effects.examples == {"duplicated": ("a", "timed-out")}


def test_what_the_observer_could_not_tell_is_unknown():
    effects = reconcile(["a", "b", "never asked"], {"a": None, "b": 1})

    assert (effects.lost, effects.unknown) == (0, 2)


def test_a_sample_says_that_it_is_one():
    effects = reconcile(["a", "b"], {"a": 1, "b": 0}, total=45_000)

    assert effects.sampled
    assert str(effects) == ("1 acknowledged but never processed, 0 processed twice (of a sample of 2 out of 45 000)")


def test_all_of_them_is_no_sample():
    effects = reconcile(["a", "b"], {"a": 1, "b": 1, "c": 0}, total=2)

    assert not effects.sampled
    assert str(effects).endswith("(of all 3 asked for)")


def test_few_examples_are_kept_of_many():
    effects = reconcile([str(n) for n in range(99)], {str(n): 0 for n in range(99)})

    assert effects.lost == 99
    assert effects.examples == {"lost": ("0", "1", "2", "3", "4")}


def test_a_sample_has_the_odd_ones_and_others_from_beginning_to_end():
    chosen = sample(range(10_000), odd=[5, 77, 9_999], limit=103)

    assert {5, 77, 9_999} <= set(chosen)
    assert len(chosen) == 103
    assert all(any(low <= serial < low + 1_000 for serial in chosen) for low in range(0, 10_000, 1_000))


def test_a_sample_of_odd_ones_only_is_spread_over_them():
    assert sample(range(10_000), odd=range(0, 10_000, 10), limit=4) == [0, 2_500, 5_000, 7_500]


@pytest.mark.parametrize("limit", [5, 9])
def test_few_are_asked_for_all(limit):
    assert sample(range(5), odd=[], limit=limit) == [0, 1, 2, 3, 4]

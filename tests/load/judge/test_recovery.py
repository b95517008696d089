"""Recovery and collapse, told from slots whose story is known."""

import pytest

from hookproof.load.engine.tally import Slot
from hookproof.load.judge.recovery import Course, recover

FRESH = 500


def stage(*stretches):
    """Slots of (seconds, due a second, acknowledged a second), one after the other."""
    rows = [(due, taken) for seconds, due, taken in stretches for _ in range(seconds)]
    return {place: Slot(due=due, acknowledged=taken, done=taken) for place, (due, taken) in enumerate(rows)}


def told(slots, backlog_s=10, **known):
    return recover(slots, slot_s=1, duration_s=len(slots), min_ok=0.999, rate=FRESH, backlog_s=backlog_s, **known)


def test_a_receiver_that_takes_all_is_unshaken():
    recovery = told(stage((10, 1_500, 1_500), (50, 500, 500)))

    assert (recovery.course, recovery.at_s) == (Course.UNSHAKEN, 0)


def test_a_recovery_has_its_second():
    recovery = told(stage((10, 1_500, 800), (12, 1_200, 1_100), (38, 500, 500)))

    assert (recovery.course, recovery.at_s) == (Course.RECOVERED, 22)
    assert "from second 22 to the end; before that 8 200 of 29 400 attempts failed" in recovery.evidence


def test_a_relapse_is_no_recovery_until_it_is_over():
    slots = stage((10, 1_500, 800), (20, 500, 500), (5, 500, 100), (25, 500, 500))

    assert told(slots).at_s == 35


def test_a_single_failure_is_no_relapse():
    slots = stage((10, 1_500, 800), (20, 500, 500), (1, 500, 499), (29, 500, 500))

    assert told(slots).at_s == 10


def test_single_failures_within_the_share_are_no_relapse():
    slots = stage((10, 1_500, 800), (9, 500, 500), (1, 500, 499), (9, 500, 500), (1, 500, 499), (30, 500, 500))

    assert told(slots).at_s == 10


def test_failures_in_every_slot_are_no_recovery():
    assert told(stage((10, 1_500, 800), (50, 500, 498))).course is not Course.RECOVERED


def test_single_failures_that_go_on_and_on_are_no_recovery():
    recovery = told(stage((10, 1_500, 800), (50, 500, 499)))

    assert (recovery.course, recovery.at_s) != (Course.RECOVERED, 10), "1 in 500 is more than 1 in 1 000"


def test_a_recovery_counts_in_seconds_whatever_the_slots():
    slots = stage((10, 3_000, 1_600), (20, 1_000, 1_000))
    recovery = recover(slots, slot_s=2, duration_s=60, min_ok=0.999, rate=500, backlog_s=20)

    assert (recovery.course, recovery.at_s) == (Course.RECOVERED, 20)
    assert "from second 20 to the end" in recovery.evidence


def test_a_collapse_is_named_with_its_evidence():
    recovery = told(stage((3, 2_500, 1_200), (7, 3_000, 60), (50, 2_900, 30)))

    assert (recovery.course, recovery.at_s) == (Course.COLLAPSED, None)
    assert recovery.evidence == (
        "metastable collapse: the backlog was due by second 10, and fresh traffic is 500/s (2 900/s with retries), "
        "less than the 1 200/s it took at best, yet in the last 15 s it acknowledged 30/s"
    )


def test_what_it_took_at_another_time_is_evidence_too():
    slots = stage((60, 2_900, 30))

    assert told(slots).course is Course.BEHIND
    assert told(slots, capacity=1_000).course is Course.COLLAPSED


def test_too_much_fresh_traffic_is_no_collapse():
    recovery = told(stage((10, 1_500, 400), (50, 1_000, 400)))

    assert recovery.course is Course.BEHIND
    assert "more than the 400/s it took at best" in recovery.evidence


@pytest.mark.parametrize("last", [(8, 500, 490), (8, 2_000, 300)])
def test_a_receiver_on_its_way_up_is_behind_only(last):
    slots = stage((10, 1_500, 800), (42, 2_000, 30), last)

    assert told(slots).course is Course.BEHIND


@pytest.mark.parametrize("backlog_s", [57.5, 58, 60])
def test_a_stage_that_ends_with_its_backlog_cannot_tell(backlog_s):
    recovery = told(stage((60, 2_900, 30)), backlog_s=backlog_s, capacity=1_000)

    assert recovery.course is Course.UNDECIDED
    assert "too short" in recovery.evidence


@pytest.mark.parametrize("last, recovered", [(2, False), (3, True)])
def test_a_recovery_takes_three_seconds_to_be_one(last, recovered):
    course = told(stage((60 - last, 2_900, 1_200), (last, 500, 500))).course

    assert (course is Course.RECOVERED) is recovered


def test_three_seconds_after_the_backlog_can_tell():
    assert told(stage((60, 2_900, 30)), backlog_s=57, capacity=1_000).course is Course.COLLAPSED


@pytest.mark.parametrize("slots", [{}, stage((10, 0, 0))])
def test_nothing_due_is_undecided(slots):
    assert told(slots).course is Course.UNDECIDED


def test_quiet_slots_count_for_nothing():
    assert told(stage((5, 1_500, 800), (5, 0, 0), (20, 500, 500), (30, 0, 0))).course is Course.RECOVERED

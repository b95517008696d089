"""Judging a stage: what is the target's, what may be ours, and what nobody knows."""

import pytest

from hookproof.load.engine.tally import ANSWERED, NEVER_SENT, Fate, Tally
from hookproof.load.judge.objective import Judgement, LoadVerdict, Objective, judge, together
from hookproof.load.judge.reconciliation import reconcile
from hookproof.verdict import Exit

OBJECTIVE = Objective()


def tally(acknowledged=10_000, lagged=0, lag_s=0.5, statuses=None, **fates):
    """A tally that adds up: so many acknowledged, and others by their fate; `lagged` of all were taken up late."""
    counts = {Fate.ACKNOWLEDGED: acknowledged, **{Fate(name): count for name, count in fates.items()}}
    due = sum(counts.values())
    found = Tally(due=due, deliveries=due)
    found.fates.update({str(fate): count for fate, count in counts.items()})
    found.sent = due - found.of(*NEVER_SENT)
    found.answered = found.of(*ANSWERED)
    found.statuses.update({200: acknowledged, **(statuses or {})})
    for place in range(due):
        found.lag.add(lag_s if place < lagged else 0.001)
    return found


def verdict(found, **known):
    return judge(found, OBJECTIVE, **{"expected": found.deliveries, **known})


def test_all_in_time_is_met():
    judgement = verdict(tally())

    assert judgement == Judgement(
        LoadVerdict.MET, ("10 000 of 10 000 deliveries were acknowledged within 10 s",), "", 0, "", False
    )
    assert judgement.exit is Exit.CONFORMANT


@pytest.mark.parametrize("late, wanted", [(10, LoadVerdict.MET), (11, LoadVerdict.MISSED)])
def test_the_share_is_exact(late, wanted):
    assert verdict(tally(10_000 - late, late=late)).verdict is wanted


def test_a_miss_says_what_became_of_them():
    found = tally(40_988, timed_out=3_900, rejected=112, statuses={503: 100, 500: 12})
    judgement = verdict(found)

    assert judgement.verdict is LoadVerdict.MISSED and judgement.exit is Exit.LOAD_MISSED
    assert judgement.reasons == (
        "4 012 of 45 000 deliveries were not acknowledged within 10 s: "
        "3 900 timed out, 100 answered 503, 12 answered 500",
    )
    assert (judgement.broke, judgement.count, judgement.said) == ("timed_out", 3_900, "3 900 timed out")


def test_retries_are_called_attempts():
    found = tally(100, rejected=100)
    found.deliveries = 150

    assert "100 of 200 attempts" in verdict(found).reasons[0]


@pytest.mark.parametrize("name", ["late", "rejected", "reset", "timed_out", "garbled", "refused", "unsent"])
def test_each_failure_of_the_target_counts(name):
    judgement = verdict(tally(**{name: 500}))

    assert (judgement.verdict, judgement.broke, judgement.count) == (LoadVerdict.MISSED, name, 500)


def test_nothing_due_is_never_met():
    judgement = judge(Tally(), OBJECTIVE, expected=0)

    assert (judgement.verdict, judgement.exit) == (LoadVerdict.UNDECIDED, Exit.UNDECIDED)
    assert judgement.reasons == ("nothing was due",)


def test_an_account_that_does_not_balance_is_undecided_even_where_all_failed():
    found = tally(0, timed_out=10_000)
    found.sent -= 1

    assert verdict(found).verdict is LoadVerdict.UNDECIDED
    assert "does not balance" in verdict(found).reasons[0]


def test_a_late_generator_never_passes():
    judgement = verdict(tally(lagged=200))

    assert judgement.verdict is LoadVerdict.UNDECIDED and judgement.ours
    assert judgement.reasons == (
        "the generator was late itself: 99 % were taken up within 500 ms, not 10 ms (200 were later)",
    )


def test_failures_that_lag_may_explain_are_undecided():
    assert verdict(tally(9_850, timed_out=150, lagged=200)).verdict is LoadVerdict.UNDECIDED


def test_more_failures_than_lag_can_explain_are_missed():
    judgement = verdict(tally(9_000, rejected=1_000, lagged=200))

    assert judgement.verdict is LoadVerdict.MISSED
    assert "the generator was late itself" in judgement.reasons[1]


def test_a_few_lagging_attempts_excuse_what_is_late_and_nothing_else():
    late, rejected = verdict(tally(9_980, late=20, lagged=50)), verdict(tally(9_980, rejected=20, lagged=50))

    assert late.verdict is LoadVerdict.UNDECIDED and late.ours
    assert late.reasons == ("20 failed, and the generator's own lag may explain 20 of them",)
    assert rejected.verdict is LoadVerdict.MISSED


def test_a_few_lagging_attempts_do_not_spoil_a_pass():
    assert verdict(tally(lagged=50)).verdict is LoadVerdict.MET


@pytest.mark.parametrize("own, wanted", [(10, LoadVerdict.MET), (11, LoadVerdict.UNDECIDED)])
def test_our_own_trouble_matters_only_where_it_could_turn_the_verdict(own, wanted):
    judgement = verdict(tally(10_000 - own, own=own))

    assert judgement.verdict is wanted
    assert judgement.ours is (wanted is LoadVerdict.UNDECIDED)


def test_our_own_trouble_does_not_hide_a_miss():
    assert verdict(tally(5_000, own=2_000, reset=3_000)).verdict is LoadVerdict.MISSED


def test_raced_connections_that_decide_leave_it_undecided():
    judgement = verdict(tally(9_980, raced=20))

    assert judgement.verdict is LoadVerdict.UNDECIDED and not judgement.ours
    assert "20 met a connection that was closed just as it was used again" in judgement.reasons[0]
    assert "fresh connection" in judgement.reasons[0]


def test_raced_connections_that_decide_nothing_are_left_alone():
    assert verdict(tally(9_995, raced=5)).verdict is LoadVerdict.MET
    assert verdict(tally(9_000, raced=20, reset=980)).verdict is LoadVerdict.MISSED


def test_what_was_under_way_at_the_end_is_nobodys_fault():
    judgement = verdict(tally(9_980, abandoned=20), interrupted=True)

    assert judgement.verdict is LoadVerdict.UNDECIDED and not judgement.ours
    assert judgement.reasons == ("the run was interrupted", "20 were under way when the run was ended")


def test_a_lost_worker_is_named_and_never_a_pass():
    judgement = judge(tally(), OBJECTIVE, expected=20_000, lost_workers=["worker-2"])

    assert judgement.verdict is LoadVerdict.UNDECIDED
    assert judgement.reasons == (
        "worker worker-2 was lost, and what became of its part is unknown",
        "10 000 of 20 000 deliveries are not accounted for",
    )


@pytest.mark.parametrize("failed, wanted", [(19, LoadVerdict.UNDECIDED), (21, LoadVerdict.MISSED)])
def test_what_a_lost_worker_would_have_sent_counts_in_favour(failed, wanted):
    found = tally(10_000 - failed, rejected=failed)

    assert judge(found, OBJECTIVE, expected=20_000, lost_workers=["w"]).verdict is wanted


def test_an_interrupted_run_is_never_a_pass():
    judgement = verdict(tally(), interrupted=True)

    assert judgement.verdict is LoadVerdict.UNDECIDED
    assert judgement.reasons == ("the run was interrupted",)


def test_an_interrupted_run_of_unknown_length_is_no_miss():
    assert judge(tally(0, reset=99), OBJECTIVE, expected=None, interrupted=True).verdict is LoadVerdict.UNDECIDED


@pytest.mark.parametrize("expected", [9_999, 10_001])
def test_what_the_schedule_does_not_have_is_undecided(expected):
    judgement = judge(tally(), OBJECTIVE, expected=expected)

    assert judgement.verdict is LoadVerdict.UNDECIDED
    assert "10 000 deliveries due, and the schedule has" in judgement.reasons[0]


def test_effects_lost_and_duplicated_are_missed_whatever_the_latencies():
    effects = reconcile(["a", "b", "c"], {"a": 0, "b": 2, "c": 2}, total=10_000)
    judgement = verdict(tally(), effects=effects)

    assert judgement.verdict is LoadVerdict.MISSED
    assert judgement.reasons == (
        "1 delivery acknowledged but never processed (a sample of 3 out of 10 000)",
        "2 deliveries processed twice (a sample of 3 out of 10 000)",
    )
    assert (judgement.broke, judgement.count) == ("effects", 3)


def test_effects_as_promised_are_met():
    assert verdict(tally(), effects=reconcile(["a"], {"a": 1})).verdict is LoadVerdict.MET


def test_an_observer_that_cannot_tell_is_never_a_pass():
    judgement = verdict(tally(), effects=reconcile(["a", "b"], {"a": None, "b": 1}))

    assert judgement.verdict is LoadVerdict.UNDECIDED
    assert judgement.reasons == ("the observer could not tell what became of 1 delivery",)


@pytest.mark.parametrize("given", [{"min_ok": 0}, {"min_ok": 1.1}, {"deadline_s": 0}, {"max_lag_s": 0}])
def test_an_objective_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValueError):
        Objective(**given)


@pytest.mark.parametrize(
    "verdicts, whole",
    [([], "undecided"), (["met"], "met"), (["met", "undecided"], "undecided"), (["undecided", "missed"], "missed")],
)
def test_several_are_as_bad_as_the_worst(verdicts, whole):
    assert together(map(LoadVerdict, verdicts)) is LoadVerdict(whole)

import itertools

import pytest

from hookproof.verdict import (
    Exit,
    Inconclusive,
    Level,
    Outcome,
    Reason,
    Verdict,
    assume,
    conclude,
    exit_code,
    judge,
    strictest,
    worst,
)


@pytest.mark.parametrize("level, verdict", [("MUST", "fail"), ("SHOULD", "warn"), ("MAY", "info")])
def test_what_is_unmet_weighs_as_much_as_it_was_demanded(level, verdict):
    assert judge(Outcome.UNMET, Level(level)) == verdict


def test_worst_follows_the_documented_order():
    order = ["pass", "info", "not_applicable", "inconclusive", "error", "warn", "fail"]

    for low, high in itertools.pairwise(order):
        assert worst([Verdict(low), Verdict(high)]) == high
    assert worst([]) is Verdict.NOT_APPLICABLE


def test_the_strictest_level_counts():
    assert strictest([Level.MAY, Level.MUST, Level.SHOULD]) is Level.MUST
    assert strictest([]) is Level.MAY


def test_assume_stops_with_a_reason():
    assume(True)
    with pytest.raises(Inconclusive) as stopped:
        assume(False, "the genuine delivery was refused")

    assert stopped.value.reason is Reason.CONTROL_FAILED
    assert str(stopped.value) == "the genuine delivery was refused"


MUST_PASS, MUST_FAIL = (Level.MUST, Verdict.PASS), (Level.MUST, Verdict.FAIL)
MUST_OPEN, MUST_ERROR = (Level.MUST, Verdict.INCONCLUSIVE), (Level.MUST, Verdict.ERROR)


@pytest.mark.parametrize(
    "rows, complete, conclusion",
    [
        ([MUST_PASS], True, "conformant"),
        ([MUST_PASS, MUST_OPEN], True, "conformant"),
        ([MUST_PASS, MUST_FAIL], True, "nonconformant"),
        ([MUST_FAIL], False, "nonconformant"),
        ([MUST_OPEN], True, "undecided"),
        ([MUST_PASS], False, "undecided"),
        ([MUST_PASS, MUST_ERROR], True, "undecided"),
        ([MUST_PASS, (Level.SHOULD, Verdict.ERROR)], True, "undecided"),
        ([(Level.SHOULD, Verdict.PASS)], True, "undecided"),
        ([], True, "undecided"),
    ],
)
def test_a_run_is_conformant_only_if_something_was_judged_and_nothing_failed(rows, complete, conclusion):
    assert conclude(rows, complete=complete) == conclusion


@pytest.mark.parametrize(
    "conclusion, verdicts, strict, code",
    [
        ("conformant", ["pass", "warn", "inconclusive"], False, 0),
        ("conformant", ["pass"], True, 0),
        ("conformant", ["pass", "warn"], True, 1),
        ("conformant", ["pass", "inconclusive"], True, 10),
        ("nonconformant", ["fail"], False, 1),
        ("undecided", ["inconclusive"], False, 10),
    ],
)
def test_exit_codes(conclusion, verdicts, strict, code):
    assert exit_code(conclusion, [Verdict(verdict) for verdict in verdicts], strict=strict) == Exit(code)

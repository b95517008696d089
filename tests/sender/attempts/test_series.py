"""The attempts of one event: one line of evidence, gaps, what came too often, whether it is over."""

import pytest

from hookproof.evidence.lines import Moment
from hookproof.sender.attempts.retry_spacing import Kind
from hookproof.sender.attempts.series import MOST_SEEN, Series
from hookproof.wire.arrivals import OK, Answer
from tests.wire.test_arrivals import arrived

NO = Answer(500)


def test_gaps_run_from_an_end_to_the_next_arrival():
    series = Series("an event", (arrived(0, 1), arrived(3, 3.5), arrived(3.25, 4), arrived(8, 9)))

    assert series.gaps == (2, 0, 4)
    assert Series("an event", (arrived(0, 1),)).gaps == Series("an event", ()).gaps == ()


def test_an_attempt_that_is_still_open_has_its_gap_from_its_arrival():
    assert Series("an event", (arrived(1), arrived(3, 4))).gaps == (2,)


@pytest.mark.parametrize("attempts, overlaps", [
    ([(0, 1), (1, 2)], False),
    ([(0, 1), (0.97, 2)], False),
    ([(0, 1), (0.9, 2)], True),
    ([(0, None), (5, 6)], True),
    ([(0, 1), (2, None)], False),
    ([(0, 1)], False),
    ([], False),
])  # fmt: skip
def test_attempts_overlap_where_one_was_open_when_the_next_came(attempts, overlaps):
    assert Series("an event", tuple(arrived(*each) for each in attempts)).overlapping is overlaps


@pytest.mark.parametrize("first, after", [
    (OK, 2),
    (Answer(204), 2),
    (NO, 0),
    (Answer(301), 0),
    (Answer(200, end="half"), 0),
])  # fmt: skip
def test_what_came_after_an_acknowledgement(first, after):
    series = Series("an event", (arrived(0, 1, first), arrived(2, 3, NO), arrived(4, 5, NO)))

    assert (len(series.after_acknowledgement), series.acknowledged) == (after, bool(after))


def test_only_what_went_out_whole_acknowledges():
    given_up = arrived(0, 1, outcome="abandoned")
    late = arrived(2, 3)
    series = Series("an event", (given_up, late, arrived(4, 5)))

    assert series.after_acknowledgement == series.arrivals[2:]
    assert not Series("an event", (given_up, arrived(2))).acknowledged


def test_a_provider_may_take_fewer_statuses_for_an_acknowledgement():
    series = Series("an event", (arrived(0, 1, Answer(201)), arrived(2, 3)), acknowledges=frozenset({200}))

    assert series.acknowledged and series.after_acknowledgement == ()


def test_the_same_event_has_the_same_bytes_and_ids():
    same = Series("an event", (arrived(0, 1, ids=("a",)), arrived(2, 3, ids=("a",))))
    other = Series("an event", (arrived(0, 1, ids=("a",)), arrived(2, 3, ids=("b",), body=b"[]")))

    assert same.same_bytes and same.same_ids and same.retried
    assert not (other.same_bytes or other.same_ids)
    assert not Series("an event", (arrived(0, 1),)).retried


def test_a_series_is_drawn_from_its_first_attempt():
    drawn = Series("an event", (arrived(5, 5.25, NO, n=7), arrived(6, 6.5, n=9), arrived(8, n=10))).drawn

    assert drawn["caption"] == "an event"
    assert [Moment(**each) for each in drawn["attempts"]] == [
        Moment(0.0, 0.25, "500", acknowledged=False, n=7),
        Moment(1.0, 0.5, "200", acknowledged=True, n=9),
        Moment(3.0, 0.0, "200, still open", acknowledged=False, n=10),
    ]
    assert Series("an event", ()).drawn["attempts"] == []


def test_a_series_is_one_line():
    both = (arrived(0, 0.5, NO), arrived(1.5, 2))

    assert str(Series("a text event", both)) == "a text event: 500; after 1.00 s again: 200"
    assert repr(Series("an event", both[:1], 4.25, notes=("seen twice",))) == (
        "an event: 500; then nothing for 4.2 s (seen twice)"
    )
    assert str(Series("an event", (), 10.0)) == "an event: no attempt within 10.0 s"


def test_a_long_series_is_cut_in_the_middle_of_its_line():
    line = str(Series("an event", tuple(arrived(at, at + 0.5, NO) for at in range(20))))

    assert line.count("again") == 7 and "; … 12 more …; after 0.50 s again: 500" in line
    assert "more" not in str(Series("an event", tuple(arrived(at, at + 0.5, NO) for at in range(9))))


def _failing(*gaps):
    """Attempts that failed, with these gaps between them."""
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    return tuple(arrived(at, at, NO) for at in times)


@pytest.mark.parametrize("gaps, watched_s, is_over, is_endless", [
    ((1, 2, 4), 9.4, True, False),
    ((1, 2, 4), 9.2, False, False),
    ((1, 1, 1), 2.8, True, False),
    ((1, 1, 1), 2.6, False, False),
    ((0.1, 0.1), 0.8, True, False),
    ((), 10.0, True, False),
    ((), 9.9, False, False),
    ((0.01,) * (MOST_SEEN - 1), 0.0, False, True),
])  # fmt: skip
def test_a_series_is_over_when_the_next_gap_would_be(gaps, watched_s, is_over, is_endless):
    series = Series("an event", _failing(*gaps), watched_s)

    assert (series.is_over, series.is_endless) == (is_over, is_endless)


@pytest.mark.parametrize("gaps, watched_s, long_over", [
    ((1, 2), 201.0, True), ((1, 2), 199.0, False), ((0.01,), 10.1, True), ((0.1,), 9.9, False), ((), 99.0, False),
])  # fmt: skip
def test_a_series_is_long_over_after_a_hundred_gaps(gaps, watched_s, long_over):
    assert Series("an event", _failing(*gaps), watched_s).is_long_over is long_over


def test_the_usual_gap_is_the_one_in_the_middle():
    series = Series("an event", _failing(0.1, 1, 30))

    assert series.usual_gap_s == pytest.approx(1) and series.backoff.kind is not Kind.NONE


@pytest.mark.parametrize("arrivals, sure, settled", [
    (_failing(), False, False), (_failing(), True, True), (_failing(1), False, True), ((), False, False),
    ((), True, True),
])  # fmt: skip
def test_a_series_is_settled_when_a_retry_came_or_would_have(arrivals, sure, settled):
    series = Series("an event", arrivals, 1.0, sure, first_retry_s=5.0)

    assert series.settled is settled and series.too_short == f"{series}; --patience 10 would tell"


def test_ids_read_as_they_came():
    arrivals = (arrived(0, 1, ids=("a", "b")), arrived(2, 3), arrived(4, 5, ids=("c",)))

    assert Series("an event", arrivals).ids == "ids a+b, none, c"


@pytest.mark.parametrize("bodies, says", [
    ([b"same", b"same"], "no difference"),
    ([b"same", b"same", b"sane"], "attempt 3 differs from byte 2 on: b'me', b'ne'"),
    ([b"same", b"same as ever"], "attempt 2 differs from byte 4 on: b'', b' as ever'"),
    ([b"same", b""], "attempt 2 differs from byte 0 on: b'same', b''"),
])  # fmt: skip
def test_the_first_difference_is_shown(bodies, says):
    series = Series("an event", tuple(arrived(at, at, body=body) for at, body in enumerate(bodies)))

    assert series.difference == says and bool(series.differences) is (says != "no difference")


def test_an_event_that_never_came_is_as_late_as_it_was_waited_for():
    assert Series("an event", (), 7.0).delay_s == 7.0
    assert str(Series("an event", (), 7.0, notes=("refused",))) == "an event: no attempt within 7.0 s (refused)"

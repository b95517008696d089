"""What a sender did, as values: one line of evidence, gaps, what came too often, how many at once."""

import pytest

from hookproof.arrivals import OK, Answer, Arrival, Series, overlap
from hookproof.report.lines import Moment


def arrived(at_s, ended_s=None, answer=OK, outcome="answered", **more):
    """An attempt that came at one time and was over at another; without the second it is still open."""
    outcome = "open" if ended_s is None else outcome
    values = {"n": 1, "url": "http://x/a", "method": "POST", "target": "/a", "head": b"", "headers": (), "body": b"{}"}
    return Arrival(**values | more, at_s=at_s, answer=answer, outcome=outcome, ended_s=ended_s or 0.0)


NO = Answer(500)


@pytest.mark.parametrize("answer, text", [
    (Answer(), "200"),
    (Answer(503, headers=(("Retry-After", "3"),)), "503, Retry-After: 3"),
    (Answer(302, headers=(("Location", "/b"), ("X-A", "1"))), "302, Location: /b, X-A: 1"),
    (OK.after(1.5), "200 after 1.5 s"),
    (Answer(200, drip_s=0.5), "200, a byte every 0.5 s"),
    (Answer(end="silent"), "no answer"),
    (Answer(end="reset"), "connection reset"),
    (Answer(end="close", wait_s=2), "connection closed after 2 s"),
    (Answer(end="half"), "200, closed half-way"),
    (Answer(end="garbage"), "no HTTP"),
])  # fmt: skip
def test_an_answer_reads_as_a_few_words(answer, text):
    assert str(answer) == text


def test_a_delayed_answer_is_another_one():
    assert OK.after(1.0) == Answer(wait_s=1.0) and OK.wait_s == 0


@pytest.mark.parametrize("arrival, text", [
    (arrived(1.0, 1.2), "POST 2 B at 1.00 s -> 200"),
    (arrived(1.0), "POST 2 B at 1.00 s -> 200, still open"),
    (arrived(1.0, 3.54, outcome="abandoned", answer=Answer(end="silent")),
     "POST 2 B at 1.00 s -> no answer, given up after 2.5 s"),
    (arrived(0.5, 0.5, outcome="broken", answer=Answer(end="reset")), "POST 2 B at 0.50 s -> connection reset"),
])  # fmt: skip
def test_an_attempt_is_one_line(arrival, text):
    assert str(arrival) == repr(arrival) == text


def test_headers_are_found_in_any_case_and_the_first_counts():
    arrival = arrived(0, headers=((b"X-Sign", b"one"), (b"x-sign", b"two"), (b"X-Name", b"\xe9")))

    assert (arrival.header("x-SIGN"), arrival.header("x-name"), arrival.header("absent")) == ("one", "é", None)


def test_how_long_an_attempt_was_open():
    assert arrived(1.0, 3.0).open_s == 2.0
    assert (arrived(1.0).open_s, arrived(1.0).over, arrived(1.0, 1.0).over) == (0.0, False, True)


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

    assert same.same_bytes and same.same_ids and same.repeated
    assert not (other.same_bytes or other.same_ids)
    assert not Series("an event", (arrived(0, 1),)).repeated


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


@pytest.mark.parametrize("attempts, most", [
    ([], 0),
    ([(0, 1)], 1),
    ([(0, 1), (1, 2)], 1),
    ([(0, 3), (1, 2), (1.5, 4)], 3),
    ([(0, 1), (2, 4), (3, 5)], 2),
    ([(1, None), (2, None), (3, 4)], 3),
    ([(5, None)], 1),
])  # fmt: skip
def test_how_many_were_open_at_once(attempts, most):
    assert overlap(arrived(*each) for each in attempts) == most

"""What came to an inbox, as values: one line of evidence, how long it was open, how many at once."""

import pytest

from hookproof.wire.arrivals import OK, Answer, Arrival, most_open


def arrived(at_s, ended_s=None, answer=OK, outcome="answered", **more):
    """An attempt that came at one time and was over at another; without the second it is still open."""
    outcome = "open" if ended_s is None else outcome
    values = {"n": 1, "url": "http://x/a", "method": "POST", "target": "/a", "head": b"", "headers": (), "body": b"{}"}
    return Arrival(**values | more, at_s=at_s, answer=answer, outcome=outcome, ended_s=ended_s or 0.0)


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
    (Answer(end="refused"), "connection refused"),
    (Answer(end="no TLS"), "no TLS"),
])  # fmt: skip
def test_an_answer_reads_as_a_few_words(answer, text):
    assert str(answer) == text


def test_a_delayed_answer_is_another_one():
    assert OK.after(1.0) == Answer(wait_s=1.0) and OK.wait_s == 0


@pytest.mark.parametrize("answer, at_once", [
    (OK, True), (Answer(204), True), (OK.after(1), False), (Answer(301), False), (Answer(end="reset"), False),
    (Answer(end="half"), False), (Answer(end="refused"), False),
])  # fmt: skip
def test_only_a_whole_success_without_delay_holds_up_nobody(answer, at_once):
    assert answer.acknowledges_at_once is at_once


@pytest.mark.parametrize("headers, asked_s", [
    ((("Retry-After", "3"),), 3.0),
    ((("Retry-After", "Sat, 21 Nov 2026 10:00:00 GMT"),), 5.0),
    ((("Location", "/"),), 0.0),
    ((), 0.0),
])  # fmt: skip
def test_how_long_an_answer_asks_to_wait(headers, asked_s):
    assert Answer(503, headers=headers).retry_after_s == asked_s


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
    assert most_open(arrived(*each) for each in attempts) == most

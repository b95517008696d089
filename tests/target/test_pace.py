"""A target that says it gets too much is given room; one that only breaks is not waited for."""

import time

import pytest

from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.target.pace import Pace


@pytest.fixture
def answered(envelope):
    def attempt(status, *headers):
        exchange = Exchange("answered", status=status, headers=headers)
        return Attempt(1, "http://x/", envelope.make(), Manner(), exchange, Promise(1.0, frozenset(), frozenset()))

    return attempt


def test_each_limit_leaves_more_room_and_each_success_less(answered):
    pace = Pace()
    assert pace.slow_down(answered(429), time.monotonic())
    first = pace.gap_s
    assert pace.slow_down(answered(429), time.monotonic())
    second = pace.gap_s
    for _ in range(200):
        pace.passed(after_503=False)

    assert 0 < first < second and pace.gap_s == 0


def test_what_was_under_way_beside_it_says_nothing_new(answered):
    pace, begun = Pace(), time.monotonic()
    pace.slow_down(answered(429), begun)
    before = pace.gap_s
    pace.slow_down(answered(429), begun - 1)

    assert pace.gap_s == before


def test_who_asks_for_minutes_is_not_waited_for(answered):
    assert Pace().slow_down(answered(429, (b"Retry-After", b"5")), time.monotonic())
    assert not Pace().slow_down(answered(429, (b"Retry-After", b"60")), time.monotonic())
    assert Pace().slow_down(answered(429, (b"Retry-After", b"tomorrow")), time.monotonic())


def test_a_503_that_never_passes_is_no_limit(answered):
    pace = Pace()
    assert pace.limited(answered(503)) and pace.limited(answered(429)) and not pace.limited(answered(500))
    pace.gave_up()
    pace.gave_up()

    assert not pace.limited(answered(503)) and pace.limited(answered(429))
    pace.passed(after_503=True)
    assert pace.limited(answered(503))

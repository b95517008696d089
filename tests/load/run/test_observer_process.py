"""How long a load waits for effects that come after the answer."""

import asyncio

import pytest

from hookproof.load.run import observer_process


class Queue:
    """An observer whose event number n has its effect at its n-th time of these seconds; None is never."""

    def __init__(self, *times_s):
        self.now, self.times_s = 0.0, times_s

    async def count(self, event_id):
        at_s = self.times_s[int(event_id)]
        return int(at_s is not None and at_s <= self.now)


@pytest.fixture
def counted(monkeypatch):
    def run(*times_s, awaited="0123456789", patience_s=30):
        queue, wait = Queue(*times_s), asyncio.sleep

        async def sleep(seconds):
            queue.now += seconds
            await wait(0)

        monkeypatch.setattr(observer_process.asyncio, "sleep", sleep)
        monkeypatch.setattr(observer_process.time, "monotonic", lambda: queue.now)
        ids = [str(number) for number in range(len(times_s))]
        return asyncio.run(observer_process.settled(queue, ids, awaited, patience_s))["counts"], queue.now

    return run


def test_a_queue_that_is_worked_off_seconds_later_loses_nothing(counted):
    assert counted(0, 7, 9, 9)[0] == [1, 1, 1, 1]


def test_what_never_comes_is_missing_and_costs_seconds(counted):
    counts, took_s = counted(0, None, 1)

    assert counts == [1, 0, 1]
    assert took_s < 15


def test_a_queue_that_is_longer_than_patience_tells_nothing_of_its_rest(counted):
    assert counted(*range(0, 50, 5))[0] == [1] * 7 + [None] * 3


def test_nobody_waits_for_what_was_not_acknowledged(counted):
    assert counted(0, None, awaited="0") == ([1, 0], 0.0)

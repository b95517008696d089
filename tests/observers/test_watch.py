"""When a count may be believed; a dead or lying observer says nothing of the target."""

import asyncio
import base64
import itertools

import pytest

from hookproof.observers import HttpObserver, Watch, parse, watch
from hookproof.observers.watch import AT_ONCE
from hookproof.verdict import Inconclusive, Reason
from tests.scripted import Scripted, answers


@pytest.fixture(autouse=True)
def _lost_soon(monkeypatch):
    monkeypatch.setattr(watch, "FINAL_S", 0.3)
    monkeypatch.setattr(watch, "APART_S", 0.05)


class Counting:
    """A receiver's inside: events have their effect `delay_s` after they came, one after the other."""

    form = "test"

    def __init__(self, delay_s=0.0, lies=0):
        self.delay_s, self.lies, self.effects, self.numbers = delay_s, lies, {}, itertools.count()

    async def arrives(self, id_, times=1):
        async def act():
            await asyncio.sleep(self.delay_s)
            self.effects[id_] = self.effects.get(id_, 0) + times

        self.task = asyncio.ensure_future(act())

    async def marker(self, number):
        id_ = f"marker-{next(self.numbers)}"
        await self.arrives(id_)
        return id_

    async def count(self, id_):
        return self.effects.get(id_, self.lies)


def _counts(counting, *, copies=1, expected=1, patience_s=0.5):
    async def main():
        await counting.arrives("event", copies)
        return await Watch(counting, counting.marker, patience_s).counts(["event"], expected)

    return asyncio.run(main())


@pytest.mark.parametrize("copies", [0, 1, 2])
def test_counts_what_happened(copies):
    assert _counts(Counting(), copies=copies, expected=0) == [copies]


def test_waits_for_what_comes_late():
    assert _counts(Counting(delay_s=0.15)) == [1]


def test_an_observer_that_never_counts_is_no_verdict():
    counting = Counting()
    counting.count = lambda id_: asyncio.sleep(0, result=0)

    with pytest.raises(Inconclusive) as stopped:
        _counts(counting, patience_s=0.1)
    assert stopped.value.reason is Reason.NOTHING_COUNTED


def test_an_observer_that_counts_what_was_never_sent_is_no_verdict():
    with pytest.raises(Inconclusive) as stopped:
        _counts(Counting(lies=1))
    assert stopped.value.reason is Reason.CONFLICTING_EVIDENCE


def test_many_ids_are_asked_for_at_the_same_time_but_not_all_of_them():
    class Slow(Counting):
        asking = most = 0

        async def count(self, id_):
            self.asking += 1
            self.most = max(self.most, self.asking)
            await asyncio.sleep(0.001)
            self.asking -= 1
            return await super().count(id_)

    async def main():
        counting = Slow()
        ids = [f"event-{n}" for n in range(100)]
        for id_ in ids[1:]:
            await counting.arrives(id_)
        return await Watch(counting, counting.marker, 0.1).counts(ids, 1), counting.most

    assert asyncio.run(main()) == ([0] + [1] * 99, AT_ONCE)


def test_a_dead_observer_is_not_asked_for_all_the_others():
    class Dying(Counting):
        asked = 0

        async def count(self, id_):
            if id_.startswith("event"):
                self.asked += 1
                await asyncio.sleep(0.001)
                raise Inconclusive(Reason.NO_OBSERVER, "gone")
            return await super().count(id_)

    async def main():
        counting = Dying()
        with pytest.raises(Inconclusive, match="gone"):
            await Watch(counting, counting.marker, 0.1).counts([f"event-{n}" for n in range(100)], 0)
        await asyncio.sleep(0.05)
        return counting.asked

    assert asyncio.run(main()) <= 2 * AT_ONCE


def _answer(body, status=b"200 OK"):
    return answers(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))


def test_http_observer_reads_the_count():
    with Scripted(_answer(b'{"count": 3}')) as server:
        found = asyncio.run(HttpObserver(server.url + "/{event_id}?x=1").count("evt/1 ü"))

    assert found == 3
    assert server.received[0].startswith(b"GET /hook/evt%2F1%20%C3%BC?x=1 HTTP/1.1")


@pytest.mark.parametrize(
    "script",
    [
        _answer(b'{"count": 1.5}'),
        _answer(b"{}"),
        _answer(b"not JSON"),
        _answer(b'{"count": "3"}'),
        _answer(b'{"count": true}'),
        _answer(b'{"count": -1}'),
        _answer(b"[" * 100_000),
        _answer(b"{}", b"500 Oops"),
        answers(),
    ],
)
def test_a_broken_http_observer_is_no_verdict(script):
    with Scripted(script) as server, pytest.raises(Inconclusive) as stopped:
        asyncio.run(HttpObserver(server.url + "/{event_id}").count("evt_1"))
    assert stopped.value.reason is Reason.NO_OBSERVER


@pytest.mark.parametrize(
    "text", ["", "evt", "ftp://x/{event_id}", "http://", "http://h:port/{event_id}", "http://h/effects"]
)
def test_what_is_no_observer_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match="event_id"):
        parse(text)


def test_a_password_is_not_shown_when_sql_was_forgotten():
    with pytest.raises(ValueError, match="not an observer") as refused:
        parse("postgresql://me:p@ss/w#rd@db/x#SELECT count(*) WHERE id = :event_id")
    assert "p@ss" not in str(refused.value)
    assert "w#rd" not in str(refused.value)


def test_what_needs_no_connection_starts_and_stops_for_nothing():
    async def main():
        observer = parse("http://127.0.0.1:1/{event_id}")
        await observer.start()
        observer.expect("evt_1")
        await observer.stop()

    asyncio.run(main())


def test_user_and_password_of_a_url_are_sent_as_basic_and_shown_nowhere():
    with Scripted(answers(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"count":2}')) as server:
        observer = HttpObserver(server.url.replace("//", "//me:p%2Fw%20word@") + "/{event_id}")
        count = asyncio.run(observer.count("evt"))

    assert count == 2
    assert b"\r\nAuthorization: Basic " + base64.b64encode(b"me:p/w word") in server.received[0]
    assert b"me:" not in server.received[0] and "p/w word" in observer.hide

"""A target seen over a run: recorded, retried, given up, never blamed for what is ours."""

import asyncio
import json
import time

import pytest

from hookproof.inbox import Inbox
from hookproof.journal import Journal
from hookproof.model import Promise
from hookproof.receiver import Effects, Receiver
from hookproof.redact import Redactor
from hookproof.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint, HarnessError
from tests import scripted
from tests.scripted import OK, Scripted, answers

ITEM = {"id": "receiver.test.it", "subject": "whatsable", "case": None}


@pytest.fixture
def use(envelope, tmp_path):
    """Run a coroutine function with a Receiver at a URL; gives its result and the journal's lines."""

    def run(url, work, deadline_s=0.3):
        journal = Journal(tmp_path / "run.jsonl", Redactor())

        async def main():
            promise = Promise(deadline_s, frozenset({200}), frozenset({401}))
            target = Target(
                "whatsable", Endpoint(url), url, envelope, promise, journal, Redactor(), Inbox(), 0.5, concurrency=3
            )
            return await work(Receiver(target, ITEM))

        try:
            result = asyncio.run(main())
        finally:
            journal.close()
        return result, [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]

    return run


def test_attempts_are_numbered_and_recorded(use):
    async def work(receiver):
        return await receiver.send_all(receiver.make_many(2))

    with Scripted(answers(OK)) as server:
        attempts, lines = use(server.url, work)

    assert [attempt.n for attempt in attempts] == [line["n"] for line in lines] == [1, 2]
    assert all(attempt.acknowledged for attempt in attempts)
    assert lines[0]["id"] == ITEM["id"] and lines[0]["status"] == 200


def test_no_more_are_open_than_the_sender_would_have(use):
    open_, most = 0, 0

    def script(server, connection):
        nonlocal open_, most
        scripted.read_request(server, connection)
        open_ += 1
        most = max(most, open_)
        time.sleep(0.03)
        open_ -= 1
        connection.sendall(OK)

    async def work(receiver):
        return await receiver.send_at_once(receiver.make_many(12))

    with Scripted(script) as server:
        use(server.url, work, deadline_s=3)

    assert 2 <= most <= 3


def test_a_target_that_is_gone_is_inconclusive_and_asked_only_once_more(use):
    async def work(receiver):
        found = []
        for _ in range(3):
            with pytest.raises(Inconclusive) as stopped:
                await receiver.control()
            found.append(stopped.value.reason)
        return found

    begun = time.monotonic()
    reasons, lines = use("http://127.0.0.1:9/", work)

    assert reasons == [Reason.TARGET_UNREACHABLE] * 3
    assert len(lines) == 4, "four tries, then it is left alone for a while"
    assert time.monotonic() - begun < 4


def test_a_target_that_never_answers_is_given_up(use):
    async def work(receiver):
        for _ in range(3):
            assert not (await receiver.control()).acknowledged
        with pytest.raises(Inconclusive):
            await receiver.control()

    with Scripted(scripted.hangs) as server:
        use(server.url, work)


def test_a_rate_limit_says_nothing_of_the_delivery(use):
    async def work(receiver):
        with pytest.raises(Inconclusive) as stopped:
            await receiver.control()
        return stopped.value.reason

    with Scripted(answers(b"HTTP/1.1 429 Slow Down\r\nContent-Length: 0\r\n\r\n")) as server:
        assert use(server.url, work)[0] is Reason.AMBIGUOUS_SEND


def test_running_out_of_sockets_is_our_own_trouble(use, monkeypatch):
    import anyio

    async def none_left(*_, **__):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(anyio, "connect_tcp", none_left)

    async def work(receiver):
        await receiver.control()

    with pytest.raises(HarnessError, match="ran out of sockets"):
        use("http://127.0.0.1:9/", work)


def test_answers_that_leak_are_quoted(use):
    trace = b'HTTP/1.1 500 X\r\n\r\nTraceback (most recent call last):\n  File "/srv/app.py", line 3'

    async def work(receiver):
        attempt = await receiver.control()
        return receiver.leaks([attempt]), receiver.reveals(attempt, "app.py"), receiver.reveals(attempt, "ab" * 32)

    with Scripted(answers(trace)) as server:
        (leak, revealed, other), _ = use(server.url, work)

    assert "Traceback" in leak and revealed and not other


@pytest.mark.parametrize(
    "counts, once, none, lost",
    [({"a": 1}, True, False, False), ({"a": 0}, False, True, True), ({"a": 2, "b": 1}, False, False, False)],
)
def test_effects_read_as_sentences(counts, once, none, lost):
    effects = Effects(counts, 3)

    assert (effects.once, effects.none, effects.lost) == (once, none, lost)
    assert "effect" in str(effects) and "3 attempts" in str(effects)

"""A target seen over a run: recorded, retried, given up, never blamed for what is ours."""

import asyncio
import json
import time

import pytest

from hookproof.delivery.attempt import Promise
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.receiver.attempts import Attempts
from hookproof.receiver.effects import Effects
from hookproof.receiver.greeting import doubt
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.target.check_key import CheckKey
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint, HarnessError
from hookproof.wire.inbox import Inbox
from tests import scripted
from tests.scripted import OK, Scripted, answers

CHECK = CheckKey("receiver.test.it", "whatsable")


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
            return await work(Receiver(target, Record(CHECK)))

        try:
            result = asyncio.run(main())
        finally:
            journal.close()
        return result, [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]

    return run


@pytest.mark.parametrize("status, asks", [
    (401, "it refuses our genuine delivery: 401 in "), (403, "Is $MY_KEY the secret of this endpoint?"),
    (404, "Is that the URL of the endpoint?"), (500, ""), (200, ""),
])  # fmt: skip
def test_a_refused_genuine_delivery_raises_the_question_of_the_secret_or_the_url(use, status, asks):
    said = b"HTTP/1.1 %d X\r\nContent-Length: 3\r\n\r\nbad" % status
    with Scripted(answers(said)) as server:
        first, _ = use(server.url, lambda receiver: receiver.attempt(receiver.make()))

    assert asks in doubt(first, "MY_KEY") and bool(asks) is bool(doubt(first, "MY_KEY"))


def test_attempts_are_numbered_and_recorded(use):
    async def work(receiver):
        return await receiver.send_all(receiver.make_many(2))

    with Scripted(answers(OK)) as server:
        attempts, lines = use(server.url, work)

    assert [attempt.n for attempt in attempts] == [line["n"] for line in lines] == [1, 2]
    assert all(attempt.acknowledged for attempt in attempts)
    assert lines[0]["id"] == CHECK.id and lines[0]["status"] == 200


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
                await receiver.attempt(receiver.make())
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
            assert not (await receiver.attempt(receiver.make())).acknowledged
        with pytest.raises(Inconclusive):
            await receiver.attempt(receiver.make())

    with Scripted(scripted.hangs) as server:
        use(server.url, work)


def test_a_rate_limit_says_nothing_of_the_delivery(use):
    async def work(receiver):
        with pytest.raises(Inconclusive) as stopped:
            await receiver.attempt(receiver.make())
        return stopped.value.reason

    with Scripted(answers(b"HTTP/1.1 429 Slow Down\r\nContent-Length: 0\r\n\r\n")) as server:
        assert use(server.url, work)[0] is Reason.RATE_LIMITED


def test_running_out_of_sockets_is_our_own_trouble(use, monkeypatch):
    import anyio

    async def none_left(*_, **__):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(anyio, "connect_tcp", none_left)

    async def work(receiver):
        await receiver.attempt(receiver.make())

    with pytest.raises(HarnessError, match="ran out of sockets"):
        use("http://127.0.0.1:9/", work)


def test_answers_that_leak_are_quoted(use):
    trace = b'HTTP/1.1 500 X\r\n\r\nTraceback (most recent call last):\n  File "/srv/app.py", line 3'

    async def work(receiver):
        attempt = await receiver.attempt(receiver.make())
        return Attempts((attempt,)).leak, attempt.shows("APP.py"), attempt.shows("ab" * 32)

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


def test_only_what_is_genuine_enters_the_ledger(use):
    async def work(receiver):
        genuine = receiver.make()
        forged = [receiver.make().unsigned(), receiver.make().with_signature("md5=ab", "with another prefix")]
        lying = receiver.make().with_body(b"{}", "genuine")
        await receiver.send_all([genuine, *forged, lying])
        return genuine.event_ids, tuple(receiver.target.ledger.acknowledged_at)

    with Scripted(answers(OK)) as server:
        (sent, known), _ = use(server.url, work)

    assert sent == known


def test_a_path_is_below_the_base_and_a_table_without_cases_is_no_proof(use):
    async def work(receiver):
        receiver.target.base = receiver.endpoint.url.rpartition("/")[0]
        attempt = await receiver.attempt(receiver.make().to("/elsewhere", "elsewhere"))
        with pytest.raises(Inconclusive, match="there are no batches with it"):
            receiver.variations("batches_with_it")
        return attempt.url, len(receiver.variations("forgeries"))

    with Scripted(answers(OK)) as server:
        (url, forged), _ = use(server.url, work)

    assert url.endswith("/elsewhere") and forged == 3

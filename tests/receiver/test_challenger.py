"""An endpoint challenged: what proves ownership, what refuses, and what does neither."""

import asyncio
import json

import pytest

from hookproof import providers
from hookproof.delivery.attempt import Promise
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.providers.events import Maker
from hookproof.receiver.challenger import MARKUP, Challenger
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.target.check_key import CheckKey
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint
from hookproof.wire.inbox import Inbox
from tests.scripted import Scripted, read_request

CHECK = CheckKey("receiver.test.it", "pingback.whatsapp")


def _surface(name="pingback", chosen="whatsapp"):
    return next(one for one in providers.load(name).surfaces({}) if one.name == chosen)


@pytest.fixture
def ask(tmp_path):
    """Challenge a server that gives this answer; returns what `work` makes of it."""

    def run(answer, work, surface=None):
        def script(server, connection):
            read_request(server, connection)
            connection.sendall(answer)

        journal = Journal(tmp_path / "run.jsonl", Redactor())
        maker = Maker(surface or _surface(), secret=None, run="test")

        async def main(url):
            promise = Promise(1.0, frozenset({200}), frozenset({403}))
            target = Target("it", Endpoint(url), url, maker, promise, journal, Redactor(), Inbox(), 0.5, concurrency=3)
            return await work(Challenger(Receiver(target, Record(CHECK))))

        try:
            with Scripted(script) as server:
                return asyncio.run(main(server.url)), server.received
        finally:
            journal.close()

    return run


def _answer(body, status=b"200 OK", headers=b""):
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)


def _judged(text):
    async def work(challenger):
        attempt = await challenger.ask(text)
        return (challenger.proved(attempt), challenger.refused(attempt), challenger.echoed(attempt),
                challenger.compared(attempt))  # fmt: skip

    return work


@pytest.mark.parametrize(
    "answer, proved, refused, echoed",
    [
        (_answer(b"123"), True, False, True),
        (_answer(b"123\n"), False, False, True),
        (_answer(b'"123"'), False, False, True),
        (_answer(b"123", b"201 Created"), False, False, True),
        (_answer(b"", b"403 Forbidden"), False, True, False),
        (_answer(b"not 123", b"403 Forbidden"), False, False, True),
        (_answer(b"", b"204 None"), False, False, False),
        (_answer(b"", b"500 Oops"), False, False, False),
        (b"", False, False, False),
    ],
)
def test_what_an_answer_proves(ask, answer, proved, refused, echoed):
    found, received = ask(answer, _judged("123"))

    assert found[:3] == (proved, refused, echoed)
    assert "expected 200 and b'123', got" in found[3]
    assert received[0].startswith(b"GET /hook?hub.mode=subscribe&hub.challenge=123&hub.verify_token=")


def test_a_wrong_answer_says_from_which_byte_on(ask):
    async def work(challenger):
        for text in ("123", "12x"):
            challenger.compared(await challenger.ask(text))
        return challenger._receiver.differences

    (found,), _ = ask(_answer(b"123"), work)

    assert (found.at, found.expected, found.actual) == (2, b"12x", b"123")


def test_an_empty_text_is_never_an_echo(ask):
    async def work(challenger):
        attempt = await challenger.ask_nothing()
        return challenger.echoed(attempt), challenger.refused(attempt)

    found, received = ask(_answer(b"anything", b"400 Bad"), work)

    assert found == (False, True)
    assert b"hub.challenge=&" in received[0]


@pytest.mark.parametrize(
    "headers, runs",
    [
        (b"Content-Type: text/html; charset=utf-8\r\n", True),
        (b"Content-Type: image/SVG+xml\r\n", True),
        (b"Content-Type: text/plain\r\n", False),
        (b"Content-Type: application/json\r\n", False),
        (b"", True),
        (b"X-Content-Type-Options: nosniff\r\n", False),
    ],
)
def test_markup_is_run_where_a_browser_would(ask, headers, runs):
    async def work(challenger):
        return challenger.runs_markup(await challenger.ask(MARKUP))

    assert ask(_answer(MARKUP.encode(), headers=headers), work)[0] is runs


def test_a_header_made_of_a_challenge_is_seen(ask):
    async def work(challenger):
        return challenger.injected(await challenger.ask("x\r\nX-Injected: yes"))

    assert ask(_answer(b"x", headers=b"X-INJECTED: yes\r\n"), work)[0]


def test_where_no_challenge_is_documented_there_is_no_verdict(ask):
    async def work(challenger):
        with pytest.raises(Inconclusive) as stopped:
            await challenger.ask()
        return stopped.value.reason

    assert ask(b"", work, _surface("chatapi", "hooks"))[0] is Reason.PREREQUISITE_FAILED


def test_challenges_are_in_the_journal(ask, tmp_path):
    ask(_answer(b"123"), _judged("123"))
    line = json.loads((tmp_path / "run.jsonl").read_text())

    assert (line["method"], line["status"]) == ("GET", 200) and "hub.challenge=123" in line["url"]

"""A reproducer, run by a shell, sends the very bytes of the attempt again."""

import os
import subprocess

import anyio
import pytest

from hookproof import cases
from hookproof.delivery.attempt import Attempt, Manner, Promise
from hookproof.evidence.reproduce import reproduce
from hookproof.wire.client import Endpoint, send
from tests.conftest import KEY
from tests.scripted import OK, Scripted, answers

PROMISE = Promise(10.0, frozenset({200}), frozenset({401}))
TABLES = ("malformed_signatures", "junk_around_the_signature", "changed_bodies", "odd_bytes")


def _attempt(url, delivery, **manner):
    exchange = anyio.run(
        lambda: send(
            Endpoint(url), delivery.method, delivery.headers, delivery.body, within_s=2, manner=Manner(**manner)
        )
    )
    return Attempt(1, url, delivery, Manner(**manner), exchange, PROMISE)


def _again(attempts, at_once=()):
    script = reproduce(attempts, set(at_once), "HOOKPROOF_SECRET")
    environment = {**os.environ, "HOOKPROOF_SECRET": KEY.decode()}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, timeout=30, check=False)
    return script, done


def _telling(raw):
    """Body, and the headers that matter, of a raw request."""
    head, _, body = raw.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith(_UNIMPORTANT)]
    return head.split(b"\r\n")[0], sorted(kept), body


_UNIMPORTANT = (b"accept", b"connection", b"content-length", b"host", b"transfer-encoding")


def _deliveries(envelope):
    yield "genuine", envelope.make()
    yield "unsigned", envelope.make().unsigned()
    yield "another secret", envelope.make().signed("foreign", secret=b"another")
    yield "two signatures", envelope.make().with_two_signatures("0" * 64, envelope.make().signature)
    yield "PUT", envelope.make().with_method("PUT")
    for table in TABLES:
        for name, case in list(cases.table(table)(envelope).items())[-4:]:
            yield f"{table}: {name}", case(envelope.make())


def test_what_is_pasted_sends_the_same_bytes(envelope):
    for name, delivery in _deliveries(envelope):
        with Scripted(answers(OK)) as server:
            script, done = _again([_attempt(server.url, delivery)])

        first, second = map(_telling, server.received)
        assert second == first, f"{name}\n{script}\n{done.stderr.decode()}"
        assert KEY.decode() not in script
        if delivery.seal and delivery.signature == delivery.seal.value and not delivery.seal.foreign:
            assert delivery.signature not in script


@pytest.mark.parametrize("manner", [{"chunk": 7}, {"expect": True}, {"keep": 0.5, "hang_up": True}, {"hang_up": True}])
def test_odd_manners_are_repeated_too(envelope, manner):
    with Scripted(answers(OK)) as server:
        script, done = _again([_attempt(server.url, envelope.make(), **manner)])

    first, second = map(_telling, server.received)
    assert (second[0], second[2]) == (first[0], first[2]), f"{script}\n{done.stderr.decode()}"


@pytest.mark.parametrize("manner", [{}, {"chunk": 7}])
def test_copies_are_counted(envelope, manner):
    delivery = envelope.make()
    with Scripted(answers(OK)) as server:
        attempts = [_attempt(server.url, delivery, **manner) for _ in range(3)]
        script, done = _again(attempts, at_once=[attempts[0].n])

    assert "seq 3" in script and "wait" in script
    assert len(server.received) == 6, done.stderr.decode()


def test_nothing_is_left_behind(envelope, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    delivery = envelope.make()
    with Scripted(answers(OK)) as server:
        _again([_attempt(server.url, one) for one in (delivery, delivery, envelope.make().unsigned())])

    assert not list(tmp_path.iterdir())

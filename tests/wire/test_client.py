"""The wire against servers that behave in every bad way: bounded time, bounded memory, the right word for it."""

import errno
import os
import socket
import ssl
import time

import anyio
import pytest
import trustme

from hookproof.delivery.attempt import Manner
from hookproof.wire.client import BODY_CAP, Endpoint, HarnessError, send
from tests import scripted
from tests.scripted import OK, Scripted, answers, forever

HEADERS = ((b"X-Case", b"1"), (b"x-case", b"2"))


def _send(url, body=b"hello", within_s=0.6, method="POST", tls=None, **manner):
    return anyio.run(
        lambda: send(Endpoint(url, tls), method, HEADERS, body, within_s=within_s, manner=Manner(**manner))
    )


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


@pytest.mark.parametrize(
    "script, outcome, status",
    [
        (answers(OK), "answered", 200),
        (answers(EARLY_HINTS, OK), "answered", 200),
        (answers(b"HTTP/1.0 200 OK\r\n\r\nno length"), "answered", 200),
        (answers(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), "answered", 302),
        (scripted.refuses_early, "answered", 413),
        (answers(), "closed", None),
        (scripted.resets, "reset", None),
        (scripted.hangs, "timeout", None),
        (answers(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "closed", 200),
        (answers(CHUNKED + b"5\r\nhello\r\n"), "closed", 200),
        (answers(*[bytes([byte]) for byte in OK], pause=0.2), "timeout", None),
        (forever(CHUNKED, b"1\r\nx\r\n", pause=0.05), "timeout", 200),
        (forever(LENGTH, b"x" * 65536), "too-large", 200),
        (forever(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), "too-large", 200),
        (forever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), "garbled", None),
        (forever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000), "garbled", None),
        (forever(b"", EARLY_HINTS), "too-large", None),
        (answers(b"\x16\x03\x01 this is not HTTP\r\n\r\n"), "garbled", None),
        (answers(b"HTTP/1.1 20x OK\r\n\r\n"), "garbled", None),
        (answers(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), "garbled", None),
        (answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), "garbled", None),
        (answers(CHUNKED + b"zz\r\n"), "garbled", 200),
    ],
)
def test_whatever_a_target_does_has_a_name_and_an_end(script, outcome, status):
    with Scripted(script) as server:
        begun = time.monotonic()
        exchange = _send(server.url, body=b"x" * 100_000 if script is scripted.refuses_early else b"hello")

    assert (exchange.outcome, exchange.status) == (outcome, status)
    assert time.monotonic() - begun < 1.5
    assert len(exchange.body) <= BODY_CAP


def test_nobody_there():
    assert _send("http://127.0.0.1:9/").outcome == "refused"
    assert _send("http://no-such-host.invalid/").outcome in ("unresolved", "refused")


def test_bytes_go_out_exactly_as_they_are():
    with Scripted(answers(OK)) as server:
        _send(server.url, body=b"\x00\xff{}")
    head, _, body = server.received[0].partition(b"\r\n\r\n")

    assert body == b"\x00\xff{}"
    assert b"X-Case: 1\r\nx-case: 2\r\n" in head
    assert head.startswith(b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port)
    assert head.count(b"Content-Length: 4") == 1


def test_chunks_are_as_long_as_asked():
    with Scripted(answers(OK)) as server:
        _send(server.url, body=b"0123456789", chunk=7)

    assert server.received[0].endswith(b"\r\n\r\n7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n")


def test_expect_waits_for_the_go_ahead():
    with Scripted(scripted.continues) as server:
        exchange = _send(server.url, expect=True)

    assert exchange.status == 200
    assert server.received[0].endswith(b"\r\n\r\n") and server.received[1] == b"hello"


def test_a_slow_upload_is_not_counted_as_slow_answer():
    with Scripted(answers(OK)) as server:
        exchange = _send(server.url, body=b"x" * 100, spread_s=0.4)

    assert exchange.outcome == "answered"
    assert exchange.elapsed_s > 0.4 > exchange.head_s


def test_cut_off_and_hung_up():
    with Scripted(answers(OK)) as server:
        assert _send(server.url, body=b"x" * 100, keep=0.5, hang_up=True).outcome == "hung-up"
        assert _send(server.url, body=b"x" * 100, keep=0.5).outcome == "timeout"
        time.sleep(0.05)

    assert server.received[0].endswith(b"\r\n\r\n" + b"x" * 50)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def _server_context(authority, *names, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def test_tls_is_verified(authority):
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Scripted(answers(OK), _server_context(authority, "127.0.0.1")) as server:
        trusted, untrusted = _send(server.url, tls=trusting), _send(server.url)
    with Scripted(answers(OK), _server_context(authority, "other.example")) as server:
        misnamed = _send(server.url, tls=trusting)

    assert (trusted.outcome, trusted.status) == ("answered", 200) and trusted.tls.startswith("TLSv1.")
    assert untrusted.outcome == "tls" and "certificate" in untrusted.detail
    assert misnamed.outcome == "tls" and "127.0.0.1" in misnamed.detail


def test_plain_http_where_tls_was_expected():
    def at_once(server, connection):
        connection.recv(1024)
        connection.sendall(OK)

    with Scripted(at_once) as server:
        assert _send(server.url.replace("http:", "https:")).outcome == "tls"


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"], ids=["at once", "midway"])
def test_tls_that_breaks_after_the_handshake_has_a_name(authority, before):
    """As where a client's certificate is demanded in TLS 1.3: only what is read next says so."""

    def breaks(server, connection):
        if before:
            connection.sendall(before)
        os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + b"g" * 32)
        time.sleep(0.1)

    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Scripted(breaks, _server_context(authority, "127.0.0.1")) as server:
        exchange = _send(server.url, tls=trusting)

    assert exchange.outcome == "tls" and "RECORD" in exchange.detail


def _held_up(url, held_s, within_s=0.6):
    """An attempt of a process that is suspended shortly after it has begun."""

    async def main():
        async with anyio.create_task_group() as tasks:

            async def attempt():
                try:
                    found.append(await send(Endpoint(url), "POST", (), b"hello", within_s=within_s))
                except HarnessError as error:
                    found.append(error)

            tasks.start_soon(attempt)
            await anyio.sleep(0.05)
            time.sleep(held_s)  # noqa: ASYNC251 (that is what is tried)

    found = []
    anyio.run(main)
    return found[0]


def test_who_is_suspended_holds_it_against_nobody():
    with Scripted(answers(OK, pause=0.2)) as server:
        exchange = _held_up(server.url, 0.9)

    assert exchange.outcome == "answered"
    assert exchange.head_s - exchange.held_s < 0.6


def test_who_is_suspended_gives_the_time_back_and_no_more():
    with Scripted(lambda server, connection: time.sleep(8)) as server:
        began = time.perf_counter()
        exchange = _held_up(server.url, 0.4)

    assert exchange.outcome == "timeout"
    assert 0.9 < time.perf_counter() - began < 6


def test_what_breaks_while_we_are_suspended_proves_nothing():
    def impatient(server, connection):
        connection.recv(10)
        time.sleep(0.1)

    with Scripted(impatient) as server:
        found = _held_up(server.url, 1.2)

    assert isinstance(found, HarnessError) and "held up for 1" in str(found)


def test_an_answer_in_countless_pieces_has_an_end():
    with Scripted(forever(CHUNKED, b"1\r\nx\r\n" * 10_000)) as server:
        exchange = _send(server.url, within_s=20)

    assert exchange.outcome == "too-large"


@pytest.mark.parametrize("call", ["connect", "send", "recv"])
@pytest.mark.parametrize("number", [errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL])
def test_this_machines_own_trouble_is_never_the_targets(monkeypatch, call, number):
    real = getattr(socket.socket, call)

    def fails(sock, *args):
        if sock.family == socket.AF_UNIX:  # how an event loop wakes itself up
            return real(sock, *args)
        raise OSError(number, os.strerror(number))

    with Scripted(answers(OK)) as server:
        if call == "recv":  # the server's threads call it too
            server.script = lambda _, connection: (time.sleep(0.1), connection.sendall(OK))
        if call == "send":
            server.script = lambda _, connection: time.sleep(0.1)
        monkeypatch.setattr(socket.socket, call, fails)
        with pytest.raises(HarnessError, match="this machine ran out"):
            _send(server.url)

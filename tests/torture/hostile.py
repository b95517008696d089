"""Targets that misbehave, each by a name and with the class that an attempt on it must get.

    with serving("drips its body") as it: await send(Endpoint(it.url), …)  # it.outcomes, it.status

Anything that sends webhooks can be pointed at them: conformance, load, another client.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.scripted import OK, Scripted, answers, forever, hangs, refuses_early, resets
from tests.torture import certificates
from tests.torture.scripts import (
    BROTLI,
    CHUNKED,
    CONTINUE,
    FOUND,
    HEAD,
    HINTS,
    LENGTH,
    Script,
    answers_without_reading,
    at_once,
    breaks_every_second,
    breaks_tls,
    closes_its_half,
    coded,
    drips,
    ends,
    reads_half,
    says_keep_alive_and_closes,
    zeros,
    zstd,
)


@dataclass(frozen=True)
class Behaviour:
    """One way to misbehave. `outcomes`: what an attempt on it may be called; `status`: what is seen of the answer.

    `body`: what has to be sent for it to show; `opened`: serves it, where a script on a socket is not enough.
    """

    outcomes: tuple[str, ...]
    status: int | None = None
    script: Script | None = None
    tls: str = ""
    body: bytes = b'{"event": 1}'
    opened: Callable[[], Any] | None = None


@dataclass
class Served:
    """A behaviour that is served just now. `resolve`: what to put in the place of socket.getaddrinfo, if anything."""

    url: str
    behaviour: Behaviour
    received: list[bytes] = field(default_factory=list)
    resolve: Callable[..., Any] | None = None


# -- scripts ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def nobody() -> Iterator[Served]:
    """A port that was ours and is closed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}/", NEVER)


@contextlib.contextmanager
def never_accepted() -> Iterator[Served]:
    """The kernel takes the connection, the process never does."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as listener:
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}/", NEVER)


@contextlib.contextmanager
def backlog_full() -> Iterator[Served]:
    """Not even the kernel takes the connection: too many wait already."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as waiting:
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(listener.getsockname())
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}/", NEVER)


@contextlib.contextmanager
def only_ipv6() -> Iterator[Served]:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        threading.Thread(target=_accepts, args=(listener,), daemon=True).start()
        yield Served(f"http://[::1]:{listener.getsockname()[1]}/", NEVER)


def _accepts(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError), connection:
                connection.recv(65536)
                connection.sendall(OK)


def named(resolve: Callable[[int], list[Any]]) -> Callable[[], Any]:
    """A correct target behind a name that `resolve` answers for, given the port."""

    @contextlib.contextmanager
    def opened() -> Iterator[Served]:
        with Scripted(answers(OK)) as server:
            asked = functools.partial(_asked, resolve, server.port)
            yield Served(f"http://target.test:{server.port}/", NEVER, server.received, asked)

    return opened


def _asked(resolve: Callable[[int], list[Any]], port: int, *_: Any, **__: Any) -> list[Any]:
    return resolve(port)


def _slowly(port: int) -> list[Any]:
    time.sleep(3)
    return _addresses(port)


def _addresses(port: int, *hosts: str) -> list[Any]:
    found = []
    for host in hosts or ("127.0.0.1",):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found.append((family, socket.SOCK_STREAM, 6, "", (host, port, 0, 0) if ":" in host else (host, port)))
    return found


def _unknown(code: int) -> Callable[[int], list[Any]]:
    def resolve(port: int) -> list[Any]:
        raise socket.gaierror(code, "Name or service not known")

    return resolve


# -- all of them --------------------------------------------------------------------------------------------------

GONE = ("closed", "reset")
NEVER = Behaviour(("refused",))
BIG = bytes(3_000_000)


BEHAVIOURS: dict[str, Behaviour] = {
    # connections
    "refuses connections": Behaviour(("refused",), opened=nobody),
    "never accepts": Behaviour(("timeout",), opened=never_accepted),
    "has a full backlog": Behaviour(("refused", "timeout"), opened=backlog_full),
    "closes on accept": Behaviour(GONE, script=at_once()),
    "resets on accept": Behaviour(GONE, script=at_once(reset=True)),
    "closes its half on accept": Behaviour(GONE, script=closes_its_half),
    "closes in the upload": Behaviour(GONE, script=reads_half(reset=False), body=BIG),
    "resets in the upload": Behaviour(GONE, script=reads_half(reset=True), body=BIG),
    "closes after the request": Behaviour(("closed",), script=answers()),
    "resets after the request": Behaviour(("reset",), script=resets),
    "closes in the head": Behaviour(("closed",), script=ends(OK[:20], reset=False)),
    "resets in the head": Behaviour(("reset",), script=ends(OK[:20], reset=True)),
    "closes in the body": Behaviour(("closed",), 200, ends(LENGTH % 10, b"half", reset=False)),
    "resets in the body": Behaviour(("reset",), 200, ends(LENGTH % 10, b"half", reset=True)),
    "closes in a chunk": Behaviour(("closed",), 200, ends(CHUNKED, b"ff\r\nhalf", reset=False)),
    "ends chunks without the last": Behaviour(("closed",), 200, answers(CHUNKED + b"5\r\nhello\r\n")),
    "never reads a large body": Behaviour(("timeout",), script=at_once(stays_s=3), body=BIG * 3),
    "answers without reading": Behaviour(("answered",), 200, answers_without_reading, body=BIG),
    "refuses early and resets": Behaviour(("answered",), 413, refuses_early, body=BIG),
    "says keep-alive and closes": Behaviour(("answered",), 200, says_keep_alive_and_closes),
    "restarts, every second attempt dies": Behaviour(("reset",), script=breaks_every_second),
    # slowness
    "says nothing": Behaviour(("timeout",), script=hangs),
    "drips its status line": Behaviour(("timeout",), script=drips(b"", OK)),
    "drips its head": Behaviour(("timeout",), script=drips(b"HTTP/1.1 200 OK\r\n", b"X-Slow: " + b"y" * 30)),
    "drips its body": Behaviour(("timeout",), 200, drips(LENGTH % 30, b"z" * 30)),
    "drips chunks": Behaviour(("timeout",), 200, forever(CHUNKED, b"1\r\nx\r\n", pause=0.1)),
    "drips interim answers": Behaviour(("timeout",), script=forever(b"", HINTS, pause=0.2)),
    "stops in the head": Behaviour(("timeout",), script=at_once(b"HTTP/1.1 200 OK\r\nX-A", stays_s=3)),
    "stops in the body": Behaviour(("timeout",), 200, at_once(LENGTH % 10 + b"half", stays_s=3)),
    # no end
    "has a body without end": Behaviour(("too-large",), 200, forever(LENGTH % 10**12, bytes(65536))),
    "has chunks without end": Behaviour(("too-large",), 200, forever(CHUNKED, b"10000\r\n" + bytes(65536) + b"\r\n")),
    "has no length and no end": Behaviour(("too-large",), 200, forever(b"HTTP/1.0 200 OK\r\n\r\n", bytes(65536))),
    "has a header line without end": Behaviour(("garbled",), None, forever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536)),
    "has headers without end": Behaviour(("garbled",), None, forever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 9000)),
    "has a status line without end": Behaviour(("garbled",), None, forever(b"HTTP/1.1 200 ", b"O" * 65536)),
    "has trailers without end": Behaviour(("garbled",), 200, forever(CHUNKED + b"0\r\n", b"X: y\r\n" * 9000)),
    "has a chunk extension without end": Behaviour(("garbled",), 200, forever(CHUNKED + b"1;", b"e" * 65536)),
    "has blank lines without end": Behaviour(("garbled",), None, forever(b"", b"\r\n" * 30000)),
    "has interim answers without end": Behaviour(("too-large",), None, forever(b"", CONTINUE * 50)),
    "hints without end": Behaviour(("too-large",), None, forever(b"", HINTS)),
    "hints once": Behaviour(("answered",), 200, answers(HINTS, OK)),
    "hints as often as is allowed": Behaviour(("answered",), 200, answers(HINTS * 20, OK)),
    # bombs
    "answers a gzip bomb": Behaviour(("answered",), 200, coded(b"gzip", zeros(10**8))),
    "answers gzip in gzip": Behaviour(("answered",), 200, coded(b"gzip, gzip", zeros(10**8, 2))),
    "answers a large gzip bomb": Behaviour(("too-large",), 200, coded(b"gzip", zeros(10**8) * 12)),
    "answers a deflate bomb": Behaviour(("answered",), 200, coded(b"deflate", zlib.compress(bytes(10**8), 9))),
    "answers a Brotli bomb": Behaviour(("answered",), 200, coded(b"br", BROTLI)),
    "answers a Zstandard bomb": Behaviour(("answered",), 200, coded(b"zstd", zstd(8192))),
    # framing
    "says too long a length": Behaviour(("closed",), 200, answers(LENGTH % 99 + b"ok")),
    "says too short a length": Behaviour(("answered",), 200, answers(LENGTH % 2 + b"okHTTP/1.1 500 X\r\n\r\n")),
    "says a negative length": Behaviour(("garbled",), None, answers(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")),
    "says a length of words": Behaviour(("garbled",), None, answers(HEAD + b"Content-Length: two\r\n\r\nok")),
    "says two lengths": Behaviour(
        ("garbled",), None, answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok")
    ),
    "says a length of 30 digits": Behaviour(("garbled", "timeout", "closed"), None, answers(LENGTH % 10**30 + b"ok")),
    "says length and chunks": Behaviour(
        ("answered", "garbled"),
        200,
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ),
    "has a bad chunk size": Behaviour(("garbled",), 200, answers(CHUNKED + b"zz\r\n")),
    "has a negative chunk size": Behaviour(("garbled",), 200, answers(CHUNKED + b"-1\r\nx\r\n")),
    "has a chunk size of 30 digits": Behaviour(("garbled",), 200, answers(CHUNKED + b"f" * 30 + b"\r\n")),
    "has a chunk longer than it says": Behaviour(("garbled",), 200, answers(CHUNKED + b"2\r\nlonger\r\n0\r\n\r\n")),
    "has a body where none may be": Behaviour(("answered",), 204, answers(b"HTTP/1.1 204 No\r\n\r\nbody")),
    "has an unknown coding": Behaviour(
        ("garbled",), None, answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: magic\r\n\r\nok")
    ),
    # no HTTP
    "speaks TLS where HTTP was asked": Behaviour(("garbled",), None, answers(b"\x15\x03\x01\0\x02\x02\x0a\r\n\r\n")),
    "speaks HTTP/2": Behaviour(("garbled", "closed"), None, at_once(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\r\n\r\n")),
    "says HTTP/2 in its status line": Behaviour(("garbled",), None, answers(b"HTTP/2 200\r\n\r\n")),
    "speaks HTTP/0.9": Behaviour(("garbled",), None, answers(b"<html>hello</html>\r\n\r\n")),
    "speaks SSH": Behaviour(("garbled",), None, at_once(b"SSH-2.0-x\r\n\r\n", stays_s=0.2)),
    "speaks SMTP": Behaviour(("garbled",), None, at_once(b"220 mail ESMTP\r\n\r\n", stays_s=0.2)),
    "has a status of four digits": Behaviour(("garbled",), None, answers(b"HTTP/1.1 2000 OK\r\n\r\n")),
    "has no number for a status": Behaviour(("garbled",), None, answers(b"HTTP/1.1 20x OK\r\n\r\n")),
    "switches protocols": Behaviour(("garbled",), None, answers(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")),
    "has a NUL in a header": Behaviour(("garbled",), None, answers(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")),
    "has a blank before a colon": Behaviour(("garbled",), None, answers(b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n")),
    "has a header without a name": Behaviour(("garbled",), None, answers(b"HTTP/1.1 200 OK\r\n: a\r\n\r\n")),
    "is as old as HTTP/1.0": Behaviour(("answered",), 200, answers(b"HTTP/1.0 200 OK\r\n\r\nno length")),
    "has bytes for a reason": Behaviour(("answered",), 200, answers(b"HTTP/1.1 200 \xff\xfe\r\n\r\n")),
    # redirects
    "redirects to itself": Behaviour(("answered",), 302, answers(FOUND)),
    "redirects to another host": Behaviour(
        ("answered",), 307, answers(b"HTTP/1.1 307 T\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n")
    ),
    # TLS
    "has an expired certificate": Behaviour(("tls",), script=answers(OK), tls="expired"),
    "has a certificate of the future": Behaviour(("tls",), script=answers(OK), tls="future"),
    "has a certificate of another host": Behaviour(("tls",), script=answers(OK), tls="other host"),
    "has a certificate of nobody known": Behaviour(("tls",), script=answers(OK), tls="unknown"),
    "speaks only TLS 1.1": Behaviour(("tls",), script=answers(OK), tls="old"),
    "speaks HTTP where TLS was asked": Behaviour(("tls",), script=at_once(OK, stays_s=0.2), tls="none"),
    "says nothing to TLS": Behaviour(("timeout",), script=at_once(stays_s=3), tls="none"),
    "closes in the handshake": Behaviour(("tls",), script=reads_half(reset=False), tls="none"),
    "resets in the handshake": Behaviour(("tls",), script=reads_half(reset=True), tls="none"),
    "answers over TLS": Behaviour(("answered",), 200, answers(OK), tls="good"),
    "drips its body over TLS": Behaviour(("timeout",), 200, drips(LENGTH % 30, b"z" * 30), tls="good"),
    "breaks TLS after the handshake": Behaviour(("tls", "reset"), script=breaks_tls(b""), tls="good"),
    "breaks TLS in the body": Behaviour(("tls", "reset"), 200, breaks_tls(LENGTH % 30), tls="good"),
    "demands a certificate of ours": Behaviour(("tls", "reset"), script=answers(OK), tls="mutual"),
    "answers in countless chunks": Behaviour(("too-large", "timeout"), 200, forever(CHUNKED, b"1\r\nx\r\n" * 5000)),
    "ends TLS in the body": Behaviour(("closed", "reset"), 200, ends(LENGTH % 10, b"half", reset=False), tls="good"),
    # names
    "has a name nobody knows": Behaviour(("unresolved",), opened=named(_unknown(socket.EAI_NONAME))),
    "has a name server that fails": Behaviour(("unresolved",), opened=named(_unknown(socket.EAI_AGAIN))),
    "has a slow name server": Behaviour(("refused", "unresolved"), opened=named(_slowly)),
    "has only IPv6": Behaviour(("answered",), 200, opened=only_ipv6),
    "has a dead address beside a good one": Behaviour(
        ("answered",), 200, opened=named(lambda port: _addresses(port, "::1", "127.0.0.1"))
    ),
}


@contextlib.contextmanager
def serving(name: str) -> Iterator[Served]:
    """Serve a behaviour while the block runs. TLS ones are signed by `certificates.AUTHORITY`."""
    behaviour = BEHAVIOURS[name]
    if behaviour.opened:
        with behaviour.opened() as served:
            served.behaviour = behaviour
            yield served
        return
    context: ssl.SSLContext | None = certificates.context(behaviour.tls) if behaviour.tls not in ("", "none") else None
    with Scripted(behaviour.script, context) as server:
        url = server.url.replace("http:", "https:") if behaviour.tls else server.url
        yield Served(url, behaviour, server.received)

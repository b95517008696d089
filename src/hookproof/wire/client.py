"""One attempt on the wire: exact bytes out, raw bytes in, one deadline over everything, every size capped.

No redirects, no decompression, no pool: a target can be slow, wrong or hostile, and still costs bounded time and
memory. What the target does is returned as an `Exchange`; only this machine's own trouble raises. Time in which this
process could not attend to the attempt (it was suspended, or had no processor) does not count against the target.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import anyio
import anyio.abc
import anyio.lowlevel
import h11
from anyio.streams.tls import TLSAttribute, TLSStream

from hookproof.delivery.attempt import Exchange, Manner
from hookproof.delivery.model import Headers
from hookproof.wire import tls
from hookproof.wire.stalls import Attention

HEAD_CAP = 64 * 1024
BODY_CAP = 1024 * 1024
INFORMATIONAL_CAP = 20
CHUNKS_CAP = 16_384
TURN = 64
"""After so many pieces of an answer the other attempts, and the deadline, have their turn."""
HELD_S = 1.0
"""Who was held up for so long itself cannot tell why a connection broke, or nothing came."""
PLAIN = Manner()
_OWN_TROUBLE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
_OUT_OF = "this machine ran out of sockets, ports or memory: {}"
_HELD_UP = (
    "this run was held up for {:.1f} s itself (suspended, or short of processor time): what came of it says nothing"
)


class HarnessError(Exception):
    """This machine's own trouble (out of sockets, ports or memory): never the target's fault."""


@dataclass(frozen=True)
class Endpoint:
    """A URL taken apart once."""

    url: str
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def local(self) -> bool:
        """On this machine: a development run."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def target(self) -> bytes:
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return "".join(one if one.isascii() else quote(one, errors="replace") for one in target).encode()

    @property
    def authority(self) -> bytes:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.secure else 80
        return (host if self.port == default else f"{host}:{self.port}").encode("idna" if host.isascii() else "utf-8")


def request_head(endpoint: Endpoint, method: str, headers: Headers, body: bytes, manner: Manner = PLAIN) -> bytes:
    """The head as it is sent: our headers in their order and spelling, then the framing."""
    lines = [b"%b %b HTTP/1.1" % (method.encode(), endpoint.target), b"Host: " + endpoint.authority]
    lines += [name + b": " + value for name, value in headers]
    if manner.chunk:
        lines.append(b"Transfer-Encoding: chunked")
    elif body or method in ("POST", "PUT", "PATCH"):
        lines.append(b"Content-Length: %d" % len(body))
    if manner.expect:
        lines.append(b"Expect: 100-continue")
    return b"\r\n".join([*lines, b"Accept: */*", b"Connection: close", b"", b""])


class StartingGate:
    """Lets several attempts finish their request at the same moment."""

    def __init__(self, count: int, longest_s: float = 1.0) -> None:
        self._missing, self._longest_s = count, longest_s
        self._open = asyncio.Event()

    async def wait(self) -> None:
        """Return when all have come here, or after `longest_s` seconds."""
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._open.wait(), self._longest_s)


async def send(
    endpoint: Endpoint, method: str, headers: Headers, body: bytes, *, within_s: float, manner: Manner = PLAIN
) -> Exchange:
    """Send one request and wait at most `within_s` seconds in all, upload time of a slow manner apart."""
    return await _Conversation(endpoint, method, headers, body, within_s, manner).run()


class _Conversation:
    def __init__(
        self, endpoint: Endpoint, method: str, headers: Headers, body: bytes, within_s: float, manner: Manner
    ) -> None:
        self._endpoint, self._method, self._body, self._manner = endpoint, method, body, manner
        self._within_s = within_s + manner.spread_s
        self._head = request_head(endpoint, method, headers, body, manner)
        self._start = time.perf_counter()
        self._sent_at = 0.0
        self._sent = 0
        self._timeline: list[tuple[float, str, int]] = []
        self._status: int | None = None
        self._phrase = ""
        self._headers: Headers = ()
        self._answer = bytearray()
        self._head_at: float | None = None
        self._tls, self._certificate = "", ""
        self._outcome, self._detail = "answered", ""
        self._go_ahead = anyio.Event()
        self._trouble: HarnessError | None = None
        self._tls_broke = ""

    async def run(self) -> Exchange:
        try:
            with anyio.fail_after(self._within_s) as scope, self._attend(scope):
                stream = await self._connect()
                try:
                    await self._talk(stream)
                finally:
                    with anyio.CancelScope(shield=True), anyio.move_on_after(0.2):
                        await anyio.aclose_forcefully(stream)
        except TimeoutError:
            connected = any(what == "connect" for _, what, _ in self._timeline)
            self._end("timeout" if connected else "refused", "" if connected else "no connection in time")
        except _Ended as end:
            self._end(end.outcome, end.detail)
        except OSError as error:
            self._end(*_class_of(error))
        self._doubt()
        if self._trouble:
            raise self._trouble
        self._mark("end", 0)
        return self._exchange()

    def _attend(self, scope: anyio.CancelScope) -> Attention:
        self._attention = Attention(scope, self._within_s)
        return self._attention

    def _doubt(self) -> None:
        """Whether what the target did may be because of us: it was kept waiting, or had no time while we had none."""
        elapsed_s = time.perf_counter() - self._start
        starved = self._outcome == "timeout" and elapsed_s - self._attention.held_s < self._within_s * 0.9
        left_waiting = self._outcome not in ("answered", "timeout", "hung-up") or self._status == 408
        if starved or (left_waiting and self._attention.held_s > HELD_S):
            self._trouble = self._trouble or HarnessError(_HELD_UP.format(self._attention.held_s))

    async def _connect(self) -> anyio.abc.ByteStream:
        try:
            stream: anyio.abc.ByteStream = await anyio.connect_tcp(self._endpoint.host, self._endpoint.port)
        except OSError as error:
            raise _Ended(*_class_of(error)) from None
        self._mark("connect", 0)
        if not self._endpoint.secure:
            return stream
        try:
            return await self._secure(stream)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.aclose_forcefully(stream)
            raise

    async def _secure(self, stream: anyio.abc.ByteStream) -> anyio.abc.ByteStream:
        context = self._endpoint.tls or tls.context(self._manner.tls, os.environ.get("SSL_CERT_FILE", ""))
        try:
            wrapped = await TLSStream.wrap(
                stream, hostname=self._endpoint.host, ssl_context=context, standard_compatible=False
            )
        except (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "handshake broken off"
            raise _Ended("tls", str(reason)) from None
        self._tls = wrapped.extra(TLSAttribute.tls_version)
        self._certificate = tls.described(wrapped.extra(TLSAttribute.peer_certificate))
        self._mark("tls", 0)
        return wrapped

    async def _talk(self, stream: anyio.abc.ByteStream) -> None:
        """Send while reading: an endpoint may answer before it has everything, and then close."""
        if self._manner.hang_up:
            await self._upload(stream, anyio.CancelScope())
            raise _Ended("hung-up")
        ended: _Ended | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._upload, stream, tasks.cancel_scope)
            try:
                await self._read(stream)
            except _Ended as end:
                ended = end
            tasks.cancel_scope.cancel()
        if ended:
            raise ended

    async def _upload(self, stream: anyio.abc.ByteStream, conversation: anyio.CancelScope) -> None:
        try:
            async for part in self._parts():
                await stream.send(part)
                self._sent += len(part)
                self._sent_at = time.perf_counter()
                self._mark("sent", len(part))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError) as error:
            self._mark("send-failed", 0)  # an answer may still be there to read
            self._note_tls(error)
            if self._trouble_in(error):
                conversation.cancel()
            return
        if self._manner.keep < 1 and not self._manner.hang_up:
            await anyio.sleep_forever()

    async def _parts(self) -> AsyncIterator[bytes]:
        manner, body = self._manner, self._body[: int(len(self._body) * self._manner.keep)]
        if manner.expect:
            yield self._head
            with anyio.move_on_after(1.0):
                await self._go_ahead.wait()
            yield body
        elif manner.chunk:
            framed = b"".join(
                b"%x\r\n%b\r\n" % (len(piece), piece)
                for piece in (body[at : at + manner.chunk] for at in range(0, len(body), manner.chunk))
            )
            yield self._head + framed + b"0\r\n\r\n"
        elif manner.spread_s:
            yield self._head
            size = max(1, len(body) // 20)
            pieces = [body[at : at + size] for at in range(0, len(body), size)]
            for piece in pieces:
                await anyio.sleep(manner.spread_s / len(pieces))
                yield piece
        elif manner.gate and body:
            yield self._head + body[:-1]
            await manner.gate.wait()
            yield body[-1:]
        else:
            yield self._head + body

    async def _read(self, stream: anyio.abc.ByteStream) -> None:
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_CAP)
        parser.send(h11.Request(method=self._method, target="/", headers=[("Host", "x"), ("Connection", "close")]))
        parser.send(h11.EndOfMessage())
        informational = pieces = 0
        while True:
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError as error:
                outcome = "closed" if parser.their_state is h11.ERROR and "closed" in str(error) else "garbled"
                raise _Ended(outcome, str(error)) from None
            if event is h11.NEED_DATA:
                parser.receive_data(await self._receive(stream, parser))
            elif isinstance(event, h11.InformationalResponse):
                informational += 1
                self._go_ahead.set()
                if informational > INFORMATIONAL_CAP:
                    raise _Ended("too-large", "more than 20 interim answers")
            elif isinstance(event, h11.Response):
                self._note_head(event)
            elif isinstance(event, h11.Data):
                self._answer += event.data
                pieces += 1
                if len(self._answer) > BODY_CAP or pieces > CHUNKS_CAP:
                    raise _Ended("too-large", "more than 1 MiB, or 16384 chunks")
                if pieces % TURN == 0:
                    await anyio.lowlevel.checkpoint()
            else:
                return

    async def _receive(self, stream: anyio.abc.ByteStream, parser: h11.Connection) -> bytes:
        try:
            data = await stream.receive(65536)
        except anyio.EndOfStream:
            if parser.their_state is h11.SEND_RESPONSE:
                raise _Ended("closed") from None
            return b""
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError) as error:
            self._note_tls(error)
            self._trouble_in(error)
            raise _Ended("tls" if self._tls_broke else "reset", self._tls_broke) from None
        self._mark("received", len(data))
        return data

    def _note_tls(self, error: Exception) -> None:
        """Remember that TLS broke, and how: whoever sends next, or reads, is only told that the connection is gone."""
        if isinstance(error, ssl.SSLError):
            self._tls_broke = error.reason or "the connection was broken off"

    def _trouble_in(self, error: Exception) -> bool:
        """Whether a connection broke because of this machine; if so, that is what the conversation ends in."""
        if _own(error):
            self._trouble = HarnessError(_OUT_OF.format(error.__cause__ or error))
        return bool(self._trouble)

    def _note_head(self, event: h11.Response) -> None:
        self._status, self._phrase = event.status_code, event.reason.decode("latin-1")
        self._headers = tuple(event.headers.raw_items())
        self._head_at = time.perf_counter()

    def _mark(self, what: str, size: int) -> None:
        if len(self._timeline) < 200:
            self._timeline.append((time.perf_counter() - self._start, what, size))

    def _end(self, outcome: str, detail: str = "") -> None:
        self._outcome, self._detail = outcome, detail

    def _exchange(self) -> Exchange:
        now = time.perf_counter()
        since = self._sent_at if self._sent_at and (self._head_at or now) >= self._sent_at else self._start
        return Exchange(
            outcome=self._outcome,
            detail=self._detail,
            status=self._status,
            phrase=self._phrase,
            headers=self._headers,
            body=bytes(self._answer[:BODY_CAP]),
            request_head=self._head,
            sent=self._sent,
            head_s=(self._head_at or now) - since,
            elapsed_s=now - self._start,
            tls=self._tls,
            certificate=self._certificate,
            held_s=self._attention.held_s,
            timeline=tuple(self._timeline),
        )


class _Ended(Exception):
    """The conversation ended before a whole answer."""

    def __init__(self, outcome: str, detail: str = "") -> None:
        self.outcome, self.detail = outcome, detail


def _class_of(error: OSError) -> tuple[str, str]:
    """What an operating system's error says of the target; raises HarnessError if it speaks of us."""
    flat = _causes(error)
    if own := _own(error):
        raise HarnessError(_OUT_OF.format(own)) from None
    numbers = {item.errno for item in flat}
    if any(isinstance(item, socket.gaierror) for item in flat):
        return "unresolved", str(error)
    if numbers & {errno.ECONNRESET, errno.EPIPE}:
        return "reset", ""
    return "refused", error.strerror or str(error)


def _causes(error: BaseException) -> list[OSError]:
    """The operating system's errors in an error and in what it came from."""
    causes = [error, *getattr(error, "exceptions", ()), error.__cause__, error.__context__]
    flat = [item for cause in causes if cause for item in (cause, *getattr(cause, "exceptions", ()))]
    return [item for item in flat if isinstance(item, OSError)]


def _own(error: BaseException) -> OSError | None:
    """This machine's own trouble, if that is what an error came from."""
    return next((item for item in _causes(error) if item.errno in _OWN_TROUBLE), None)

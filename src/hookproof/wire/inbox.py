"""Where a target under test comes to us: listeners with scripted answers, and the files that events point to.

Paths are unguessable, so a late request is credited to whom it belongs to. Loopback unless told otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import re
import secrets
import socket
import ssl
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import h11

from hookproof.wire.arrivals import Answer, Arrival

HEAD_CAP = 64 * 1024
BODY_CAP = 4 * 1024 * 1024
HELD_CAP = 32 * 1024 * 1024
"""Bytes of unfinished bodies that are held at a time, of all connections together."""
CONNECTION_CAP = 400
"""Beyond so many connections, those that stall are ended; beyond four times as many, any that comes."""
STALLS_S = 1.0
LONGEST_S = 120.0
"""How long a request may take to come, and an answer may be owed."""

_BEGINS_A_REQUEST = re.compile(rb"\s*[A-Z]+ ")
Respond = Callable[[Arrival], Answer | Awaitable[Answer]]


@dataclass
class File:
    """One unguessable path that serves a file, and whether somebody has asked for it."""

    url: str
    answer: Answer
    mended: Answer | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    made: float = field(default_factory=time.monotonic)
    asked_s: float | None = None

    def __call__(self, arrival: Arrival) -> Answer:
        """Note that somebody asks, and how long after the path was made the first did."""
        if self.asked_s is None:
            self.asked_s = time.monotonic() - self.made
        self.asked.set()
        return self.answer

    def mend(self) -> None:
        """From now on, give the file."""
        self.answer = self.mended or self.answer


class Listener:
    """One port. Behind it is the inbox while it is open; while it is shut, connections are refused.

    `connected`: when connections came, in seconds; where TLS is spoken, those whose handshake succeeded.
    """

    def __init__(self, inbox: Inbox, host: str, port: int, tls: ssl.SSLContext | None, public_url: str = "") -> None:
        self._inbox, self._host, self.port, self._tls = inbox, host, port, tls
        self.url = public_url
        self.connected: list[float] = []
        self._server: asyncio.Server | None = None
        self._kept: socket.socket | None = None

    async def open(self) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        self._keep(None)
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.create_server((self._host, self.port), family=family, backlog=512)
        try:
            self._server = await asyncio.start_server(
                self._accept, sock=listener, limit=HEAD_CAP, ssl=self._tls, backlog=512
            )
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = self.url or f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def shut(self) -> None:
        """Stop listening. The port stays ours: nobody else can take it meanwhile."""
        if self._server:
            self._server.close()
            self._server = None
        kept = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            kept.bind((self._host, self.port))
        self._keep(kept)

    def _keep(self, kept: socket.socket | None) -> None:
        if self._kept:
            self._kept.close()
        self._kept = kept

    def close(self) -> None:
        self._keep(None)
        if self._server:
            self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected.append(self._inbox.now_s)
        await self._inbox.receive(self, reader, writer)


class Inbox:
    """HTTP listeners on the running event loop; one connection serves one request after another."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, public_url: str = "") -> None:
        self._host = host
        self.public = bool(public_url)
        self.began = time.monotonic()
        self.numbers: itertools.count[int] = itertools.count(1)
        self._main = Listener(self, host, port, None, public_url.rstrip("/"))
        self._listeners: list[Listener] = [self._main]
        self._paths: dict[str, Respond] = {}
        self._open: dict[asyncio.Task[None], _ServedConnection] = {}
        self.held = 0
        self.odd: Counter[str] = Counter()
        """What came and is no attempt, by what was wrong with it."""

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        await self._main.open()

    async def stop(self) -> None:
        self.drop_connections()
        for listener in self._listeners:
            listener.close()
        if self._open:
            await asyncio.wait(list(self._open), timeout=1)

    def drop_connections(self) -> None:
        """Close what is open, so that nobody goes on waiting for a silent answer."""
        for task in list(self._open):
            task.cancel()

    @property
    def now_s(self) -> float:
        """Seconds since the inbox was made."""
        return time.monotonic() - self.began

    async def listener(self, tls: ssl.SSLContext | None = None) -> Listener:
        """Another port, open."""
        made = Listener(self, self._host, 0, tls)
        await made.open()
        self._listeners.append(made)
        return made

    def serve(self, name: str, answer: Answer) -> File:
        """Give `answer` at a new path that ends in `name`."""
        token = secrets.token_urlsafe(16)
        made = File(f"{self._main.url}/{token}/{name}", answer)
        self._paths[token] = made
        return made

    def add_url(self, respond: Respond, listener: Listener | None = None) -> str:
        """A new URL whose every request is answered as `respond` says."""
        token = secrets.token_urlsafe(16).replace("-", "a").replace("_", "b")
        self._paths[token] = respond
        return f"{(listener or self._main).url}/{token}"

    async def receive(self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        task = asyncio.current_task()
        assert task
        if len(self._open) >= CONNECTION_CAP and not self._made_room():
            writer.close()
            return
        self._open[task] = conversation = _ServedConnection(self, listener, reader, writer)
        try:
            await conversation.run()
        except h11.ProtocolError as error:
            self.not_http(listener, conversation.raw, str(error))
        except (OSError, asyncio.CancelledError, TimeoutError):
            pass  # who went away, or was sent away, has been noted where that was seen
        finally:
            del self._open[task]
            writer.close()

    def _made_room(self) -> bool:
        """End the connection that has made us wait longest: whoever stalls takes nobody else's turn."""
        late = (task for task, one in self._open.items() if one.waits_since_s < self.now_s - STALLS_S)
        oldest = next(late, None)
        if oldest:
            oldest.cancel()
        room = bool(oldest) or len(self._open) < 4 * CONNECTION_CAP
        self.odd["one connection too many"] += bool(oldest) or not room
        return room

    def over(self, arrival: Arrival) -> None:
        """Called once for each attempt, when it has ended."""

    def too_large(self, arrival: Arrival) -> Arrival | None:
        """What is made of a request whose body was cut at the cap: an attempt, or nothing."""
        self.odd["too large"] += 1
        return None

    def not_http(self, listener: Listener, raw: bytes, why: str) -> None:
        """Called for each connection on which something else is spoken, with what came."""
        self.odd["not HTTP"] += 1

    def find(self, target: str) -> Respond | None:
        return self._paths.get(target.partition("?")[0].lstrip("/").split("/")[0])


class _ServedConnection:
    """One connection: requests in, scripted answers out."""

    def __init__(
        self, inbox: Inbox, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._inbox, self._listener, self._reader, self._writer = inbox, listener, reader, writer
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_CAP)
        self.raw = b""
        self.waits_since_s = inbox.now_s

    async def run(self) -> None:
        while arrival := await self._next():
            respond = self._inbox.find(arrival.target)
            self._inbox.odd["to no URL of ours"] += respond is None
            try:
                answer = respond(arrival) if respond else Answer(404)
                arrival.answer = answer if isinstance(answer, Answer) else await answer
                going_on = await self._answer(arrival)
            except (OSError, asyncio.CancelledError, TimeoutError):
                self._over(arrival, "abandoned")
                raise
            if not going_on or self._parser.our_state is not h11.DONE or self._parser.their_state is not h11.DONE:
                return
            self._parser.start_next_cycle()

    async def _next(self) -> Arrival | None:
        """The next request, once its last byte is there; None if none comes, or none that is an attempt."""
        body, self.waits_since_s = bytearray(), self._inbox.now_s
        try:
            async with asyncio.timeout(LONGEST_S):
                return await self._request(body)
        finally:
            self.waits_since_s = math.inf
            self._inbox.held -= len(body)
            if self.raw and self._parser.their_state in (h11.IDLE, h11.SEND_BODY):
                self._inbox.odd["never finished"] += 1

    async def _request(self, body: bytearray) -> Arrival | None:
        request, self.raw = None, self._parser.trailing_data[0]
        began_s = self._inbox.now_s if self.raw else 0.0
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                if self._parser.they_are_waiting_for_100_continue:
                    self._write(h11.InformationalResponse(status_code=100, headers=[]))
                data = await self._reader.read(65536)
                if not data:
                    return None
                began_s = began_s or self._inbox.now_s
                self.raw += data if request is None else b""
                self._parser.receive_data(data)
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
                self._inbox.held += len(event.data)
                if len(body) > BODY_CAP or self._inbox.held > HELD_CAP:
                    cut = self._inbox.too_large(self._arrived(request, bytes(body), began_s)) if request else None
                    self.raw = b""
                    return cut
            elif isinstance(event, h11.EndOfMessage) and request:
                arrival = self._arrived(request, bytes(body), began_s)
                behind = bytes(self._parser.trailing_data[0][:200])
                arrival.behind = b"" if _BEGINS_A_REQUEST.match(behind) else behind
                return arrival
            else:
                return None

    def _arrived(self, request: h11.Request, body: bytes, began_s: float) -> Arrival:
        secure = self._writer.get_extra_info("ssl_object")
        target = request.target.decode("latin-1")
        return Arrival(
            n=next(self._inbox.numbers),
            url=f"{self._listener.url}{target}",
            method=request.method.decode("latin-1"),
            target=target,
            head=self.raw.partition(b"\r\n\r\n")[0],
            headers=tuple((bytes(name), bytes(value)) for name, value in request.headers.raw_items()),
            body=body,
            at_s=self._inbox.now_s,
            came_at=time.time(),
            began_s=began_s,
            tls=secure.version() if secure else "",
        )

    async def _answer(self, arrival: Arrival) -> bool:
        """Do what the script says; true if another request may follow on this connection."""
        answer = arrival.answer
        wait_s = LONGEST_S if answer.end == "silent" else answer.wait_s
        if wait_s and await self._gone(wait_s):
            self._over(arrival, "abandoned")
            return False
        if answer.end in ("whole", "half"):
            whole = await self._send(arrival, answer)
            self._over(arrival, "answered" if whole and answer.end == "whole" else "broken" if whole else "abandoned")
            return whole and answer.end == "whole"
        if answer.end == "reset":
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        elif answer.end == "garbage":
            self._writer.write(b"\x16\x03\x01 this is no answer\r\n\r\n")
            await self._writer.drain()
        self._over(arrival, "broken")
        return False

    async def _send(self, arrival: Arrival, answer: Answer) -> bool:
        """Send the answer; false if the sender went away meanwhile."""
        if answer.long_bytes:
            return await self._send_long(arrival, answer)
        no_body = arrival.method == "HEAD" or answer.status in (204, 304)
        body = b"" if no_body else answer.body
        head = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers]
        if not no_body:
            typed = [(b"Content-Type", answer.type.encode())] if answer.type else []
            head = [*typed, (b"Content-Length", b"%d" % len(answer.body)), *head]
        raw = self._parser.send(h11.Response(status_code=answer.status, headers=head)) or b""
        if answer.end == "half":
            self._writer.write(raw[:5])
            await self._writer.drain()
            return True
        raw += (self._parser.send(h11.Data(data=body)) or b"") if body else b""
        raw += self._parser.send(h11.EndOfMessage()) or b""
        for at, byte in enumerate(raw if answer.drip_s else b""):
            if at and await self._gone(answer.drip_s):
                return False
            self._writer.write(bytes([byte]))
            await self._writer.drain()
        self._writer.write(b"" if answer.drip_s else raw)
        await self._writer.drain()
        return True

    async def _send_long(self, arrival: Arrival, answer: Answer) -> bool:
        """Send an answer of filling as far as the sender takes it; whether it took all of it. Notes how much."""
        head = [(b"Content-Type", answer.type.encode()), (b"Content-Length", b"%d" % answer.long_bytes)]
        self._write(h11.Response(status_code=answer.status, headers=head))
        part = b"." * 65536
        async with asyncio.timeout(LONGEST_S):
            while arrival.answered_bytes < answer.long_bytes:
                if self._reader.at_eof():
                    return False
                part = part[: answer.long_bytes - arrival.answered_bytes]
                self._write(h11.Data(data=part))
                await self._writer.drain()
                arrival.answered_bytes += len(part)
        self._write(h11.EndOfMessage())
        await self._writer.drain()
        return True

    def _write(self, event: h11.Event) -> None:
        self._writer.write(self._parser.send(event) or b"")

    async def _gone(self, within_s: float) -> bool:
        """Whether the sender closes the connection before so many seconds are over."""
        ends_s = self._inbox.now_s + within_s
        while (left_s := ends_s - self._inbox.now_s) > 0:
            try:
                data = await asyncio.wait_for(self._reader.read(65536), left_s)
            except TimeoutError:
                return False
            if not data:
                return True
        return False

    def _over(self, arrival: Arrival, outcome: str) -> None:
        if arrival.over:
            return
        arrival.outcome, arrival.ended_s = outcome, self._inbox.now_s
        self._inbox.over(arrival)

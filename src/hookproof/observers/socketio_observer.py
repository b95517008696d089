"""Effects counted by listening: every Socket.IO event whose payload carries the event's id is one effect.

What was not heard is not counted as missing: events that were under way while the connection was down, or while more
came than can be kept, are inconclusive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import engineio
import socketio

from hookproof.observers.observer import Observer, first_line
from hookproof.observers.packets import packet_class
from hookproof.observers.scalars import Scalars, TooLarge
from hookproof.verdict import Inconclusive, Reason

FORM = "socketio://HOST:PORT/ (?event=NAME when it is not new_message)"
WITHIN_S = 5.0
ANSWER_CAP = 8 * 1024 * 1024
"""Bytes of one message, or of one answer to a poll."""
MOST_IDS = 200_000
PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.0)
LOST = "it was lost, and has not come back"
PLAIN = {"Accept-Encoding": "identity"}
OWN_EVENTS = ("connect", "connect_error", "disconnect", "__disconnect_final")

_QUIET = logging.getLogger("hookproof.socketio")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
_QUIET.setLevel(logging.CRITICAL + 1)

# A poll holds whatever came since the one before; the default of 16 would end the connection in a burst.
engineio.payload.Payload.max_decode_packets = max(engineio.payload.Payload.max_decode_packets, 10_000)

_BROKEN = (
    socketio.exceptions.SocketIOError,
    engineio.exceptions.EngineIOError,
    aiohttp.ClientError,
    OSError,
    # what the client library raises when a server opens with something else than it should
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True)
class Server:
    """Where to connect, and what to listen for."""

    url: str
    path: str
    namespace: str
    event: str
    hide: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Server:
        """Raises ValueError saying what to type instead."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or port == 0:
            raise ValueError(f"--effects socketio: name the server's host and port: {FORM}")
        if parts.username is not None or parts.fragment:
            text = "no user and no # in the URL; what the server asks for goes into its query, like ?token=…"
            raise ValueError(f"--effects socketio: {text}: {FORM}")
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = dict(pairs)
        event, namespace = query.pop("event", "new_message"), query.pop("namespace", "/")
        if not event or event in OWN_EVENTS:
            raise ValueError(f"--effects socketio: event={event} names no event of the server's: {FORM}")
        if not namespace.startswith("/"):
            raise ValueError(f"--effects socketio: a namespace begins with a slash: ?namespace=/{namespace}")
        passed = [(name, value) for name, value in pairs if name not in ("event", "namespace")]
        scheme = "https" if parts.scheme == "socketios" else "http"
        address = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        hide = tuple(value for _, value in passed if len(value) > 2)
        url = f"{scheme}://{address}" + (f"?{urlencode(passed)}" if passed else "")
        return cls(url, parts.path.strip("/") or "socket.io", namespace, event, hide)


class SocketioObserver(Observer):
    """A Socket.IO client that listens for the whole run."""

    form = "socketio"

    def __init__(self, server: Server, seen: Scalars | None = None) -> None:
        self._server, self.hide = server, server.hide
        self._seen = seen or Scalars()
        self._sent: dict[str, float] = {}
        self._blind: tuple[float, str] | None = None
        self._down = "it was never connected"
        self._keeper: asyncio.Task[None] | None = None

    @classmethod
    def parse(cls, text: str) -> SocketioObserver:
        """Raises ValueError saying what to type instead."""
        return cls(Server.parse(text))

    async def start(self) -> None:
        settled = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep_connected(settled))
        await settled.wait()
        self._require_connection()

    async def stop(self) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait([self._keeper], timeout=2)
            self._keeper, self._down = None, "it was stopped"

    def expect(self, event_id: str) -> None:
        if len(self._sent) < MOST_IDS:
            self._sent.setdefault(event_id, time.monotonic())

    async def count(self, event_id: str) -> int:
        self._require_connection()
        if self._blind and self._sent.get(event_id, float("-inf")) <= self._blind[0]:
            text = f"effects of {event_id} may have been missed: {self._blind[1]}"
            raise Inconclusive(Reason.CONFLICTING_EVIDENCE, text)
        return self._seen.count(event_id)

    def _require_connection(self) -> None:
        if self._down:
            raise Inconclusive(Reason.NO_OBSERVER, f"no connection to the Socket.IO server: {self._down}")

    def _miss(self, why: str, until: float | None = None) -> None:
        """Whatever was sent before `until` (now) may have had effects that were not heard."""
        until = time.monotonic() if until is None else until
        if self._blind is None or until >= self._blind[0]:
            self._blind = (until, why)

    def _hear(self, *payload: Any) -> None:
        now = time.monotonic()
        try:
            forgotten = self._seen.add(payload, now)
        except TooLarge:
            self._miss("a payload had too much in it to be looked at")
        else:
            if forgotten is not None:
                self._miss("more events came than can be kept", forgotten)

    # -- the connection -----------------------------------------------------------------------------------------

    async def _keep_connected(self, settled: asyncio.Event) -> None:
        """Connect, listen, and connect again, for ever. `settled` is set when the first attempt has ended well or not.

        A WebSocket when the server has one; else by polling.
        """
        failures = 0
        try:
            while True:
                if not await self._listen("websocket", settled):
                    await self._listen("polling", settled)
                settled.set()
                failures = 0 if self._down == LOST else failures + 1
                await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
        finally:
            settled.set()

    async def _listen(self, transport: str, settled: asyncio.Event) -> bool:
        """Listen until the connection ends; whether this was the way to connect. Sets `_down` to why there is none."""
        ended = asyncio.Event()
        said: tuple[Any, ...] = ()

        def end(*why: Any) -> None:
            nonlocal said
            if not ended.is_set():  # else it is an old connection that speaks
                self._down, said = LOST, why
                ended.set()

        async with self._session() as session:
            client = self._client(session, end)
            try:
                async with asyncio.timeout(WITHIN_S):
                    await self._connect(client, transport)
                if ended.is_set():
                    return True
                if settled.is_set():
                    self._miss("the connection to the Socket.IO server was down for a while")
                self._down = ""
                settled.set()
                client.eio.read_loop_task.add_done_callback(end)
                await ended.wait()
                return True
            except TimeoutError:
                self._down = f"it did not answer within {WITHIN_S:g} s"
            except _BROKEN as error:
                self._down = self._line(error)
            finally:
                ended.set()
                self._down = self._down or LOST
                await _close(client)
        if client.failed_namespaces:
            self._down = f"it refused the namespace {self._server.namespace}{self._refusal(said)}"
        return bool(client.failed_namespaces)

    def _session(self) -> aiohttp.ClientSession:
        secure = self._server.url.startswith("https:")
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context() if secure else True)
        return aiohttp.ClientSession(connector=connector, response_class=_Capped, headers=PLAIN, auto_decompress=False)

    def _client(self, session: aiohttp.ClientSession, end: Callable[..., None]) -> socketio.AsyncClient:
        client = socketio.AsyncClient(
            reconnection=False,  # ours also comes back when it is the server that ended the connection
            handle_sigint=False,
            logger=_QUIET,
            engineio_logger=_QUIET,
            serializer=packet_class(lambda: self._miss("the server sent what cannot be read"), end),
            http_session=session,
            websocket_extra_options={"max_msg_size": ANSWER_CAP},
        )
        client.on(self._server.event, self._hear, namespace=self._server.namespace)
        client.on("disconnect", end, namespace=self._server.namespace)
        client.on("connect_error", end, namespace=self._server.namespace)
        return client

    async def _connect(self, client: socketio.AsyncClient, transport: str) -> None:
        await client.connect(
            self._server.url,
            transports=[transport],
            namespaces=[self._server.namespace],
            socketio_path=self._server.path,
            wait_timeout=WITHIN_S,
        )

    def _refusal(self, said: tuple[Any, ...]) -> str:
        why = said[0].get("message") if said and isinstance(said[0], dict) else None
        return f": {first_line(why, self.hide)}" if isinstance(why, str) else ""

    def _line(self, error: BaseException) -> str:
        """What the error began with: the library's own words say no more than that there was one."""
        while error.__context__:
            error = error.__context__
        return first_line(str(error), self.hide) or type(error).__name__


class _Capped(aiohttp.ClientResponse):
    """An answer to a poll, which may be as long as the server likes."""

    async def read(self) -> bytes:
        body = bytearray()
        while part := await self.content.read(65536):
            body += part
            if len(body) > ANSWER_CAP:
                raise ValueError("the server's answer is longer than 8 MiB")
        return bytes(body)


async def _close(client: socketio.AsyncClient) -> None:
    """Say goodbye if the server listens, and leave nothing running if it does not."""
    goodbye = asyncio.ensure_future(client.disconnect())
    await asyncio.wait([goodbye], timeout=0.5)
    await _drop(goodbye, client.eio.read_loop_task, client.eio.write_loop_task)
    with contextlib.suppress(ValueError):
        engineio.base_client.connected_clients.remove(client.eio)


async def _drop(*work: asyncio.Future[Any] | None) -> None:
    """Cancel, wait for the end, and never hear of the errors."""
    tasks = [task for task in work if task]
    for task in tasks:
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        task.cancel()
    await asyncio.wait(tasks, timeout=0.5)

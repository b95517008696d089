"""A listener of ours: serves the files that events point to, and can be slow or silent about it on purpose.

Paths are unguessable, so a late request is credited to the check it belongs to. Loopback unless told otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field

import h11

HEAD_CAP = 64 * 1024
CONNECTION_CAP = 200


@dataclass(frozen=True)
class Answer:
    """What a path answers: a status and a body, or nothing at all for `silent`."""

    status: int = 200
    body: bytes = b""
    type: str = "application/octet-stream"
    silent: bool = False


@dataclass
class Path:
    """One unguessable path, and whether somebody has asked for it."""

    url: str
    answer: Answer
    mended: Answer | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    made: float = field(default_factory=time.monotonic)
    asked_s: float | None = None

    def ask(self) -> None:
        """Note that somebody asks, and how long after the path was made the first did."""
        if self.asked_s is None:
            self.asked_s = time.monotonic() - self.made
        self.asked.set()

    def mend(self) -> None:
        """From now on, give the file."""
        self.answer = self.mended or self.answer


class Inbox:
    """An HTTP listener on the running event loop; one connection serves one request."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, public_url: str = "") -> None:
        self._host, self._port, self._public = host, port, public_url.rstrip("/")
        self._paths: dict[str, Path] = {}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        self._server = await asyncio.start_server(self._accept, self._host, self._port, limit=HEAD_CAP)
        self._port = self._server.sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._public = self._public or f"http://{host}:{self._port}"

    async def stop(self) -> None:
        self.drop_connections()
        if self._server:
            self._server.close()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 1)

    def drop_connections(self) -> None:
        """Close what is open, so that nobody goes on waiting for a silent answer."""
        for task in list(self._open):
            task.cancel()

    def serve(self, name: str, answer: Answer) -> Path:
        """Give `answer` at a new path that ends in `name`."""
        token = secrets.token_urlsafe(16)
        self._paths[token] = Path(f"{self._public}/{token}/{name}", answer)
        return self._paths[token]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        if len(self._open) < CONNECTION_CAP:
            self._open.add(task)
            with contextlib.suppress(OSError, h11.RemoteProtocolError, asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(self._converse(reader, writer), 60)
            self._open.discard(task)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_CAP)
        while not isinstance(event := parser.next_event(), h11.Request):
            if event is not h11.NEED_DATA:
                return
            parser.receive_data(await reader.read(65536))
        path = self._paths.get(event.target.decode("latin-1").lstrip("/").split("/")[0])
        if path:
            path.ask()
        answer = path.answer if path else Answer(404)
        if answer.silent:
            await asyncio.sleep(3600)
        head = [("Content-Type", answer.type), ("Content-Length", str(len(answer.body))), ("Connection", "close")]
        writer.write(parser.send(h11.Response(status_code=answer.status, headers=head)) or b"")
        if event.method != b"HEAD":
            writer.write(parser.send(h11.Data(data=answer.body)) or b"")
        await writer.drain()

"""A correct receiver for any provider in specs/: Starlette in front, SQLite behind, work done after the answer.

Each step is a method of its own, so that a flaw is one method overridden.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hookproof.events import event_id
from hookproof.model import Secret
from hookproof.signature import KeyedSigner
from hookproof.specs import Provider

BODY_CAP = 1024 * 1024
_TABLES = """
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB NOT NULL, done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS effects (id TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


class Refused(Exception):
    """An answer that refuses the delivery."""

    def __init__(self, status: int, text: str) -> None:
        self.response = PlainTextResponse(text, status)


class ReferenceReceiver:
    """One endpoint at `/hook`; `/effects/{event_id}` answers {"count": N}."""

    def __init__(
        self, provider: Provider, parameters: dict[str, str], secret: Secret | None, database: str = ":memory:"
    ) -> None:
        self.provider = provider
        self.form_name, self.form = provider.form(parameters)
        self.signer = KeyedSigner(provider.scheme, secret) if provider.scheme and secret else None
        self.database = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self.database.executescript(_TABLES)
        self.wake = asyncio.Event()

    def close(self) -> None:
        """Let go of the database, once nobody serves the application any more."""
        self.database.close()

    def app(self) -> Starlette:
        routes = [
            Route("/hook", self.handle, methods=["POST"]),
            Route("/effects/{event_id:path}", self.effects, methods=["GET"]),
        ]
        return Starlette(routes=routes, lifespan=self.lifespan)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        worker = asyncio.create_task(self.work())
        yield
        worker.cancel()

    async def handle(self, request: Request) -> Response:
        try:
            body = await self.read(request)
            self.verify(request, body)
            payload = self.parse(body)
            self.check_shape(payload)
            self.accept(self.identify(payload, body), body)
        except Refused as refused:
            return refused.response
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        return self.acknowledge(payload)

    async def read(self, request: Request) -> bytes:
        """The raw body, at most 1 MiB of it; compressed bodies are not taken."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Refused(415, "send the body uncompressed")
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > BODY_CAP:
                raise Refused(413, "larger than 1 MiB")
        return bytes(body)

    def signatures(self, request: Request) -> list[bytes]:
        """Every signature header there is, as raw bytes."""
        assert self.signer
        wanted = self.signer.header.encode()
        return [value for name, value in request.headers.raw if name == wanted]

    def verify(self, request: Request, body: bytes) -> None:
        """Exactly one signature, and the right one, over the bytes received."""
        if self.signer is None:
            return
        found = self.signatures(request)
        if not found or not found[0]:
            raise Refused(400, "No signature header")
        if len(found) > 1 or not self.matches(body, found[0]):
            raise Refused(401, "Invalid signature")

    def matches(self, body: bytes, value: bytes) -> bool:
        assert self.signer
        return self.signer.matches(body, value)

    def parse(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON") from None

    def check_shape(self, payload: Any) -> None:
        """What cannot be identified cannot be processed once; everything else is none of our business."""
        if not isinstance(payload, dict) or not event_id(payload, self.form):
            raise Refused(400, "The body is not an event")

    def identify(self, payload: Any, body: bytes) -> str:
        """The id under which copies of the event are recognised."""
        return event_id(payload, self.form).encode(errors="backslashreplace").decode()

    def accept(self, id_: str, body: bytes) -> None:
        """Remember the event durably, once, before it is acknowledged."""
        self.database.execute("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", (id_, body))
        self.wake.set()

    def acknowledge(self, payload: Any) -> Response:
        return PlainTextResponse("Webhook received", 200)

    async def work(self) -> None:
        """Process what was accepted, each event once."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            rows = self.database.execute("SELECT id, body FROM events WHERE done = 0 ORDER BY rowid").fetchall()
            for id_, body in rows:
                await self.process(id_, body)

    async def process(self, id_: str, body: bytes) -> None:
        self.count(id_)
        self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (id_,))

    def count(self, id_: str) -> None:
        """The effect: a number that goes up."""
        self.database.execute(
            "INSERT INTO effects VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1", (id_,)
        )

    async def effects(self, request: Request) -> Response:
        row = self.database.execute(
            "SELECT count FROM effects WHERE id = ?", (request.path_params["event_id"],)
        ).fetchone()
        return JSONResponse({"count": row[0] if row else 0})

"""A correct receiver for any surface in specs/: Starlette in front, SQLite behind, work done after the answer.

Each step is a method of its own, so that a flaw is one method overridden.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, ClassVar

import jsonschema_rs
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hookproof.delivery import placed
from hookproof.delivery.model import Headers
from hookproof.delivery.pointers import identify, leaves
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers import ROTATION, ChallengeFields, Surface, filled
from hookproof.providers.challenge import Challenge

Listener = Callable[[dict[str, Any]], Awaitable[None]]

BODY_CAP = 1024 * 1024
_TABLES = """
CREATE TABLE IF NOT EXISTS events (
  scope TEXT NOT NULL DEFAULT '', id TEXT NOT NULL, body BLOB NOT NULL, done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, id));
CREATE INDEX IF NOT EXISTS by_id ON events (id);
CREATE INDEX IF NOT EXISTS waiting ON events (done) WHERE done = 0;
CREATE TABLE IF NOT EXISTS effects (id TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


class Refused(Exception):
    """An answer that refuses the delivery."""

    def __init__(self, status: int, text: str) -> None:
        self.response = PlainTextResponse(text, status)


class ReferenceReceiver:
    """One endpoint, at the documented path or at `/hook`; `/effects/{event_id}` answers {"count": N}.

    `/restart` forgets what a process forgets when it ends.
    """

    provider = "whatsable"
    parameters: ClassVar[dict[str, str]] = {}

    def __init__(self, surface: Surface, secret: Secret | None, database: str = ":memory:") -> None:
        self.surface = surface
        self.secret = secret.reveal() if secret else b""
        self.signer = KeyedSigner(surface.scheme, secret) if surface.scheme and secret else None
        self.former: Secret | None = None
        self.database = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self.database.executescript(_TABLES)
        self.schema = jsonschema_rs.validator_for(surface.schema())
        self.wake = asyncio.Event()
        self.listeners: list[Listener] = []
        self.scope = ""
        self.request_headers: ContextVar[Headers] = ContextVar("request_headers", default=())
        self.working_on: str | None = None

    def close(self) -> None:
        """Let go of the database, once nobody serves the application any more."""
        self.database.close()

    def forget(self) -> None:
        """Be restarted: what is not in the database is gone."""
        self.wake.set()

    @property
    def place(self) -> str:
        """The path as Starlette writes it; a channel's id is the parameter `channel`."""
        place = self.surface.fields.path
        for name in self.surface.fields.needs:
            place = place.replace(f"{{{name}}}", "{channel}")
        return place or "/hook"

    def routes(self) -> list[Route]:
        asked = {each.method for each in self.surface.challenges if not each.has_body}
        return [
            Route(self.place, self.handle, methods=["POST"]),
            *[Route(self.place, self.prove, methods=[method]) for method in asked],
        ]

    def app(self) -> Starlette:
        routes = [
            *self.routes(),
            Route("/effects/{event_id:path}", self.effects, methods=["GET"]),
            Route("/restart", self.restart, methods=["GET"]),
        ]
        return Starlette(routes=routes, lifespan=self.lifespan)

    async def restart(self, request: Request) -> Response:
        self.forget()
        return PlainTextResponse("restarted")

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.wake.set()  # what a process before this one left undone
        worker = asyncio.create_task(self.work())
        yield
        worker.cancel()

    async def handle(self, request: Request) -> Response:
        try:
            body = await self.read(request)
            self.verify(request, body)
            self.scope = self.channel(request)
            payload = self.parse(body)
            self.request_headers.set(tuple(request.headers.raw))
            if asked := self.challenged(payload):
                return asked
            self.check_shape(payload)
            for id_ in self.events(payload, body):
                self.accept(id_, body)
        except Refused as refused:
            return refused.response
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        return self.acknowledge(payload)

    def channel(self, request: Request) -> str:
        """The id in the path; one that nobody has set up is not there."""
        needs = self.surface.fields.needs
        if not needs:
            return ""
        known = (self.surface.parameters[needs[0]] or self.surface.values[needs[0]]).split(",")
        found: str = request.path_params["channel"]
        if found not in known:
            raise Refused(404, "No such channel")
        return found

    async def prove(self, request: Request) -> Response:
        """Answer a challenge that comes as a query."""
        for challenge in self.surface.challenges:
            try:
                if challenge.method == request.method:
                    return self.answer(challenge, [*request.query_params.multi_items(), *self.told(challenge, request)])
            except Refused as refused:
                return refused.response
        return PlainTextResponse("Not found", 404)

    def told(self, challenge: ChallengeFields, request: Request) -> list[tuple[str, str]]:
        """The headers of a request that may hold the text."""
        return [(name, request.headers[name]) for name in challenge.headers if name in request.headers]

    def challenged(self, payload: Any) -> Response | None:
        """Answer a challenge that comes as a body; None if it is none."""
        said = dict(leaves(payload))
        for challenge in self.surface.challenges:
            known = self.surface.parameters
            names = {filled(name, known): filled(value, known) for name, value in challenge.members.items()}
            if not challenge.has_body or not isinstance(payload, dict):
                continue
            places = {name: name if name.startswith("/") else f"/{name}" for name, value in names.items() if value}
            fixed = {at: value for at, value in leaves(challenge.body) if not isinstance(value, str)}
            if set(places.values()) <= set(said) and fixed.items() <= said.items():
                return self.answer(challenge, [(name, str(said[at])) for name, at in places.items()])
        return None

    def answer(self, challenge: ChallengeFields, pairs: list[tuple[str, str]]) -> Response:
        """The text that proves ownership, to whoever asks as is documented."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        text = ""
        for name, template in {**challenge.members, **challenge.headers}.items():
            if "{challenge}" not in template and not filled(template, self.surface.parameters):
                continue
            values = given.get(filled(name, self.surface.parameters), [])
            if len(values) != 1:
                raise Refused(403, "Not for you")
            if "{challenge}" in template:
                text = values[0]
            elif not self.same(name, values[0], filled(template, self.surface.parameters)):
                raise Refused(403, "Not for you")
        if challenge.asks and (not text or len(text) > 1000 or any(ord(letter) < 32 for letter in text)):
            raise Refused(400, "Nothing to echo")
        if challenge.is_crc and text.lstrip().startswith(("{", "[")):
            raise Refused(400, "That could be a delivery")
        asked = Challenge(challenge, self.surface.parameters, self.secret)
        made = self.say(challenge, asked.expected(text)) if challenge.answers else self.say_all(asked, text)
        made.status_code = next(iter(challenge.status), made.status_code)
        made.headers.update(asked.answer_headers(text))
        return made

    def same(self, name: str, value: str, wanted: str) -> bool:
        """Whether a member of a challenge has the value it must have."""
        return hmac.compare_digest(value.encode(errors="replace"), wanted.encode())

    def say(self, challenge: ChallengeFields, text: bytes) -> Response:
        """The answer to a challenge, as plain text or as JSON."""
        if challenge.pointer is None:
            return Response(text, media_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})
        return JSONResponse({filled(challenge.pointer, self.surface.parameters).strip("/"): text.decode()})

    def say_all(self, asked: Challenge, text: str) -> Response:
        """The answer to a challenge that must hold several things, or nothing."""
        told = asked.answer_json(text)
        return JSONResponse(told) if told else Response(b"", media_type="text/plain")

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
        """Refuse what is not signed as the provider signs."""
        if self.signer and self.signer.scheme.place:
            self.verify_in_body(body)
        elif self.signer:
            self.verify_header(request, body)

    def verify_header(self, request: Request, body: bytes) -> None:
        """Exactly one signature header, and the right one, over the bytes received."""
        assert self.signer
        found = self.signatures(request)
        if not found or not found[0]:
            raise Refused(400, "No signature header")
        if len(found) > 1 or self.repeated(request):
            raise Refused(401, "Invalid signature")
        signer = self.signer.to(self.url(request), request.method).received(_decoded(request.headers.raw), body)
        self.fresh(signer.scheme.stamp.timestamp)
        if not self.holds(signer, body, found[0]):
            raise Refused(401, "Invalid signature")

    def url(self, request: Request) -> str:
        """The URL by which the platform knows this endpoint; that of the request, where nobody said it."""
        return self.surface.public_url(str(request.url))

    def verify_in_body(self, body: bytes) -> None:
        """Every item that is signed has the right signature at its place."""
        assert self.signer
        payload, scheme = self.parse(body), self.signer.scheme
        items = placed.items(payload, scheme)
        signer = self.signer.received((), body)
        self.fresh(signer.scheme.stamp.timestamp)
        for item in items:
            value = placed.signature_in(payload, replace(scheme, items="", place=item + scheme.place))
            if not value:
                raise Refused(400, "No signature")
            if not signer.matches(body, value, item):
                raise Refused(401, "Invalid signature")
        if not items:
            raise Refused(400, "Nothing that is signed")

    def repeated(self, request: Request) -> bool:
        """Whether a header that goes with the signature comes twice."""
        assert self.signer
        names = [name.decode("latin-1") for name, _ in request.headers.raw]
        return any(names.count(name) > 1 for name, _ in self.signer.scheme.headers)

    def fresh(self, written: str) -> None:
        """Refuse a signed time that is no time, or further off than the tolerance."""
        assert self.signer
        scheme = self.signer.scheme
        if not scheme.timestamped:
            return
        try:
            off = self.now() - scheme.instant(written)
        except ValueError:
            raise Refused(400, "No time that can be read") from None
        if scheme.tolerance_s and not self.tolerates(off):
            raise Refused(401, "Signed too long ago, or in the future")

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def tolerates(self, off: float) -> bool:
        """Whether a signed time may be so many seconds ago; negative ones are ahead."""
        assert self.signer
        return abs(off) <= self.signer.scheme.tolerance_s

    def holds(self, signer: KeyedSigner, body: bytes, value: bytes) -> bool:
        """Whether the header's value holds the signature of this attempt's body, by either key while they rotate."""
        if self.signer and self.signer.scheme.body_alone:
            return self.matches(body, value)
        return any(one.matches(body, value) for one in self.signers_of(signer))

    def signers_of(self, signer: KeyedSigner) -> list[KeyedSigner]:
        """Whoever may have signed an attempt: the key of now, and during a rotation the former one."""
        rotating = self.former and self.surface.parameters.get(ROTATION) == "during"
        return [signer, *([replace(signer, secret=self.former)] if rotating and self.former else [])]

    def matches(self, body: bytes, value: bytes) -> bool:
        """Whether the header's value is the signature of a body, where nothing but the body is signed."""
        assert self.signer
        return self.signer.matches(body, value)

    def parse(self, body: bytes) -> Any:
        try:
            return self.surface.writing.read(body)
        except (ValueError, RecursionError):
            raise Refused(400, "The body cannot be read") from None

    def check_shape(self, payload: Any) -> None:
        """What is no event of this surface is refused; what only is of a new kind is not."""
        if not isinstance(payload, (dict, list)) or not (self.named(payload) or self.fits(payload)):
            raise Refused(400, "The body is not an event")

    def fits(self, payload: Any) -> bool:
        try:
            return self.schema.is_valid(payload)
        except ValueError:  # lone surrogates are no JSON to a strict reader
            return False

    def named(self, payload: Any) -> list[str]:
        """The ids of the events in a body, in its order."""
        found = identify(payload, self.surface.identities, self.request_headers.get())
        return [one.id.encode(errors="backslashreplace").decode() for one in found]

    def events(self, payload: Any, body: bytes) -> list[str]:
        """The ids of the events to act on."""
        found = self.named(payload)
        return [self.identify(payload, body)] if len(found) == 1 else found

    def identify(self, payload: Any, body: bytes) -> str:
        """The id under which copies of an event are recognised that comes alone."""
        return self.named(payload)[0]

    def accept(self, id_: str, body: bytes) -> None:
        """Remember the event durably, once, before it is acknowledged."""
        row = (self.scope, id_, body)
        self.database.execute("INSERT OR IGNORE INTO events (scope, id, body) VALUES (?, ?, ?)", row)
        self.wake.set()

    def acknowledge(self, payload: Any) -> Response:
        status = min({200} & self.surface.acknowledges or self.surface.acknowledges)
        return Response(status_code=status) if status == 204 else JSONResponse({"received": True}, status)

    async def work(self) -> None:
        """Process what was accepted, each event once."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            rows = self.database.execute("SELECT scope, id, body FROM events WHERE done = 0 ORDER BY rowid").fetchall()
            for scope, id_, body in rows:
                self.working_on = scope
                await self.process(id_, body)

    async def process(self, id_: str, body: bytes) -> None:
        """Have the effect and note that it was had in one transaction: a kill in between does nothing by halves."""
        self.database.execute("BEGIN")
        try:
            self.count(id_)
            done = "UPDATE events SET done = 1 WHERE id = ? AND scope = coalesce(?, scope)"
            self.database.execute(done, (id_, self.working_on))
        finally:
            self.database.execute("COMMIT")
        await self.announce(id_)

    async def announce(self, id_: str) -> None:
        """Tell whoever listens that something new is there."""
        for listener in self.listeners:
            await listener({"channel": self.surface.name, "message": {"id": id_}})

    def count(self, id_: str) -> None:
        """The effect: a number that goes up."""
        self.database.execute(
            "INSERT INTO effects VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1", (id_,)
        )

    async def effects(self, request: Request) -> Response:
        return JSONResponse({"count": self.counted(request.path_params["event_id"])})

    def counted(self, id_: str) -> int:
        row = self.database.execute("SELECT count FROM effects WHERE id = ?", (id_,)).fetchone()
        return row[0] if row else 0


def _decoded(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]

"""The page's server: an unguessable path on this machine, for nobody but the page itself.

Whoever asks by another name than the page's own, or from another site's page, gets nothing (Host and Origin).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookproof import folders
from hookproof.workbench import captures
from hookproof.workbench.inbound import proofs
from hookproof.workbench.inbound.gate import DeliveryPort, behind
from hookproof.workbench.inbound.hiding import Hiding
from hookproof.workbench.inbound.script import ScriptError, parse
from hookproof.workbench.inbound.store import DeliveryStore
from hookproof.workbench.inbound.watch import captured
from hookproof.workbench.page import copies, resending
from hookproof.workbench.page.queries import Filter, Queries
from hookproof.workbench.page.resending import Edited, NotSentError, Resender

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_ASKED = 2 * 1024 * 1024
"""Bytes that the page may send at once."""
_LONGEST = 4000
"""Characters of a script that the page may set."""
_QUIET_S = 10.0
_PACE_S = 0.15
"""Changes are gathered for so long before the page is told."""


@dataclass
class Parts:
    """What the page works with."""

    store: DeliveryStore
    gate: DeliveryPort
    hiding: Hiding
    resender: Resender
    sealed: frozenset[str]
    secret_env: str
    keep_signatures: bool = False


class PageServer:
    """The page, and what it may ask for. `token` is the path that nobody can guess; it is the store's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.token = parts.store.remembered("page", secrets.token_urlsafe(24))
        self._lock = threading.Lock()
        self._queries = Queries(parts.store.reader(), parts.hiding)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        parts.store.counts.listeners.append(self._tell)

    def app(self, origin: Callable[[], str]) -> ASGIApp:
        """The application; `origin` says under which address it is served."""
        at = f"/{self.token}"
        routes = [
            Route(f"{at}/", self._file, methods=["GET"]),
            Route(f"{at}/files/{{name}}", self._file, methods=["GET"]),
            Route(f"{at}/state", self._state, methods=["GET"]),
            Route(f"{at}/state", self._change, methods=["POST"]),
            Route(f"{at}/numbers", self._numbers, methods=["GET"]),
            Route(f"{at}/rows", self._rows, methods=["GET"]),
            Route(f"{at}/changes", self._changes, methods=["GET"]),
            Route(f"{at}/deliveries/{{n:int}}", self._delivery, methods=["GET"]),
            Route(f"{at}/deliveries/{{n:int}}/copy", self._copy, methods=["GET"]),
            Route(f"{at}/deliveries/{{n:int}}/send", self._send, methods=["POST"]),
            Route(f"{at}/download", self._download, methods=["GET"]),
            Route(f"{at}/delete", self._delete, methods=["POST"]),
        ]
        return _Guard(Starlette(routes=routes, lifespan=self._lifespan), origin)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        yield
        self._loop = None

    def _tell(self) -> None:
        """Something has changed; called in the store's thread."""
        if loop := self._loop:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._changed.set)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _file(self, request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        folder = folders.folder("reports") / "inspector"
        path = folder / name
        if "/" in name or path.suffix not in _TYPES or not path.is_file():
            return PlainTextResponse("not found", 404)
        return Response(path.read_bytes(), headers={"content-type": _TYPES[path.suffix]})

    def state(self) -> dict[str, Any]:
        """What is answered now, and what is kept."""
        manners, counts = self._parts.gate.manners, self._parts.store.counts
        return {
            "url": self._parts.gate.url,
            "answer": manners.script.text,
            "challenges": manners.challenges,
            "forward": manners.forward,
            "kept": counts.kept,
            "dropped": counts.dropped,
            "trouble": self._parts.store.trouble,
        }

    def _state(self, request: Request) -> Response:
        return JSONResponse(self.state())

    def _numbers(self, request: Request) -> Response:
        with self._lock:
            return JSONResponse(self._queries.numbers(_filter(request)))

    def _rows(self, request: Request) -> Response:
        numbers = _numbers(request)[:400]
        with self._lock:
            return JSONResponse(self._queries.rows(numbers))

    def _delivery(self, request: Request) -> Response:
        with self._lock:
            found = self._queries.delivery(_number(request))
        return _not_there() if found is None else JSONResponse(found)

    async def _changes(self, request: Request) -> Response:
        """Server-sent events: what has changed since the event that was seen last."""
        narrowed = _filter(request)
        text = request.headers.get("last-event-id") or request.query_params.get("since", "0")
        since = int(text) if text.isdecimal() and len(text) < 16 else 0
        return StreamingResponse(self._stream(since, narrowed), media_type="text/event-stream")

    async def _stream(self, since: int, narrowed: Filter) -> AsyncIterator[bytes]:
        queries, told = Queries(self._parts.store.reader(), self._parts.hiding), ""
        yield b"retry: 1000\n\n"
        try:
            while True:
                self._changed.clear()
                found = await run_in_threadpool(queries.changes, since, narrowed)
                if found["change"] != since or found.get("anew"):
                    since = found["change"]
                    yield f"id: {since}\nevent: changes\ndata: {json.dumps(found)}\n\n".encode()
                if (state := json.dumps(self.state())) != told:
                    told = state
                    yield f"event: state\ndata: {state}\n\n".encode()
                if since == await run_in_threadpool(queries.last_change):
                    yield await self._quiet()
                await asyncio.sleep(_PACE_S)
        finally:
            queries.reader.close()

    async def _quiet(self) -> bytes:
        """Wait until something changes; a comment keeps the connection alive meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), _QUIET_S)
        return b":\n\n"

    def _row(self, n: int) -> Any:
        return self._queries.reader.execute("SELECT * FROM deliveries WHERE n = ?", (n,)).fetchone()

    def _copy(self, request: Request) -> Response:
        form = request.query_params.get("as", "")
        with self._lock:
            row = self._row(_number(request))
        if row is None or form not in copies.FORMS or not row["method"]:
            return _not_there()
        manners = self._parts.gate.manners
        url = behind(manners.forward, row["target"]) if manners.forward else "http://127.0.0.1:3000" + row["target"]
        text = copies.copy(form, self._parts.resender.delivery(row), url, self._parts.secret_env)
        return PlainTextResponse(self._parts.hiding.copied(text, self._parts.secret_env))

    def _download(self, request: Request) -> Response:
        """Deliveries as a capture or a HAR: those that are asked for by number, or by the filter."""
        asked = _numbers(request)
        with self._lock:
            numbers = asked or self._queries.numbers(_filter(request))["numbers"][::-1]
            rows = [row for n in numbers if (row := self._row(n)) is not None and row["method"]]
        found = [self._kept(row) for row in rows]
        as_har = request.query_params.get("as") == "har"
        name = "deliveries.har" if as_har else "deliveries.jsonl"
        body = captures.har_text(found).encode() if as_har else b"".join(map(captures.line, found))
        kind = "application/json" if as_har else "application/x-ndjson"
        return Response(body, headers={"content-type": kind, "content-disposition": f'attachment; filename="{name}"'})

    def _kept(self, row: Any) -> captures.Capture:
        found = captured(row, self._parts.gate.url)
        if self._parts.keep_signatures:
            return found
        return captures.without_secrets(found, self._parts.sealed, self._parts.hiding.raw)

    # -- doing --------------------------------------------------------------------------------------------------------

    async def _change(self, request: Request) -> Response:
        """Answer otherwise from now on."""
        manners, asked = self._parts.gate.manners, await _asked(request)
        try:
            if "answer" in asked:
                manners.script = parse(_written(asked["answer"]), forwards=bool(manners.forward))
        except ScriptError as error:
            return JSONResponse({"error": str(error)}, 400)
        if asked.get("challenges") in proofs.CHOICES:
            manners.challenges = asked["challenges"]
        self._changed.set()
        return JSONResponse(self.state())

    async def _send(self, request: Request) -> Response:
        """Send a delivery again, as it came, signed anew, or changed."""
        asked = await _asked(request)
        with self._lock:
            row = self._row(_number(request))
        if row is None or not row["method"]:
            return _not_there()
        resender = self._parts.resender
        try:
            if asked.get("how") == "edited":
                delivery = resender.edited(row, _edited(asked))
            elif asked.get("how") == "signed":
                delivery = resender.signed_anew(row, resender.delivery(row))
            else:
                delivery = resender.delivery(row)
            exchange = await resender.send(delivery, str(asked.get("url", "")))
        except NotSentError as error:
            return JSONResponse({"error": self._parts.hiding.text(str(error))}, 400)
        said = self._parts.hiding.text(exchange.body[:4000].decode("utf-8", "replace"))
        headers = self._parts.hiding.headers(exchange.headers)
        return JSONResponse({**resending.told(exchange), "headers": headers, "body": said})

    async def _delete(self, request: Request) -> Response:
        asked = await _asked(request)
        numbers = asked.get("numbers")
        if numbers != "all" and not (isinstance(numbers, list) and all(_is_number(one) for one in numbers)):
            return JSONResponse({"error": "say which: a list of numbers, or all"}, 400)
        await run_in_threadpool(self._parts.store.delete, None if numbers == "all" else numbers)
        return JSONResponse(self.state())


def _edited(asked: dict[str, Any]) -> Edited:
    """What somebody changed a delivery to. Raises NotSentError where it is not whole."""
    headers = asked.get("headers")
    if not isinstance(headers, list) or not all(isinstance(one, list) and len(one) == 2 for one in headers):
        raise NotSentError("write each header as NAME: VALUE")
    try:
        body = base64.b64decode(str(asked.get("body_base64", "")), validate=True)
    except binascii.Error:
        raise NotSentError("the body could not be read") from None
    pairs = [(str(name), str(value)) for name, value in headers]
    return Edited(str(asked.get("url", "")), str(asked.get("method", "")), pairs, body, bool(asked.get("sign")))


async def _asked(request: Request) -> dict[str, Any]:
    """What the page sends, as an object; nothing where it sends anything else, or too much."""
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > _ASKED * 4:
            return {}
    try:
        found = json.loads(bytes(raw))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_MOST = 2**53
"""No delivery has a number beyond this, and no script can say one."""


def _number(request: Request) -> int:
    """The number in the path; that of no delivery where it is too large for one."""
    found: int = request.path_params["n"]
    return found if found <= _MOST else 0


def _numbers(request: Request) -> list[int]:
    """The numbers that are asked for; what is none is left out."""
    texts = request.query_params.get("n", "").split(",")
    return [int(one) for one in texts if one.isdecimal() and len(one) < 16]


def _filter(request: Request) -> Filter:
    given = request.query_params
    words = {name: given.get(name, "")[:500] for name in ("id", "kind", "verdict", "text")}
    return Filter(**{name: text.encode("utf-8", "replace").decode() for name, text in words.items()})


def _written(value: Any) -> str:
    """A text that somebody wrote on the page, without what no answer could hold."""
    return str(value)[:_LONGEST].encode("utf-8", "replace").decode()


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _not_there() -> Response:
    return JSONResponse({"error": "that delivery is gone"}, 404)


class _Guard:
    """Lets in who asks for the page's own address from the page itself, and gives every answer the same headers."""

    def __init__(self, app: ASGIApp, origin: Callable[[], str]) -> None:
        self._app, self._origin = app, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
            await send(message)

        app: ASGIApp = self._app if self._welcome(scope) else PlainTextResponse("not found", 404)
        await app(scope, receive, sealed)

    def _welcome(self, scope: Scope) -> bool:
        given: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name, []).append(value)
        own = self._origin().encode()
        port = own.rpartition(b":")[2]
        names = [own.partition(b"//")[2], b"localhost:" + port]
        if given.get(b"host", []) not in [[name] for name in names]:
            return False
        origins = given.get(b"origin", [])
        if origins and origins not in [[b"http://" + name] for name in names]:
            return False
        return given.get(b"sec-fetch-site", [b"none"])[0] in (b"none", b"same-origin")

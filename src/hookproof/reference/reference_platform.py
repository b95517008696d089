"""A correct sender with its management API, for any provider in specs/: routes, the trigger, files. Starlette."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hookproof.delivery.secret import Secret
from hookproof.providers import Surface
from hookproof.reference.api import ApiRefusal
from hookproof.reference.collection import Collection
from hookproof.reference.instance import Instance

OPERATIONS = {
    "listEndpoints": "listing",
    "createEndpoint": "register",
    "changeEndpoint": "change",
    "deleteEndpoint": "remove",
    "testEndpoint": "test",
    "readSettings": "read_settings",
    "changeSettings": "change_settings",
    "readWebhook": "read_webhook",
    "changeWebhook": "change_webhook",
    "listMessages": "messages",
    "simulate": "simulate",
    "inspected": "inspected",
    "inspect": "inspect",
}
"""The calls that openapi.yaml may describe, and what answers them."""
COLLECTIONS = ("/endpoints", "/subscriptions")
"""Where endpoints are registered if the provider documents no API for it; the latter as Meta calls it."""


class ReferencePlatform(Collection, Instance):
    """Whoever triggers an event at `/trigger` has it delivered; endpoints are registered as the provider documents it.

    `token`: what callers must prove to have; anybody may call without one. For the other parameters see `Dispatcher`.
    """

    def __init__(
        self, surfaces: Sequence[Surface], secret: Secret | None, token: Secret | None, **options: Any
    ) -> None:
        super().__init__(surfaces, secret, **options)
        self.token = token
        self._life: anyio.CancelScope | None = None
        self.restore()

    def app(self) -> Starlette:
        return Starlette(routes=list(self.routes()), lifespan=self.lifespan)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(self.live)
            yield
            group.cancel_scope.cancel()

    async def live(self) -> None:
        """Work, and begin again after every restart."""
        while True:
            with anyio.CancelScope() as self._life:
                await self.run()

    def forget(self) -> None:
        """Be restarted: attempts are broken off, and what is not in the database is gone."""
        self.restore()
        self.failing = None
        if self._life:
            self._life.cancel()

    def restart(self, base: str) -> str:
        """What --restart says to have this platform forget what a process forgets."""
        return f"{shlex.quote(sys.executable)} -c 'import urllib.request as r; r.urlopen(\"{base}/restart\")'"

    def register_url(self, base: str) -> str:
        """What --register says; empty where the provider documents how to register."""
        return f"{base}{self.collection}" if self.collection else ""

    async def restarted(self, request: Request) -> Response:
        self.forget()
        return PlainTextResponse("restarted")

    def routes(self) -> Iterator[Route]:
        yield self.route("/trigger", "POST", self.trigger, None)
        yield self.route("/restart", "GET", self.restarted, None)
        yield self.route("/media/{token}/{name}", "GET", self.media, None)
        yield from self.documented() if self.provider.operations else self.undocumented()

    def documented(self) -> Iterator[Route]:
        """The calls of openapi.yaml."""
        for operation in self.provider.operations.values():
            if operation.id in OPERATIONS:
                answer = getattr(self, OPERATIONS[operation.id])
                yield self.route(operation.path, operation.method, answer, operation.security)

    def undocumented(self) -> Iterator[Route]:
        for path in COLLECTIONS:
            yield self.route(path, "GET", self.listing)
            yield self.route(path, "POST", self.register)
            yield self.route(f"{path}/{{id}}", "PATCH", self.change)
            yield self.route(f"{path}/{{id}}", "DELETE", self.remove)
            yield self.route(f"{path}/{{id}}/test", "POST", self.test)

    @property
    def collection(self) -> str:
        """The path of the endpoints; empty where the provider documents how to register."""
        if self.provider.operations:
            return ""
        asks_as_meta = any(challenge.mode for surface in self.challengers() for challenge in surface.challenges)
        return COLLECTIONS[asks_as_meta]

    async def trigger(self, request: Request) -> Response:
        """Have an event happen, as if somebody had written or something had changed."""
        body = await self.read_json(request)
        kind, name = self.text(body, "kind"), self.checked_surface(body)
        surface = self.surfaces[name] if name else self.kinds().get(kind)
        if surface is None or kind not in surface.kinds("kind"):
            raise ApiRefusal(
                404, "ERROR_CODE_NOT_FOUND", f"there is no such event; there are: {', '.join(self.kinds())}"
            )
        text = self.text(body, "text", 100_000) if "text" in body else None
        return JSONResponse({"event": self.emit(surface, kind, text, base=str(request.base_url))}, 202)

    async def media(self, request: Request) -> Response:
        """A file that an event points to, for as long as it is there."""
        found = self.store.file(request.path_params["token"])
        if found is None or not self.is_served(found[2]):
            raise ApiRefusal(404, "ERROR_CODE_NOT_FOUND", "There is no such file, or no longer.")
        return Response(found[1], media_type=found[0])

    def is_served(self, until: float) -> bool:
        return self.now() < until

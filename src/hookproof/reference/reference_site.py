"""Everything a provider documents in one application: the reference receivers of its surfaces side by side."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from hookproof.delivery.secret import Secret
from hookproof.providers import Surface
from hookproof.reference.receiver import ReferenceReceiver


class Site:
    """Each surface at its documented path, or at `/hook`; effects over HTTP, and as Socket.IO events if documented."""

    def __init__(
        self,
        surfaces: Sequence[tuple[Surface, Secret | None]],
        database: str = "",
        receiver: type[ReferenceReceiver] = ReferenceReceiver,
    ) -> None:
        """`database`: a file that outlives the process, of which each surface has its own; memory without."""
        self.receivers = [
            receiver(
                surface, secret, f"{database}{'' if surface.alone else f'.{surface.name}'}" if database else ":memory:"
            )
            for surface, secret in surfaces
        ]
        self.emits = surfaces[0][0].provider.fields.emits
        if self.emits:
            import socketio  # takes a quarter of a second, for what few providers document

            self._sockets = socketio.AsyncServer(async_mode="asgi")
            self._socket_app = socketio.ASGIApp(self._sockets, socketio_path="")
            for each in self.receivers:
                each.listeners.append(self._emit)

    async def _emit(self, payload: dict[str, object]) -> None:
        await self._sockets.emit(self.emits, payload)

    def close(self) -> None:
        """Let go of the databases, once nobody serves the application any more."""
        for each in self.receivers:
            each.close()

    def observer(self, base: str) -> str:
        """What --effects says to count this site's effects."""
        if not self.emits:
            return f"{base}/effects/{{event_id}}"
        return f"{base.replace('http', 'socketio', 1)}/?event={self.emits}"

    def restart(self, base: str) -> str:
        """What --restart says to have this site forget what a process forgets."""
        return f"{shlex.quote(sys.executable)} -c 'import urllib.request as r; r.urlopen(\"{base}/restart\")'"

    def app(self) -> Starlette:
        routes = [
            *[route for each in self.receivers for route in each.routes()],
            Route("/effects/{event_id:path}", self._effects, methods=["GET"]),
            Route("/restart", self._restart, methods=["GET"]),
        ]
        if self.emits:
            routes.append(Mount("/socket.io", self._socket_app))  # type: ignore[arg-type]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        for each in self.receivers:
            each.wake.set()  # what a process before this one left undone
        workers = [asyncio.create_task(each.work()) for each in self.receivers]
        yield
        for worker in workers:
            worker.cancel()

    async def _effects(self, request: Request) -> Response:
        return JSONResponse({"count": sum(each.counted(request.path_params["event_id"]) for each in self.receivers)})

    async def _restart(self, request: Request) -> Response:
        for each in self.receivers:
            each.forget()
        return PlainTextResponse("restarted")

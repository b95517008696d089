"""Senders with one flaw each; see tests/flawed. Beyond what is said there, a flaw may say:

options     what the platform is made with, such as `attempts`: a dictionary
roles       what `--role` must say, where `sender` is not enough

It waits a tenth of a second before the first retry and gives up an attempt a quarter after the deadline, so that a
machine with much to do is not taken for a flaw.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.reference_platform import ReferencePlatform
from hookproof.reference.serving import served
from tests.flawed import provider_of

BASE_S = 0.1
LENIENCY = 1.25


@dataclass(frozen=True)
class Served:
    """What the options of the same names say of a flaw that is served."""

    target: str
    trigger: str
    register: str
    restart: str


@contextmanager
def served_flaw(flaw: type[ReferencePlatform], secret: Secret, token: Secret, deadline_s: float) -> Iterator[Served]:
    """Serve the flaw on a free loopback port while the block runs. It can be restarted, and keeps its database."""
    given = {name: value for name, value in getattr(flaw, "parameters", {}).items() if value is not None}
    surfaces = providers.load(provider_of(flaw)).surfaces(given)
    platform = surfaces[0].provider.fields.platform
    most = platform.most_attempts if platform else 0
    options: dict[str, Any] = {"base_s": BASE_S, "timeout_s": LENIENCY * deadline_s}
    options |= {"factor": 1.1} if most else {"factor": 2.0, "attempts": 6}
    options |= getattr(flaw, "options", {})
    with ExitStack() as exits:
        folder = exits.enter_context(tempfile.TemporaryDirectory())
        database = str(Path(folder) / "platform.db")
        process = _Process(lambda: flaw(surfaces, secret, token, database=database, **options))
        exits.callback(process.close)
        base = exits.enter_context(served(process.app()))
        command = f"import urllib.request as r; r.urlopen('{base}/restart')"
        collection = process.platform.collection
        yield Served(
            base,
            f"{base}/trigger",
            f"{base}{collection}" if collection else "",
            f"{shlex.quote(sys.executable)} -c {shlex.quote(command)}",
        )


class _Process:
    """A platform that GET /restart ends, as a process ends, and replaces by another with the same database."""

    def __init__(self, make: Callable[[], ReferencePlatform]) -> None:
        self.make, self.platform = make, make()

    def app(self) -> Starlette:
        routes = [Route("/restart", self.restart, methods=["GET"]), Mount("/", self.answer)]
        return Starlette(routes=routes, lifespan=self.lifespan)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.begin()
        yield
        await self.end()

    def begin(self) -> None:
        self.current = self.platform.app()
        self.work = asyncio.create_task(self.platform.run())

    async def end(self) -> None:
        self.work.cancel()
        await asyncio.wait([self.work])

    async def restart(self, request: Request) -> Response:
        await self.end()
        self.platform.close()
        self.platform = self.make()
        self.begin()
        return PlainTextResponse("restarted")

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self.current(scope, receive, send)

    def close(self) -> None:
        self.platform.close()

"""Everything that `hookproof listen` starts, from its options to its end: the port, the store, the judge, the page."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from hookproof.delivery.secret import Secret
from hookproof.providers import Surface
from hookproof.workbench.captures import CaptureWriter
from hookproof.workbench.inbound import lines, proofs
from hookproof.workbench.inbound.gate import DeliveryPort, Manners
from hookproof.workbench.inbound.hiding import Hiding
from hookproof.workbench.inbound.script import Script, parse
from hookproof.workbench.inbound.store import DISK, KEPT, DeliveryStore
from hookproof.workbench.inbound.watch import DeliveryWatch
from hookproof.workbench.opinions.judging import Judge
from hookproof.workbench.opinions.recognition import Recogniser
from hookproof.workbench.page.resending import Resender
from hookproof.workbench.page.server import PageServer, Parts

LOOPBACK = "127.0.0.1"


class PortTakenError(OSError):
    """An address that cannot be listened at. Its text is one line."""


@dataclass(frozen=True)
class Options:
    """What a listener is asked for. `given`: the user said whose deliveries come."""

    store: Path
    surfaces: Sequence[Surface] = ()
    given: bool = False
    keys: Sequence[Secret] = field(default=(), repr=False)
    secret_env: str = "HOOKPROOF_SECRET"
    host: str = LOOPBACK
    port: int = 0
    page_port: int = 0
    script: Script = field(default_factory=lambda: parse("200", forwards=False))
    challenges: str = proofs.RIGHT
    forward: str = ""
    deadline_s: float = 10.0
    capture: Path | None = None
    keep_signatures: bool = False
    kept: int = KEPT
    disk: int = DISK


@dataclass
class Listening:
    """A listener that runs. `url` is what to register with a sender, `page_url` what to open.

    `summary`: what came, in lines, once it is over.
    """

    url: str = ""
    page_url: str = ""
    summary: list[str] = field(default_factory=list)


def default_store() -> Path:
    """A new file in reports/listen, named by the time."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    found = (Path("reports/listen") / f"{stamp}{suffix}.sqlite" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in found if not path.exists())


@contextlib.contextmanager
def listening(options: Options, say: Callable[[str], None] = lambda line: None) -> Iterator[Listening]:
    """Listen while the block runs; each delivery is said in a line.

    Raises StoreError, PortTakenError, or OSError if the capture cannot be written.
    """
    with contextlib.ExitStack() as stack:
        store = DeliveryStore(options.store, kept=options.kept, disk=options.disk)
        stack.callback(store.close)
        hiding = Hiding(options.keys)
        judge = Judge(Recogniser(options.surfaces, given=options.given), options.keys)
        capture = CaptureWriter(options.capture, signatures=options.keep_signatures) if options.capture else None
        if capture:
            stack.callback(capture.close)
        prover = proofs.Prover(options.surfaces, options.keys)
        manners = Manners(options.script, options.challenges, options.forward, options.deadline_s, prover)
        found, since = Listening(), store.last
        stack.callback(lambda: found.summary.extend(_summary(store, hiding, since)))
        gate = DeliveryPort(store, manners, options.host, options.port)
        watch = DeliveryWatch(
            store,
            judge,
            hiding,
            say,
            lambda: gate.url,
            capture,
            signatures=options.keep_signatures,
            patience_s=options.deadline_s,
        )
        stack.callback(watch.close)
        stack.enter_context(_running(gate))
        resender = Resender(options.surfaces, options.keys, options.forward)
        parts = Parts(store, gate, hiding, resender, judge.sealed, options.secret_env, options.keep_signatures)
        found.url, found.page_url = gate.url, stack.enter_context(_served(PageServer(parts), options.page_port))
        yield found


def _summary(store: DeliveryStore, hiding: Hiding, since: int) -> list[str]:
    reader = store.reader()
    try:
        return list(lines.summary(reader, since, store.counts.dropped, hiding))
    finally:
        reader.close()


@contextlib.contextmanager
def _running(gate: DeliveryPort) -> Iterator[None]:
    """The port, on an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="gate", daemon=True)
    thread.start()
    try:
        try:
            asyncio.run_coroutine_threadsafe(gate.start(), loop).result()
        except OSError as error:
            raise PortTakenError(f"--port: {error.strerror or error}; choose another") from None
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(gate.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextlib.contextmanager
def _served(page: PageServer, port: int) -> Iterator[str]:
    """The page, on this machine alone; gives its URL."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTakenError(f"--page-port {port}: {error.strerror}; choose another") from None
    origin = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        page.app(lambda: origin), log_level="critical", access_log=False, http="h11", ws="none", timeout_keep_alive=30
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="page", daemon=True)
    thread.start()
    try:
        yield f"{origin}/{page.token}/"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)
        listener.close()

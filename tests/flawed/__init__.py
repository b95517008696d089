"""Receivers with one flaw each, by which every check is seen to fail. `hookproof selfcheck` judges them.

A flaw is a subclass of the correct receiver that overrides one method. Its docstring says what it does wrong, and:

bug         row of the catalogue of bugs that it stands for; empty for an idea of our own
caught_by   the check that exists because of it
also        every other check that is unmet too; `None` for a receiver so wrong that anything more is fine
perhaps     checks that are unmet or inconclusive in some runs only: they depend on what happens at the same moment
undecided   for the reader: checks that are inconclusive although they are not for the correct receiver
parameters  what `--set` must say: a dictionary
deadline_s  the `--deadline` it needs, where the tests' own is too short
protocol    uvicorn's HTTP protocol in its place, for what an ASGI application does not see
certificate served over TLS, with a certificate that nobody trusts
"""

from __future__ import annotations

import pkgutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

import trustme
import uvicorn

from hookproof.model import Secret
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.specs import Provider

# Checks that run at the same time, and so may get in the way of a receiver that can do only so much at once.
OVERLAPPING = frozenset(
    {
        "receiver.acknowledgement.acknowledges-a-slow-upload",
        "receiver.idempotency.keeps-the-id-free-when-a-forgery-uses-it",
        "receiver.idempotency.processes-a-late-retry-once",
        "receiver.idempotency.processes-a-re-serialised-retry-once",
        "receiver.idempotency.processes-a-retry-after-many-others-once",
        "receiver.idempotency.processes-a-retry-once",
        "receiver.idempotency.processes-an-event-whose-answer-was-lost-once",
        "receiver.idempotency.processes-an-event-whose-first-attempt-was-cut-off",
        "receiver.idempotency.processes-equal-content-under-other-ids",
        "receiver.idempotency.processes-simultaneous-copies-once",
        "receiver.idempotency.tells-similar-ids-apart",
        "receiver.processing.processes-a-delivery-without-its-optional-fields",
        "receiver.processing.processes-an-unknown-field",
        "receiver.processing.processes-every-documented-kind",
        "receiver.processing.processes-every-simultaneous-delivery",
        "receiver.processing.processes-texts-of-every-script",
        "receiver.signature.has-no-effect-when-refused",
    }
)


def flaws() -> list[type[ReferenceReceiver]]:
    """Every flaw: by module, then in the order of definition."""
    modules = [import_module(f"{__name__}.{found.name}") for found in sorted(pkgutil.iter_modules(__path__))]
    return [
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type) and member.__module__ == module.__name__ and "caught_by" in vars(member)
    ]


@contextmanager
def served_flaw(
    flaw: type[ReferenceReceiver], provider: Provider, parameters: dict[str, str], secret: Secret
) -> Iterator[tuple[str, str]]:
    """Serve the flaw on a free loopback port while the block runs; gives its URL and the observer's template."""
    receiver = flaw(provider, parameters, secret)
    with ExitStack() as exits:
        exits.callback(receiver.database.close)
        tls = _certificate(exits) if hasattr(flaw, "certificate") else {}
        listener = exits.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        config = uvicorn.Config(
            receiver.app(),
            http=getattr(flaw, "protocol", "h11"),
            ws="none",
            log_level="critical",
            access_log=False,
            timeout_keep_alive=2,
            **tls,
        )
        receiver.server = uvicorn.Server(config)
        exits.callback(_stop, receiver.server, thread := _started(receiver.server, listener))
        while not receiver.server.started and thread.is_alive():
            time.sleep(0.005)
        base = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        yield f"{base}/hook", f"{base}/effects/{{event_id}}"


def _started(server: uvicorn.Server, listener: socket.socket) -> threading.Thread:
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="flaw", daemon=True)
    thread.start()
    return thread


def _stop(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = server.force_exit = True
    thread.join(5)


def _certificate(exits: ExitStack) -> dict[str, str]:
    """A certificate for 127.0.0.1 from an authority that nobody knows, as uvicorn wants it."""
    path = Path(exits.enter_context(tempfile.TemporaryDirectory())) / "certificate.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    return {"ssl_certfile": str(path)}


def die(receiver: ReferenceReceiver) -> None:
    """End as a process ends whose exception nobody caught: from now on nobody listens."""
    for server in receiver.server.servers:
        server.close()
    receiver.server.should_exit = receiver.server.force_exit = True
    raise SystemError("an exception that nobody caught")

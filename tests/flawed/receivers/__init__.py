"""Receivers with one flaw each; see tests/flawed. Beyond what is said there, a flaw may say:

hooks       texts at which it fails or is slow, as --trouble and --slow say them: a dictionary
observer    another observer than the one over HTTP, with {base} where the URL belongs
protocol    uvicorn's HTTP protocol in its place, for what an ASGI application does not see
certificate served over TLS, with a certificate that is trusted, untrusted, expired or another host's
tls         changes the server's SSL context
started     begun by the run itself, as a command with a database on disk, so that it can be killed: True
plain       served without TLS as well, at the same port
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import threading
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import trustme
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.reference_site import Site


@contextmanager
def served_flaw(flaw: type[ReferenceReceiver], secret: Secret) -> Iterator[tuple[str, str, str]]:
    """Serve the flaw on a free loopback port while the block runs; gives what --target, --effects, --restart say."""
    from hookproof.selfcheck import FORMER  # brings pytest, which a flaw that is begun as a command has no use for

    surfaces = providers.load(flaw.provider).surfaces(flaw.parameters)
    site = Site([(surface, secret) for surface in surfaces], receiver=flaw)
    for receiver in site.receivers:
        receiver.former = Secret(FORMER.encode())
    with ExitStack() as exits:
        exits.callback(site.close)
        tls = _certificate(exits, flaw.certificate) if hasattr(flaw, "certificate") else {}
        listener = exits.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        config = uvicorn.Config(
            site.app() if len(surfaces) > 1 or surfaces[0].path else site.receivers[0].app(),
            http=_Either if hasattr(flaw, "plain") else getattr(flaw, "protocol", "h11"),
            ws="none",
            log_level="critical",
            access_log=False,
            timeout_keep_alive=2,
            **tls,
        )
        config.load()
        if hasattr(flaw, "tls"):
            flaw.tls(config.ssl)
        if hasattr(flaw, "plain"):
            _Either.context, config.ssl = config.ssl, None
        server = uvicorn.Server(config)
        for receiver in site.receivers:
            receiver.server = server
        exits.callback(_stop, server, thread := _started(server, listener))
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        base = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        observer = getattr(flaw, "observer", "{base}/effects/{{event_id}}").format(base=base)
        yield base if surfaces[0].path else f"{base}/hook", observer, site.restart(base)


def _started(server: uvicorn.Server, listener: socket.socket) -> threading.Thread:
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="flaw", daemon=True)
    thread.start()
    return thread


def _stop(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = server.force_exit = True
    thread.join(5)


def _certificate(exits: ExitStack, kind: str) -> dict[str, str]:
    """A certificate, as uvicorn wants it. Unless it is `untrusted`, its authority is trusted while `exits` are open."""
    folder = Path(exits.enter_context(tempfile.TemporaryDirectory()))
    authority = trustme.CA()
    if kind != "untrusted":
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        exits.enter_context(mock.patch.dict(os.environ, SSL_CERT_FILE=str(folder / "authority.pem")))
    year = timedelta(days=365)
    valid = {"not_before": datetime.now(UTC) - 2 * year, "not_after": datetime.now(UTC) - year}
    host = "localhost.example" if kind == "another host's" else "127.0.0.1"
    issued = authority.issue_cert(host, **(valid if kind == "expired" else {}))
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "certificate.pem"))
    return {"ssl_certfile": str(folder / "certificate.pem")}


class _Either(H11Protocol):
    """HTTP with TLS or without, by what the first byte says."""

    context = None

    def data_received(self, data):
        if self.transport.get_extra_info("sslcontext") or data[:1] != b"\x16":
            super().data_received(data)
            return
        raw, loop = self.transport, asyncio.get_running_loop()
        secure = SSLProtocol(loop, self, self.context, None, server_side=True)
        raw.set_protocol(secure)
        secure.connection_made(raw)
        secure.get_buffer(len(data))[: len(data)] = data
        secure.buffer_updated(len(data))


def die(receiver: ReferenceReceiver) -> None:
    """End as a process ends whose exception nobody caught: from now on nobody listens."""
    for server in receiver.server.servers:
        server.close()
    receiver.server.should_exit = receiver.server.force_exit = True
    raise SystemError("an exception that nobody caught")

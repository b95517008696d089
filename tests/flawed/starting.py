"""A flawed receiver as a command with a database on disk, which `--start` begins, kills and begins anew.

`python -m tests.flawed.starting MODULE NAME PORT DATABASE`; the secret comes from $HOOKPROOF_SECRET.
"""

import os
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served


@contextmanager
def startable(flaw) -> Iterator[list[str]]:
    """What --target, --effects and --start say of a flaw that is begun by the run; its database lasts as the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory() as scratch:
        database = str(Path(scratch) / "receiver.db")
        command = [sys.executable, "-m", "tests.flawed.starting", flaw.__module__, flaw.__name__, str(port), database]
        url = f"http://127.0.0.1:{port}"
        yield [
            *("--target", f"{url}/hook", "--effects", f"{url}/effects/{{event_id}}"),
            *("--start", f"exec {shlex.join(command)}"),
        ]


def main(module: str, name: str, port: int, database: str) -> None:
    """Serve the flaw of that name until somebody ends the process."""
    flaw = getattr(import_module(module), name)  # and no other: it is begun often
    (surface,) = providers.load(flaw.provider).surfaces(flaw.parameters)
    site = Site([(surface, Secret(os.environb[b"HOOKPROOF_SECRET"]))], database, flaw)
    with served(site.receivers[0].app(), port=port) as address:
        print(f"listening on {address}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])

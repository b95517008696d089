"""A flawed receiver as a command with a database on disk, which `--start` begins, kills and begins anew.

`python -m tests.flawed.starting NAME PORT DATABASE`; the secret comes from $HOOKPROOF_SECRET.
"""

import os
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
        command = [sys.executable, "-m", "tests.flawed.starting", flaw.__name__, str(port), database]
        url = f"http://127.0.0.1:{port}"
        yield [
            *("--target", f"{url}/hook", "--effects", f"{url}/effects/{{event_id}}"),
            *("--start", f"exec {shlex.join(command)}"),
        ]


def main(name: str, port: int, database: str) -> None:
    """Serve the flaw of that name until somebody ends the process."""
    from tests.flawed import flaws

    flaw = next(each for each in flaws("receiver") if each.__name__ == name)
    (surface,) = providers.load(flaw.provider).surfaces(flaw.parameters)
    site = Site([(surface, Secret(os.environb[b"HOOKPROOF_SECRET"]))], database, flaw)
    with served(site.receivers[0].app(), port=port) as address:
        print(f"listening on {address}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

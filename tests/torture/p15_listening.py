"""P15: what listens while hookproof runs, in every mode: nothing beyond this machine unless it was asked for."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.figures import Figure, Scale
from tests.torture.running import ROOT

NAME = "P15"
TITLE = "Listens on loopback only, unless told otherwise"
_LISTENING = "0A"
_LOOPBACK = re.compile(r"^(0100007F|.*0100007F$|00000000000000000000000001000000)")

DEMO = [
    "-m",
    "pytest",
    "--target",
    "demo",
    "--provider",
    "waping",
    "--report",
    "run",
    "--patience",
    "2",
    "--examples",
    "1",
]
MODES = {
    "receiver": [*DEMO, "--provider", "waping", "--role", "receiver", "-k", "test_signature or test_media"],
    "sender": [*DEMO, "--provider", "waping", "--role", "sender", "-k", "test_delivery or test_payload"],
    "api": [*DEMO, "--provider", "chatapi", "--role", "api", "-k", "test_authentication"],
    "serve": ["-m", "hookproof.cli", "serve", "--port", "0"],
    "serve, a sender": ["-m", "hookproof.cli", "serve", "--role", "sender", "--port", "0"],
}
ASKED = {"sender, asked to": [*MODES["sender"], "--listen", "0.0.0.0:0"]}


def measure(scale: Scale) -> Figure:
    figure = Figure(
        text="modes: every port that was listening was on loopback; asked for another address, it listens there"
    )
    modes = {name: MODES[name] for name in ("sender", "serve")} if scale.quick else MODES | ASKED
    for name, arguments in modes.items():
        with tempfile.TemporaryDirectory() as scratch:
            seen = _seen(Path(scratch), arguments)
        outside = sorted(address for address in seen if not _LOOPBACK.match(address))
        asked = name in ASKED
        figure.note(bool(seen) and bool(outside) == asked, f"{name}: listened on {sorted(seen)}")
    return figure


def _seen(folder: Path, arguments: list[str]) -> set[str]:
    """Every address the process listened on, in hex as /proc has them."""
    more = {"HOOKPROOF_SECRET": "a key for our own tests", "HOOKPROOF_TOKEN": "a token for our own tests"}
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **more},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen: set[str] = set()
    end = time.monotonic() + (6 if "serve" in arguments else 40)
    while process.poll() is None and time.monotonic() < end:
        seen |= _listening(process.pid)
        time.sleep(0.05)
    process.kill()
    process.wait()
    return seen


def _listening(pid: int) -> set[str]:
    mine = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                mine.add(os.readlink(entry))
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENING and f"socket:[{words[9]}]" in mine:
                    found.add(words[1].partition(":")[0])
    return found

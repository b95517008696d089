"""P11: a target that redirects to another origin. Nothing of ours ever arrives there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.scripted import Scripted, answers, read_request
from tests.torture import running
from tests.torture.figures import Figure, Scale

NAME = "P11"
TITLE = "No credential leaves the origin"
TOKEN = {"HOOKPROOF_TOKEN": "a token for our own tests"}
CODES = (301, 302, 303, 307, 308)


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure = Figure(text="redirects to another origin: not one request there, in runs as receiver, sender and api")
    runs = [
        (f"{code} as {role}", code, role) for code in scale.of(CODES, (307,)) for role in ("receiver", "sender", "api")
    ]
    for name, code, role in runs:
        with tempfile.TemporaryDirectory() as scratch:
            there, here = _run(Path(scratch), code, role)
        figure.note(here and not there, f"{name}: {there} requests elsewhere, {here} where they belong")
    return figure


def _run(folder: Path, code: int, role: str) -> tuple[int, int]:
    """How many requests came to the other origin, and how many to the target that sends everybody there."""
    with Scripted(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as other:

        def redirects(server: Scripted, connection: Any) -> None:
            read_request(server, connection)
            to = other.url.encode()
            connection.sendall(b"HTTP/1.1 %d Go\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (code, to))

        with Scripted(redirects) as server:
            more = {"receiver": ["--effects", f"{server.url}/{{event_id}}", "-k", "acknowledgement or signature"]}
            more |= {"sender": ["--trigger", f"{server.url}/trigger"], "api": []}
            arguments = ["--target", server.url, "--provider", "whatsable", "--role", role, "--report", "run"]
            arguments += ["--patience", "1", "--deadline", "1", "--examples", "1", "-q", "-p", "no:cacheprovider"]
            run = running.start([*arguments, *more[role]], folder, more=TOKEN)
            run.wait(120)
            return len(other.received), len(server.received)

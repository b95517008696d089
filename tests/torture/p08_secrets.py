"""P8: targets that send back whatever they were sent, in every wrapping. No file, line or argument holds a secret."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hmac
import html
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.reference_platform import ReferencePlatform
from hookproof.reference.serving import served
from tests.scripted import Scripted, read_request
from tests.torture import leaks
from tests.torture.figures import Figure, Scale

NAME = "P8"
TITLE = "No secret in any file, cache, line or process list"

SECRET = b'cnry"S/7f3&b9+Kq%2Fz=wXvutsrqp'
TOKEN = b"cnryTOKEN-5d1c/0a9+b8&e7=f6g5h4"
PASSWORD = b"cnryPW-91ab77cd&e2/x+y"
CANARIES = {"secret": SECRET, "token": TOKEN, "password": PASSWORD}
ROOT = Path(__file__).parents[2]


def measure(scale: Scale) -> Figure:
    figure = Figure(text="artefacts free of every canary, in any wrapping")
    runs = _runs(scale)
    for name, run in runs.items():
        with tempfile.TemporaryDirectory() as scratch:
            signatures: set[bytes] = set()
            arguments = run(Path(scratch), signatures)
            hits = _hits(Path(scratch), arguments, signatures)
        figure.more[name] = {"files": hits.pop("files"), "signatures": len(signatures)}
        for artefact, what in hits.items():
            figure.note(not what, f"{name}: {artefact}: {', '.join(what)}")
    return figure


def _hits(folder: Path, arguments: set[bytes], signatures: set[bytes]) -> dict[str, Any]:
    """What was found where. A signature is looked for too, plain and in one wrapping."""
    found: dict[str, Any] = {"process list": sorted(leaks.found(b"\n".join(arguments), CANARIES))}
    for given in ("hookproof.toml", "locust.conf"):
        (folder / given).unlink(missing_ok=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        raw = path.read_bytes() + str(path.relative_to(folder)).encode()
        what = sorted(leaks.found(raw, CANARIES))
        if signatures & set(re.findall(rb"[0-9a-f]{64}", raw + b"\n".join(leaks._decoded(raw)))):
            what.append("a signature")
        found[str(path.relative_to(folder))] = what
    return {**found, "files": len(files)}


def _runs(scale: Scale) -> dict[str, Callable[[Path, set[bytes]], set[bytes]]]:
    """One run for each role, and more of them when there is time."""
    few = {"receiver": lambda *given: _receiver(*given, provider="whatsable", checks="signature or a_retry_once")}
    if scale.quick:
        return few
    return {
        "receiver, a secret it has no use for": lambda *given: _receiver(
            *given, provider="chatapi", checks="acknowledgement or robustness"
        ),
        "receiver, all checks": lambda *given: _receiver(*given, provider="whatsable", checks=""),
        "receiver, its token in a header": lambda *given: _receiver(
            *given, provider="pingback", checks="signature or challenge or acknowledgement", surfaces="telegram,x"
        ),
        "wrong use": _wrong_use,
        "sender and api": _platform,
        "load, two processes": lambda *given: _load(*given, "--processes", "2"),
        "load, with Locust's web page": _load_with_page,
    }


# -- targets that echo --------------------------------------------------------------------------------------------


def wrappings(raw: bytes) -> list[bytes]:
    """The same bytes in every way in which a target may send them back."""
    text = raw.decode("latin-1")
    return [
        raw,
        base64.b64encode(raw),
        base64.urlsafe_b64encode(b"x" + raw),
        base64.b64encode(base64.b64encode(b"yy" + raw)),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        urllib.parse.quote(text, safe="", encoding="latin-1").encode(),
        urllib.parse.quote_plus(text, encoding="latin-1").lower().encode(),
        json.dumps(text).encode(),
        "".join(f"\\u{ord(character):04x}" for character in text).encode(),
        html.escape(text).encode("latin-1", "replace"),
        gzip.compress(raw),
        base64.b64encode(gzip.compress(raw)),
        b"\xff\xfe" + raw,
        repr(raw).encode(),
    ]


class Echo:
    """Answers 200 for the most part, and sends back what it was sent and what it knows, wrapped ever differently."""

    def __init__(self, signatures: set[bytes]) -> None:
        self._turns, self._signatures = itertools.count(), signatures

    def __call__(self, server: Scripted, connection: Any) -> None:
        head = read_request(server, connection)
        request = server.received.pop()
        self._note(head, request.partition(b"\r\n\r\n")[2])
        turn = next(self._turns)
        said = SECRET + b"\n" + request[:1500] + b"\n" + PASSWORD
        forms = wrappings(said)
        body = b"p" * (turn % 97) + forms[turn % len(forms)]
        body = body if turn % 5 else b"q" * (4096 - turn % 30) + SECRET
        word = re.sub(rb"[^\x21-\x7e]", b".", wrappings(SECRET)[turn % 10])
        status = b"401 Unauthorized" if turn > 9 and turn % 3 == 2 else b"200 " + word
        if head.startswith(b"GET /effects"):
            status, body = b"200 OK", b'{"count": %d}' % (b"never-sent" not in head)
        connection.sendall(
            b"HTTP/1.1 %b\r\nX-Echo: %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            % (status, word, len(body), body)
        )

    def _note(self, head: bytes, body: bytes) -> None:
        """Remember the signature, if it is a genuine one: whoever sees it can send the delivery again."""
        right = hmac.new(SECRET, body, "sha256").hexdigest().encode()
        if right in head:
            self._signatures.add(right)


# -- runs ---------------------------------------------------------------------------------------------------------


def _receiver(folder: Path, signatures: set[bytes], provider: str, checks: str, surfaces: str = "") -> set[bytes]:
    with Scripted(Echo(signatures)) as server:
        base = server.url.removesuffix("/hook")
        (folder / "hookproof.toml").write_text(f"effects = '{_observer(base)}'\n")
        target = base if surfaces else server.url
        more = ["--set", f"surfaces={surfaces}", "--set", "signatures=platform"] if surfaces else []
        more += ["-k", checks] if checks else []
        return run(folder, "--target", target, "--provider", provider, "--restart", "true", *more)


def _observer(base: str) -> str:
    """Where the effects are counted; the URL has the password in it."""
    password = urllib.parse.quote(PASSWORD.decode(), safe="")
    return base.replace("//", f"//someone:{password}@") + "/effects/{event_id}"


def _load(folder: Path, signatures: set[bytes], *more: str) -> set[bytes]:
    """A load, with all the files that Locust can write."""
    with Scripted(Echo(signatures)) as server:
        base = server.url.removesuffix("/hook")
        (folder / "locust.conf").write_text(f"effects = {_observer(base)}\n")
        which = ["--host", server.url, "--provider", "whatsable", "--scenario", "duplicates", "--rate", "40"]
        files = ["--report", "run", "--html", "locust.html", "--csv", "locust", "--csv-full-history"]
        files += ["--logfile", "locust.log", "--loglevel", "DEBUG"]
        times = ["--duration", "4", "--deadline", "1"]
        seen = watched(folder, "locust", "-f", str(ROOT / "loadtests"), *which, *files, *times, *more)
        assert len(signatures) > 50, (folder / "said.txt").read_text()
        return seen


def _load_with_page(folder: Path, signatures: set[bytes]) -> set[bytes]:
    """A load with Locust's web page, and whatever that page has asked for meanwhile and kept."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    over = threading.Event()
    asking = threading.Thread(target=_ask_page, args=(folder, f"http://127.0.0.1:{port}", over))
    asking.start()
    try:
        page = ["--headful", "--autostart", "--autoquit", "2", "--web-port", str(port)]
        return _load(folder, signatures, *page)
    finally:
        over.set()
        asking.join()


PAGES = ("/", "/stats/requests", "/stats/failures/csv", "/exceptions", "/tasks", "/logs", "/stats/report")


def _ask_page(folder: Path, base: str, over: threading.Event) -> None:
    """Keep what each page says, the newest of it, until the run is over."""
    while not over.wait(0.3):
        for page in PAGES:
            with contextlib.suppress(OSError):
                answer = urllib.request.urlopen(base + page, timeout=5).read()
                (folder / f"page{page.replace('/', '-')}.txt").write_bytes(answer)


def _wrong_use(folder: Path, signatures: set[bytes]) -> set[bytes]:
    """What is said of URLs that are no good, with the password in them; they come from the file."""
    bad = [
        f"target = 'http://me:{PASSWORD.decode()}@h:99999/'",
        f"target = 'http://me:{PASSWORD.decode()}@h/'",
        f"target = 'http://127.0.0.1:9/'\neffects = 'postgresql://me:{PASSWORD.decode()}@h/d'",
        f"target = 'http://127.0.0.1:9/'\neffects = 'sql+sqlite:///x?password={PASSWORD.decode()}#SELECT :event_id'",
        f"target = 'http://127.0.0.1:9/'\neffects = 'http://me:{PASSWORD.decode()}@h:x/{{event_id}}'",
        f"target = 'http://127.0.0.1:9/'\nsecret = '{SECRET.decode()}'",
    ]
    for number, text in enumerate(bad):
        (folder / "hookproof.toml").write_text(text)
        run(folder, "--provider", "whatsable", report=f"run{number}")
    return set()


def _platform(folder: Path, signatures: set[bytes]) -> set[bytes]:
    with _echoing_platform() as base:
        where = ["--target", base, "--trigger", f"{base}/trigger", "--provider", "whatsable"]
        times = ["--patience", "3", "--deadline", "2"]
        return run(folder, "--role", "sender", "--role", "api", *where, *times)


@contextlib.contextmanager
def _echoing_platform() -> Iterator[str]:
    """The reference platform, whose answers carry in a header everything they must not."""
    surfaces = providers.load("whatsable").surfaces({})
    platform = ReferencePlatform(surfaces, Secret(SECRET), Secret(TOKEN), base_s=0.1, factor=2.0, attempts=5)
    app, turns = platform.app(), itertools.count()

    async def echoing(scope: Any, receive: Any, send: Any) -> None:
        async def send_more(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = next(turns)
                word = re.sub(rb"[^\x21-\x7e]", b".", wrappings(SECRET + b" " + TOKEN)[said % 13])
                message["headers"] = [*message["headers"], (b"x-echo", word)]
            await send(message)

        await app(scope, receive, send_more if scope["type"] == "http" else send)

    with served(echoing) as base:
        try:
            yield base
        finally:
            platform.close()


def run(folder: Path, *arguments: str, report: str = "run") -> set[bytes]:
    """A run of pytest with all caches on; returns every command line that it and its children had meanwhile."""
    usual = ["--report", report, "--examples", "2", "--junitxml", f"{report}-pytest.xml", "-rA", "-vv"]
    return watched(folder, "pytest", "--patience", "2", *usual, *arguments, said=f"{report}-said.txt")


def watched(folder: Path, module: str, *arguments: str, said: str = "said.txt") -> set[bytes]:
    """Run a module that is given the secrets; returns every command line that it and its children had meanwhile."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOOKPROOF", "PYTEST", "COV"))}
    kept |= {"HOOKPROOF_SECRET": SECRET.decode(), "HOOKPROOF_TOKEN": TOKEN.decode(), "COLUMNS": "80"}
    with (folder / said).open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder, env={**kept, "PYTHONPATH": str(ROOT / "src")}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        seen: set[bytes] = set()
        end = time.monotonic() + 300
        while process.poll() is None and time.monotonic() < end:
            seen |= _command_lines(process.pid)
            time.sleep(0.02)
        process.kill()
        process.wait()
    return seen


def _command_lines(pid: int) -> set[bytes]:
    found = set()
    with contextlib.suppress(OSError):
        found.add(Path(f"/proc/{pid}/cmdline").read_bytes())
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found |= _command_lines(int(child))
    return found

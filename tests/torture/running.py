"""Whole runs against a correct receiver, each in a process forked from one that has imported everything."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.providers import events
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.serving import served

ROOT = Path(__file__).parents[2]
KEY = "the torturers' own signing key"
SOME = "rejects_another_secret or a_retry_once or loses_no or survives_null or acknowledges_a_chunk"
"""Checks of every phase, enough for each part of a run to be used, few enough for it to take a second or two."""


@dataclass
class Place:
    """Where the correct receiver is."""

    url: str
    effects: str

    def arguments(self, *more: str) -> list[str]:
        return [
            *("--target", self.url, "--effects", self.effects, "--provider", "whatsable"),
            *("--report", "run", "--examples", "1", "--patience", "2", "-p", "no:cacheprovider"),
            *more,
        ]


@contextlib.contextmanager
def correct_receiver() -> Iterator[Place]:
    """The reference, in a process of its own: the runs that are tortured share nothing with it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _serve(writer)
        os._exit(0)
    os.close(writer)
    try:
        base = os.read(reader, 200).decode()
        yield Place(f"{base}/hook", f"{base}/effects/{{event_id}}")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)


def _serve(writer: int) -> None:
    receiver = ReferenceReceiver(providers.load("whatsable").surfaces({})[0], Secret(KEY.encode()))
    with served(receiver.app()) as base:
        os.write(writer, base.encode())
        while os.getppid() != 1:
            time.sleep(0.5)


@dataclass
class Running:
    """A run under way in a process of its own, in a folder of its own."""

    pid: int
    folder: Path
    began: float
    status: int | None = None
    took_s: float = 0.0

    @property
    def journal(self) -> Path:
        return self.folder / "run" / "run.jsonl"

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text("utf-8", "replace")

    def checks(self) -> int:
        """How many checks the journal has so far."""
        with contextlib.suppress(OSError):
            return self.journal.read_bytes().count(b'{"type": "check"')
        return 0

    def verdicts(self) -> dict[str, int]:
        """How often each verdict stands in results.json."""
        found: dict[str, int] = {}
        for check in json.loads((self.folder / "run" / "results.json").read_text())["checks"]:
            found[check["verdict"]] = found.get(check["verdict"], 0) + 1
        return found

    def poll(self) -> bool:
        """Whether it has ended; notes how."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._ended(status)
        return self.status is not None

    def wait(self, within_s: float = 60.0) -> int | None:
        """Its exit code, minus the signal that ended it, or None: it hung, and was killed."""
        end = time.monotonic() + within_s
        while not self.poll():
            if time.monotonic() > end:
                self.send(signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return None
            time.sleep(0.005)
        return self.status

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def _ended(self, status: int) -> None:
        self.status, self.took_s = os.waitstatus_to_exitcode(status), time.monotonic() - self.began


def warm_up() -> None:
    """Do once, before forking, what every run would do again."""
    import hookproof.plugin.hooks  # noqa: F401
    from hookproof.plugin.generated import deliveries  # noqa: F401

    for plugin in metadata.entry_points(group="pytest11"):
        plugin.load()
    events.warm_up()
    providers.load("whatsable")
    gc.collect()
    gc.freeze()


def start(
    arguments: list[str],
    folder: Path,
    prepare: Callable[[], None] | None = None,
    key: str = KEY,
    more: dict[str, str] | None = None,
) -> Running:
    """Begin `pytest ARGUMENTS` in `folder`; `prepare` is called in the new process before anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            _become(folder, key, more or {})
            if prepare:
                prepare()
            code = int(pytest.main(arguments))
        except BaseException as error:
            print(f"escaped: {type(error).__name__}: {error}")
        finally:
            _leave(code)
    return Running(child, folder, time.monotonic())


def _leave(code: int) -> None:
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
    os._exit(code)


def _become(folder: Path, key: str, more: dict[str, str]) -> None:
    """Be like a process of its own: folder, streams, environment, signals."""
    os.chdir(folder)
    out = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(out, stream)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115 (the process ends with it)
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    for name in [name for name in os.environ if name.startswith(("HOOKPROOF", "PYTEST", "COV"))]:
        del os.environ[name]
    os.environ |= {"HOOKPROOF_SECRET": key, "COLUMNS": "80", **more}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

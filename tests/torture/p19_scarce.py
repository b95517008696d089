"""P19: a machine that is short of descriptors, disk or memory. It works, or one line says why; no verdict is wrong."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.running import SOME, Running

NAME = "P19"
TITLE = "A machine short of descriptors, disk or memory is never the target's fault"
MB = 1024 * 1024


def limited(kind: int, much: int) -> Callable[[], None]:
    """Allow so much of it from now on."""
    return lambda: resource.setrlimit(kind, (much, much))


def _small_files(size: int) -> Callable[[], None]:
    """Files stop growing at a size, as on a disk that is full."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


def _nobody_reads() -> None:
    """Standard output is a pipe that nobody reads from, as after `| head`."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)


SCARCE: dict[str, Callable[[], None]] = {
    **{f"{count} descriptors": limited(resource.RLIMIT_NOFILE, count) for count in (64, 20, 24, 32, 48, 128)},
    **{f"files up to {size // 1024} kB": _small_files(size) for size in (64 * 1024, 1024, 16 * 1024, 256 * 1024, MB)},
    "an output nobody reads": _nobody_reads,
    "an output that is full": lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 1),
}


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure = Figure(text="shortages: right verdicts, or one line and no verdict")
    checks = SOME + " or simultaneous or stalls"
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        names = [name for name in SCARCE if not scale.quick or name in ("64 descriptors", "files up to 64 kB")]
        for number, name in enumerate(names):
            run = running.start(place.arguments("-q", "-k", checks), Path(scratch) / str(number), SCARCE[name])
            run.wait(90)
            trouble = _trouble(run)
            figure.note(not trouble, f"{name}: {trouble}")
            figure.more[name] = f"exit {run.status}"
            size = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
            figure.more["largest folder, MB"] = max(figure.more.get("largest folder, MB", 0), round(size / MB, 1))
    return figure


def _trouble(run: Running) -> str:
    """What is wrong with how a run on such a machine ended; empty if nothing."""
    said = run.said
    if run.status is None:
        return "it hung"
    if "Traceback" in said or "INTERNALERROR" in said or "escaped" in said:
        return "a traceback: " + " ".join(said.split())[-300:]
    results = run.folder / "run" / "results.json"
    verdicts = {}
    if results.is_file():
        try:
            verdicts = run.verdicts()
        except ValueError:
            return "results.json is half of one"
    if {"fail", "warn"} & set(verdicts):
        return f"blames the target: {verdicts}"
    if run.status == 0 and "error" in verdicts:
        return f"green with {verdicts}"
    if not said:  # nobody could have heard it: then there is a report
        return "" if results.is_file() else f"says nothing, exit {run.status}"
    return ""

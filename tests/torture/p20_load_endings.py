"""P20: a load run is killed or signalled at any instant, alone, as master, and its workers. What was measured stays."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookproof.report import FORMATS
from tests.load.conftest import loose, served
from tests.torture.figures import Figure, Scale

NAME = "P20"
TITLE = "A load run that is killed or signalled, alone, as master or a worker: what was measured stays; never green"
ROOT = Path(__file__).parents[2]
LASTS_S = 9
UNTIL_S = 8
"""An ending comes at most so long after the journal's first line; the run would go on for some seconds more."""
WITHIN_S = 2.0
BUSY_S = 6.0
"""How soon a run that is signalled has left its report; the same beside everything else that is measured when quick."""
AT_ONCE = 3
NUMBERS = itertools.count(17_000)
SETTLED_S = 8.0
"""The journal may be so far behind: contents are made first, and a second is written down once it has mostly ended."""


@dataclass(frozen=True)
class Ending:
    """Who gets which signal. `workers`: how many the run has; 0: it is alone."""

    workers: int
    victim: str
    signal: signal.Signals

    def __str__(self) -> str:
        return f"{self.victim} of {self.workers} workers, {self.signal.name}" if self.workers else self.signal.name


ENDINGS = (
    *(Ending(0, "run", number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)),
    *(Ending(2, "master", number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)),
    Ending(2, "one", signal.SIGKILL),
)


def measure(scale: Scale) -> Figure:
    figure, dice, slowest_s = Figure(), random.Random(scale.seed), 0.0
    end = time.monotonic() + scale.limit_s
    chosen = [(ENDINGS[number * 4 % len(ENDINGS)], dice.uniform(0, UNTIL_S)) for number in range(scale.of(90, 2))]
    with tempfile.TemporaryDirectory() as scratch, served(loose) as place, ThreadPoolExecutor(AT_ONCE) as pool:

        def ended(number: int) -> Run | None:
            ending, after_s = chosen[number]
            if time.monotonic() > end:
                return None
            run = Run(Path(scratch) / str(number), f"http://127.0.0.1:{place[1]}", ending)
            run.ends_after(after_s)
            return run

        for number, run in enumerate(pool.map(ended, range(len(chosen)))):
            if run is None:
                break
            trouble = run.trouble(BUSY_S if scale.quick else WITHIN_S)
            figure.note(not trouble, f"run {number}, {run.ending}: {trouble}")
            if run.ending.signal != signal.SIGKILL:
                slowest_s = max(slowest_s, run.took_s)
    figure.text = "endings of load runs: a report of what had been measured, by `hookproof report` after kill -9, "
    figure.text += f"by itself after a signal ({slowest_s:.2f} s at most); a lost worker is named; none exits 0"
    figure.more = {"slowest_s": round(slowest_s, 2)}
    return figure


class Run:
    """One run of `locust -f loadtests`, and how it ended."""

    def __init__(self, folder: Path, url: str, ending: Ending) -> None:
        folder.mkdir(parents=True)
        self.folder, self.ending, self.report = folder, ending, folder / "run"
        self.code: int | None = None
        self.took_s = self.lived_s = 0.0
        self.known = 0
        self.left: list[int] = []
        shared = ["--processes", str(ending.workers), *ports()] if ending.workers else []
        with (folder / "said.txt").open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests"), "--host", url, "--report", "run",
                 "--provider", "chatapi", "--scenario", "steady", "--rate", "50", "--duration", str(LASTS_S),
                 "--max-lag", "9", *shared],
                cwd=folder, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"},
            )  # fmt: skip

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text("utf-8", "replace")

    def ends_after(self, seconds: float) -> None:
        """Let it send for so long, end who is to be ended, and wait for it, and for all of its processes."""
        self._until(lambda: "load_begin" in self._journal() or self.process.poll() is not None, 60)
        began = time.monotonic()
        time.sleep(seconds)
        workers = children(self.process.pid)
        victim = self.process.pid if self.ending.victim != "one" else workers[0]
        sent, self.known = time.monotonic(), self._journal().count('"load_second"')
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, self.ending.signal)
        self.lived_s = sent - began
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.code = self.process.wait(30)
        self.took_s = time.monotonic() - sent
        self._until(lambda: not any(map(alive, workers)), 5)
        self.left = [pid for pid in [*workers, self.process.pid] if alive(pid)]
        for pid in self.left:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def trouble(self, within_s: float) -> str:
        """What of the promise it breaks; empty if nothing."""
        if self.code is None or self.left:
            return f"still there: {self.left}"
        if "Traceback" in self.said:
            return f"a traceback: {self.said[-300:]}"
        if self.ending.signal == signal.SIGKILL and self.ending.victim != "one":
            return self._report_by_hand() or self._lacks(complete=False)
        if self.ending.victim == "one":
            named = re.search("worker .* was lost", self.said)
            return self._lacks(complete=True) if self.code == 10 and named else f"exit {self.code}: {self.said[-300:]}"
        if self.code != 2:
            return f"exit {self.code}: {self.said[-300:]}"
        return f"took {self.took_s:.1f} s" if self.took_s > within_s else self._lacks(complete=False)

    def _report_by_hand(self) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hookproof.cli", "report", "run"], cwd=self.folder, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False,
        )  # fmt: skip
        return f"`hookproof report` exits {done.returncode}: {done.stderr[-200:]}" if done.returncode else ""

    def _lacks(self, *, complete: bool) -> str:
        """What is missing from the report, or wrong in it."""
        if missing := {"results.json", *FORMATS} - {path.name for path in self.report.iterdir()}:
            return f"no {sorted(missing)}"
        results: dict[str, Any] = json.loads((self.report / "results.json").read_text())
        scenarios = results["load"]["scenarios"]
        seconds = len(scenarios[0]["seconds"]["due"]) if scenarios else 0
        if results["complete"] != complete or results["load"]["verdict"] != "undecided":
            return f"complete: {results['complete']}, {results['load']['verdict']}"
        enough = seconds >= max(self.known, self.lived_s - SETTLED_S)
        return "" if enough else f"{seconds} s, {self.known} known, of {self.lived_s:.1f} s"

    def _journal(self) -> str:
        with contextlib.suppress(OSError):
            return (self.report / "run.jsonl").read_text()
        return ""

    @staticmethod
    def _until(holds: Any, within_s: float) -> None:
        end = time.monotonic() + within_s
        while not holds() and time.monotonic() < end:
            time.sleep(0.05)


def ports() -> list[str]:
    """A port for the master that nobody listens at, below those that the system gives away."""
    while True:
        port = next(NUMBERS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return ["--master-bind-port", str(port), "--master-port", str(port)]


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def alive(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    with contextlib.suppress(OSError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:4]
    return False

"""P6: kill -9 at any instant of a run. A report of every finished check can still be made."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.running import SOME, Place, Running

NAME = "P6"
TITLE = "A report of every finished check after kill -9"


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure = Figure(text="runs killed at random instants: `hookproof report` has every check that had ended")
    dice, finished = random.Random(scale.seed), []
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        longest_s = _undisturbed_s(place, Path(scratch) / "undisturbed")
        end = time.monotonic() + scale.limit_s
        for number in range(scale.of(100, 3)):
            if time.monotonic() > end:
                break
            run = _killed(place, Path(scratch) / str(number), dice.uniform(0, longest_s))
            trouble, checks = _trouble(run)
            finished.append(checks)
            figure.note(not trouble, f"run {number}, {checks} checks: {trouble}")
    figure.more = {"checks_finished": sorted(finished)}
    return figure


def begun(run: Running) -> None:
    """Wait until the run's first line is there: before it there is nothing to report on."""
    end = time.monotonic() + 30
    while time.monotonic() < end and not run.poll():
        if run.journal.is_file() and b"\n" in run.journal.read_bytes():
            return
        time.sleep(0.002)


def _undisturbed_s(place: Place, folder: Path) -> float:
    """How long a run takes after its first line."""
    run = running.start(place.arguments("-v", "-k", SOME), folder)
    begun(run)
    began = time.monotonic()
    assert run.wait() == 0, run.said
    return time.monotonic() - began


def _killed(place: Place, folder: Path, after_s: float) -> Running:
    run = running.start(place.arguments("-v", "-k", SOME), folder)
    begun(run)
    time.sleep(after_s)
    run.send(signal.SIGKILL)
    run.wait()
    return run


def _trouble(run: Running) -> tuple[str, int]:
    """What is missing from the report, and how many checks the terminal said had ended."""
    shown = len(re.findall(r"^\S+::.*(?:PASS|FAIL|INCONCLUSIVE)", run.said, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-m", "hookproof.cli", "report", "run"], cwd=run.folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        return f"`hookproof report` exits {done.returncode}: {done.stderr[-200:]}", shown
    results = json.loads((run.folder / "run" / "results.json").read_text())
    ended = [check for check in results["checks"] if check["reason"] != "not_run"]
    if len(ended) < shown:
        return f"the report has {len(ended)} of {shown} checks", shown
    if results["complete"] and b'{"type": "end"' not in run.journal.read_bytes():
        return "says complete, but was killed", shown
    return "", shown

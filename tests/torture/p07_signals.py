"""P7: SIGINT, SIGTERM and SIGHUP at any instant of a run: a whole report within two seconds, exit 2."""

from __future__ import annotations

import json
import random
import signal
import tempfile
import time
from pathlib import Path

from hookproof.report import FORMATS
from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.p06_killed import begun
from tests.torture.running import SOME, Place, Running

NAME = "P7"
TITLE = "A whole report within 2 s of SIGINT, SIGTERM or SIGHUP, and exit 2"
WITHIN_S = 2.0
BUSY_S = 5.0
"""The same beside everything else that is measured at a time when quick."""


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure, slowest_s, late = Figure(), 0.0, 0
    dice = random.Random(scale.seed)
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        end = time.monotonic() + scale.limit_s
        for number in range(scale.of(100, 3)):
            if time.monotonic() > end:
                break
            which = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3]
            run, took_s = _stopped(place, Path(scratch) / str(number), which, dice.uniform(0, 1.6))
            if run.status == 0 and took_s < 0:
                late += 1  # it was over before
                continue
            slowest_s = max(slowest_s, took_s)
            trouble = _trouble(run, took_s, BUSY_S if scale.quick else WITHIN_S)
            figure.note(not trouble, f"run {number}, {which.name}: {trouble}")
    figure.text = f"signals: exit 2 and a whole report, after {slowest_s:.2f} s at most"
    figure.more = {"slowest_s": round(slowest_s, 2), "ended_before_the_signal": late}
    return figure


def _stopped(place: Place, folder: Path, which: signal.Signals, after_s: float) -> tuple[Running, float]:
    """The run, and how long it took from the signal to its end; less than 0 if it had ended."""
    run = running.start(place.arguments("-q", "-k", SOME), folder)
    begun(run)
    time.sleep(after_s)
    if run.poll():
        return run, -1.0
    sent = time.monotonic()
    run.send(which)
    run.wait(20)
    return run, time.monotonic() - sent


def _trouble(run: Running, took_s: float, within_s: float) -> str:
    """What of the promise the run breaks; empty if nothing."""
    if run.status == 0 and _complete(run):
        return ""  # its last line was written: nothing was left to interrupt
    if run.status != 2:
        return f"exit {run.status}: {run.said[-300:]}"
    if took_s > within_s:
        return f"took {took_s:.1f} s"
    files = {path.name for path in (run.folder / "run").iterdir()}
    if files != {"run.jsonl", "results.json", *FORMATS}:
        return f"wrote {sorted(files)}"
    if "Traceback" in run.said:
        return "a traceback: " + run.said[-300:]
    if run.verdicts().get("fail") or run.verdicts().get("error"):
        return f"verdicts that nothing is to blame for: {run.verdicts()}"
    return "" if "INCOMPLETE" in run.said or _complete(run) else "does not say that it is incomplete"


def _complete(run: Running) -> bool:
    return bool(json.loads((run.folder / "run" / "results.json").read_text())["complete"])

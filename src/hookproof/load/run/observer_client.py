"""Asks the observer of a load what became of its events. The observer runs in `observer_process`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import IO, Any

from hookproof.load.engine.tally import MARKS, Fate, Tally
from hookproof.load.engine.template import Contents
from hookproof.load.judge.reconciliation import Reconciliation, reconcile, sample
from hookproof.load.run import observer_process
from hookproof.load.schedule.stage import Stage

MOST_ASKED = 20_000
"""Most events of one stage whose effects are counted; of more, a sample is."""
PATIENCE_S = 30.0
"""Longest time, in seconds, that effects which are still missing after a stage are waited for."""
_ACKNOWLEDGED = MARKS[Fate.ACKNOWLEDGED]


class ObserverError(Exception):
    """The observer cannot be asked. The error's text is one line."""


class ObserverClient:
    """Starts and asks the process that counts effects.

    The value of --effects goes there by its input, not by its command line: it may hold a password.
    """

    def __init__(self, effects: str) -> None:
        """Start the process, and wait until it listens. Raises ObserverError."""
        command = [sys.executable, "-m", observer_process.__name__]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the load, and not the observer
        )
        assert self._process.stdin and self._process.stdout
        self._in: IO[bytes] = self._process.stdin
        self._out: IO[bytes] = self._process.stdout
        try:
            self._ask(effects)
        except ObserverError:
            self.close()
            raise

    def effects(self, stage: Stage, tally: Tally, contents: Contents, *, most: int = MOST_ASKED) -> Reconciliation:
        """Count the effects of a stage, of at most so many events. Raises ObserverError."""
        fates = dict(_fates(tally))
        odd = [serial for serial, mark in fates.items() if mark != _ACKNOWLEDGED]
        asked = sample(range(max(fates, default=-1) + 1), odd, most)
        ids = {serial: contents.event_id(serial) for serial in asked if serial in fates}
        promised = [event_id for serial, event_id in ids.items() if fates[serial] == _ACKNOWLEDGED]
        counts = self._ask({"ids": list(ids.values()), "awaited": promised, "patience_s": PATIENCE_S})["counts"]
        total = sum(mark == _ACKNOWLEDGED for mark in fates.values())
        return reconcile(promised, dict(zip(ids.values(), counts, strict=True)), total=total)

    def _ask(self, question: object) -> dict[str, Any]:
        try:
            self._in.write(json.dumps(question).encode() + b"\n")
            self._in.flush()
            line = self._out.readline()
        except OSError:
            line = b""
        found: dict[str, Any] = json.loads(line) if line else {"trouble": "it ended"}
        if trouble := found.get("trouble"):
            raise ObserverError(f"the observer cannot be asked: {trouble}")
        return found

    def close(self) -> None:
        """End the process; may be called again."""
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                continue
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _fates(tally: Tally) -> list[tuple[int, int]]:
    """The serial number and the mark of every delivery that was due."""
    workers = len(tally.marks)
    return [
        (index * workers + worker, mark)
        for worker, marks in tally.marks.items()
        for index, mark in enumerate(marks)
        if mark
    ]

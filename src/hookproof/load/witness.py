"""Asking the observer of a load what became of its events: the near end of `counting`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import IO, Any

from hookproof.load import counting
from hookproof.load.effects import Effects, reconcile, sample
from hookproof.load.stage import Stage
from hookproof.load.tally import MARKS, Fate, Tally
from hookproof.load.template import Deck

MOST_ASKED = 20_000
"""Events of one stage whose effects are counted at most; beyond, a sample is."""
PATIENCE_S = 30.0
_ACKNOWLEDGED = MARKS[Fate.ACKNOWLEDGED]


class WitnessError(Exception):
    """The observer cannot be asked. Its text is one line."""


class Witness:
    """A process that counts effects. What --effects says goes there by its input: it may hold a password."""

    def __init__(self, effects: str) -> None:
        """Start it, and wait until it listens. Raises WitnessError."""
        command = [sys.executable, "-m", counting.__name__]
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
        except WitnessError:
            self.close()
            raise

    def effects(self, stage: Stage, tally: Tally, deck: Deck, *, most: int = MOST_ASKED) -> Effects:
        """What the events of a stage came to. Raises WitnessError."""
        fates = dict(_fates(tally))
        strange = [serial for serial, mark in fates.items() if mark != _ACKNOWLEDGED]
        asked = sample(range(max(fates, default=-1) + 1), strange, most)
        ids = {serial: deck.event_id(serial) for serial in asked if serial in fates}
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
            raise WitnessError(f"the observer cannot be asked: {trouble}")
        return found

    def close(self) -> None:
        """End it; once is enough."""
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
    """Serial number and mark of every delivery that was due."""
    workers = len(tally.marks)
    return [
        (place * workers + worker, mark)
        for worker, marks in tally.marks.items()
        for place, mark in enumerate(marks)
        if mark
    ]

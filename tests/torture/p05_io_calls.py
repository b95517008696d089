"""P5: every call to the operating system fails once. No run that was hurt is green, blames the target or rambles."""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.running import SOME, Place, Running
from tests.torture.seams import KINDS, Seams

NAME = "P5"
TITLE = "Never green and never the target's fault when the harness itself fails"

Fault = tuple[str, int, int]


def measure(scale: Scale) -> Figure:
    """Count the calls of an undisturbed run, then fail each in turn (a sample of them when quick)."""
    running.warm_up()
    figure = Figure()
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        root = Path(scratch)
        undisturbed = _begin(place, root / "undisturbed", Seams())
        assert undisturbed.wait() == 0, undisturbed.said
        counts, wanted = _counted(undisturbed), undisturbed.verdicts()
        faults = _chosen(counts, scale)
        end = time.monotonic() + scale.limit_s
        recovered: list[str] = []
        for run, fault in _at_once(place, root, faults):
            trouble = _trouble(run, wanted, recovered, fault)
            figure.note(not trouble, f"{_named(fault)}: {trouble}")
            if time.monotonic() > end:
                break
    said = "no green run, nothing held against the target, one clear line"
    figure.text = f"failing calls, of {len(faults)} there are: {said}"
    figure.more = {"calls": dict(counts), "recovered": len(recovered), "recovered_from": sorted(recovered)[:20]}
    return figure


def _chosen(counts: dict[str, int], scale: Scale) -> list[Fault]:
    """Every call with each error it may meet; one of each seam when quick."""
    dice = random.Random(scale.seed)
    found: list[Fault] = []
    for seam, numbers in KINDS.items():
        calls = range(1, counts.get(seam, 0) + 1)
        mine = [(seam, nth, numbers[nth % len(numbers)]) for nth in calls]
        found += mine if not scale.quick else dice.sample(mine, min(1, len(mine)))
    dice.shuffle(found)
    return found


def _at_once(place: Place, root: Path, faults: list[Fault]) -> Any:
    """The runs, two at a time, as they end."""
    waiting: list[tuple[Running, Fault]] = []
    for number, fault in enumerate(faults):
        waiting.append((_begin(place, root / str(number), Seams(*fault)), fault))
        if len(waiting) == 2:
            run, which = waiting.pop(0)
            run.wait(45)
            yield run, which
    for run, which in waiting:
        run.wait(45)
        yield run, which


def _begin(place: Place, folder: Path, seams: Seams) -> Running:
    def prepare() -> None:
        seams.install()
        _at_exit(seams)

    return running.start(place.arguments("-q", "-k", SOME), folder, prepare)


def _at_exit(seams: Seams) -> None:
    """Leave what was counted beside what was said, when the process ends."""
    leave = os._exit

    def leaving(code: int) -> None:
        seams.seam = ""
        Path("counted.json").write_text(json.dumps({"counts": seams.counts, "failed": seams.failed}))
        leave(code)

    os._exit = leaving  # type: ignore[assignment]


def _counted(run: Running) -> dict[str, int]:
    return json.loads((run.folder / "counted.json").read_text())["counts"]


def _trouble(run: Running, wanted: dict[str, int], recovered: list[str], fault: Fault) -> str:
    """What of the promise a disturbed run breaks; empty if nothing."""
    if run.status is None:
        return "it hung"
    said = run.said
    if "Traceback" in said or "INTERNALERROR" in said or "escaped:" in said:
        return "a traceback: " + " ".join(said.split())[-300:]
    counted = run.folder / "counted.json"
    if not counted.is_file() or not json.loads(counted.read_text())["failed"]:
        return "" if run.status == 0 else f"untouched, and yet exit {run.status}"
    results = run.folder / "run" / "results.json"
    verdicts = run.verdicts() if results.is_file() else {}
    if {"fail", "warn"} & set(verdicts):
        return f"blames the target: {_blame(results)}"
    if run.status == 0 and verdicts != wanted:
        return f"green, although {verdicts} and not {wanted}"
    if run.status == 0:
        recovered.append(_named(fault))
        return ""
    return (
        "" if re.search(r"(?i)hookproof|error|this machine|cannot|could not", said) else f"says nothing: {said[-200:]}"
    )


def _blame(results: Path) -> list[str]:
    checks = json.loads(results.read_text())["checks"]
    return [f"{check['id']}: {check['message'][:200]}" for check in checks if check["verdict"] in ("fail", "warn")]


def _named(fault: Fault) -> str:
    seam, nth, number = fault
    return f"{seam} {nth} ({os.strerror(number)})"

"""P3, P16: a correct receiver judged again and again, on a busy machine. Never a false verdict, never another one."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.running import Place, Running

NAME = "P3"
TITLE = "No false verdict, and the same verdicts every time"
WANTED = 3000
EVERY = 40
"""One run in so many is of all the checks of a receiver."""
PART = 6
"""The others are of so many checks, other ones every time."""
AT_ONCE = 4
BAD = ("fail", "warn", "error")


def measure(scale: Scale) -> Figure:
    """As many runs as fit into `scale.limit_s`, 3000 at most."""
    running.warm_up()
    figure, verdicts, wholes = Figure(), Counter[str](), 0
    end = time.monotonic() + (4 if scale.quick else scale.limit_s)
    with tempfile.TemporaryDirectory() as scratch, _receiver_that_closes() as place, _hog():
        usual = _found(_whole(place, Path(scratch) / "usual"))
        for run, asked in _runs(place, Path(scratch), end, _parts(list(usual), scale)):
            found = _found(run)
            verdicts.update(found.values())
            bad = {name: verdict for name, verdict in found.items() if verdict in BAD}
            other = {name for name, verdict in found.items() if usual.get(name) != verdict} | (asked - set(found))
            right = run.status in (0, 10) and not bad and not other
            figure.note(right, f"exit {run.status}: {bad or sorted(other)} {'' if found else run.said[-300:]}"[:600])
            wholes += asked == set(usual)
            shutil.rmtree(run.folder)
    judged = sum(verdicts.values())
    figure.text = (
        f"runs against a correct receiver ({wholes} of all checks, the others of {PART} each), half a core busy: "
    )
    figure.text += f"{judged} verdicts, {sum(verdicts[word] for word in BAD)} of them false, the same ones every time"
    figure.more = {"verdicts": dict(verdicts), "wanted": WANTED}
    return figure


def _whole(place: Place, folder: Path) -> Running:
    run = running.start(place.arguments("-q"), folder)
    run.wait(180)
    return run


def _parts(every: list[str], scale: Scale) -> Iterator[set[str]]:
    """What each run is of: all cases now and then, else those of a few checks, dealt until all have had their turn."""
    dice, functions = random.Random(scale.seed), sorted({case.partition("[")[0] for case in every})
    dealt: list[str] = []
    for number in range(WANTED):
        if number % EVERY == EVERY - 1:
            yield set(every)
            continue
        if len(dealt) < PART:
            dealt += dice.sample(functions, len(functions))
        chosen = {dealt.pop(0) for _ in range(PART)}
        yield {case for case in every if case.partition("[")[0] in chosen}


def _chosen(asked: set[str]) -> list[str]:
    """Arguments that choose these cases, and perhaps more."""
    functions = sorted({case.partition("[")[0].rpartition(".")[2].replace("-", "_") for case in asked})
    return ["-k", " or ".join(f"test_{name}" for name in functions)] if len(functions) <= PART else []


def _runs(place: Place, root: Path, end: float, parts: Iterator[set[str]]) -> Iterator[tuple[Running, set[str]]]:
    """The runs, some at a time, as they end; with each, the cases it had to judge."""
    waiting: list[tuple[Running, set[str]]] = []
    for number, asked in enumerate(parts):
        if time.monotonic() > end and number:
            break
        waiting.append((running.start(place.arguments("-q", *_chosen(asked)), root / str(number)), asked))
        if len(waiting) == AT_ONCE:
            yield waiting.pop(_first_to_end([run for run, _ in waiting]))
    for run, asked in waiting:
        run.wait(180)
        yield run, asked


def _first_to_end(runs: list[Running]) -> int:
    """Which of them it is, once one has ended; the oldest is waited for three minutes."""
    while time.monotonic() - runs[0].began < 180:
        for number, run in enumerate(runs):
            if run.poll():
                return number
        time.sleep(0.02)
    runs[0].wait(0)
    return 0


def _found(run: Running) -> dict[str, str]:
    """The verdicts of a run by check and case; none if it has no results."""
    results = run.folder / "run" / "results.json"
    if not results.is_file():
        return {}
    checks: list[dict[str, Any]] = json.loads(results.read_text())["checks"]
    return {f"{check['id']}[{check['case']}]": check["verdict"] for check in checks}


@contextlib.contextmanager
def _receiver_that_closes() -> Iterator[Place]:
    """The reference, that ends every connection as soon as it may: who keeps one runs into its end."""
    import uvicorn

    made = uvicorn.Config.__init__

    def closing(self: uvicorn.Config, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **{**kwargs, "timeout_keep_alive": 0})

    uvicorn.Config.__init__ = closing  # type: ignore[method-assign]
    try:
        with running.correct_receiver() as place:
            yield place
    finally:
        uvicorn.Config.__init__ = made  # type: ignore[method-assign]


@contextlib.contextmanager
def _hog() -> Iterator[None]:
    """A process that takes half of a core, in bursts."""
    child = os.fork()
    if child == 0:
        while os.getppid() != 1:
            until = time.monotonic() + 0.05
            while time.monotonic() < until:
                pass
            time.sleep(0.05)
        os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

"""P17: runs that judge less than they planned, in every way there is. None of them is green."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.torture import running
from tests.torture.figures import Figure, Scale
from tests.torture.running import SOME, Place, Running

NAME = "P17"
TITLE = "A run that judged less than it planned is never green"


def _patched(when: str, act: Callable[[], Any], turn: int = 2) -> Callable[[], None]:
    """Before a check of that turn is `setup`, `call`ed or reported, do something."""

    def prepare() -> None:
        from hookproof.plugin import verdicts

        settle, turns = verdicts.settle, [0]

        def settling(*args: Any) -> Any:
            turns[0] += 1
            if turns[0] == turn and when == "before":
                act()
            done = settle(*args)
            if turns[0] == turn and when == "after":
                act()
            return done

        import hookproof.plugin as plugin

        plugin.settle = settling  # type: ignore[attr-defined]

    return prepare


def _raise(error: BaseException) -> Any:
    raise error


WAYS: dict[str, tuple[list[str], Callable[[], None] | None]] = {
    "everything deselected": (["-k", "nothing_is_called_so"], None),
    "everything deselected by a marker": (["-m", "late and hostile"], None),
    "everything inconclusive": (["-k", "takes_no_delivery_over_plain_http or accepts_tls_1_3"], None),
    "only what is no MUST": (["-k", "acknowledges_expect_100_continue"], None),
    "left by os._exit(0)": (["-k", SOME], _patched("before", lambda: os._exit(0))),
    "left by os._exit(0) after a check": (["-k", SOME], _patched("after", lambda: os._exit(0), 1)),
    "left by SystemExit(0)": (["-k", SOME], _patched("before", lambda: _raise(SystemExit(0)))),
    "left by pytest.exit": (["-k", SOME], _patched("before", lambda: pytest.exit("enough", 0))),
    "interrupted": (["-k", SOME], _patched("after", lambda: _raise(KeyboardInterrupt()))),
    "stopped by --maxfail": (["-k", SOME, "-x"], _patched("before", lambda: _raise(ValueError("ours")))),
    "an error in the harness": (["-k", SOME], _patched("before", lambda: _raise(RuntimeError("ours")))),
    "only collected": (["--collect-only"], None),
    "stopped by --stepwise": (["-k", SOME, "--stepwise"], _patched("before", lambda: _raise(OSError("x")))),
}  # fmt: skip


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure = Figure(text="ways to judge less than was planned: not one is green")
    ways = list(WAYS.items())[:: 3 if scale.quick else 1]
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        for number, (name, (arguments, prepare)) in enumerate(ways):
            run = _run(place, Path(scratch) / str(number), arguments, prepare)
            green = run.status == 0 and name != "only collected"
            figure.note(not green and run.status is not None, f"{name}: exit {run.status}: {run.said[-300:]}")
    return figure


def _run(place: Place, folder: Path, arguments: list[str], prepare: Callable[[], None] | None) -> Running:
    run = running.start(place.arguments("-q", *arguments), folder, prepare)
    run.wait(60)
    return run

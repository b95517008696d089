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

        from hookproof.plugin import hooks

        hooks.settle = settling  # type: ignore[attr-defined]

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


def _project(ini: str = "") -> Callable[[], None]:
    """The folder of the run is a project with a test of its own, which is green."""

    def prepare() -> None:
        Path("test_own.py").write_text("def test_own():\n    pass\n")
        Path("pytest.ini").write_text(f"[pytest]\n{ini}\n")

    return prepare


WAYS |= {
    "a path of other tests": (["test_own.py"], _project()),
    "a path of other tests in addopts": ([], _project("addopts = test_own.py")),
    "two workers": (["-k", SOME, "-n", "2"], None),
    "as many workers as there are cores": (["-k", SOME, "-n", "auto"], None),
    "workers in addopts": (["-k", SOME], _project("addopts = -n 2")),
}
IN_FILE = "a target that only hookproof.toml names"
"""The way in which no argument is given: the project's own test would be all that runs."""


def measure(scale: Scale) -> Figure:
    running.warm_up()
    figure = Figure(text="ways to judge less than was planned: not one is green")
    ways = [*WAYS.items(), (IN_FILE, ([], _project()))][:: 3 if scale.quick else 1]
    with tempfile.TemporaryDirectory() as scratch, running.correct_receiver() as place:
        for number, (name, (arguments, prepare)) in enumerate(ways):
            run = _run(name, place, Path(scratch) / str(number), arguments, prepare)
            green = run.status == 0 and name != "only collected"
            figure.note(not green and run.status is not None, f"{name}: exit {run.status}: {run.said[-300:]}")
    return figure


def _run(name: str, place: Place, folder: Path, arguments: list[str], prepare: Callable[[], None] | None) -> Running:
    given = place.arguments("-q", *arguments)
    if name == IN_FILE:
        folder.mkdir()
        (folder / "hookproof.toml").write_text(f'target = "{place.url}"\nprovider = "whatsable"\n')
        given = []
    run = running.start(given, folder, prepare)
    run.wait(60)
    return run

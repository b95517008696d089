"""The judge judged: every check against receivers with one known flaw each, and what caught which.

The flawed receivers are in tests/flawed, which only a checkout has.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hookproof import events, specs
from hookproof.model import Secret
from hookproof.resources import folder

DEADLINE_S = 1.5
PATIENCE_S = 2.0
EXAMPLES = 6
_UNUSED = ("cacheprovider", "doctest", "junitxml", "logging", "pastebin", "threadexception", "unraisableexception")
_QUIET = ("-q", "--capture=no", *(word for name in _UNUSED for word in ("-p", f"no:{name}")))
# Looks back over the whole run, and so notices whatever loses an event.
_LOOKING_BACK = {"receiver.processing.loses-no-acknowledged-event"}
_SECRET = "a secret for self-checks"


class NotACheckout(Exception):
    """The flawed receivers are not here."""


@dataclass(frozen=True)
class Row:
    """One flaw and what a whole run said of it: `caught_by` and `also` it must say, `perhaps` it may."""

    name: str
    bug: str
    text: str
    caught_by: list[str]
    also: list[str] | None
    perhaps: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    verdict: str = ""

    @property
    def missed(self) -> list[str]:
        """Checks that should have caught it and did not; for a MAY it is enough to have noted it."""
        return [check for check in [*self.caught_by, *(self.also or [])] if check not in self.unmet + self.noted]

    @property
    def extra(self) -> list[str]:
        """Checks that were unmet although nobody expected it."""
        if self.also is None:
            return []
        return [check for check in self.unmet if check not in self.caught_by + self.also + self.perhaps]

    @property
    def as_expected(self) -> bool:
        return not (self.missed or self.extra or self.odd)

    @property
    def line(self) -> str:
        wrong = [f"missed {check}" for check in self.missed] + [f"unexpected {check}" for check in self.extra]
        return f"{'ok ' if self.as_expected else 'BAD'} {self.name}: {'; '.join(wrong + self.odd) or self.verdict}"


def _flawed() -> Any:
    """The package tests.flawed of this checkout. Raises NotACheckout."""
    root = folder("suites").parent
    if not (root / "tests" / "flawed" / "__init__.py").is_file():
        raise NotACheckout("selfcheck needs the flawed receivers in tests/flawed: run it in a checkout")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module("tests.flawed")


def run(
    names: Sequence[str] = (),
    jobs: int = 2,
    progress: Callable[[Row], None] = lambda row: None,
    *,
    quick: bool = False,
) -> list[Row]:
    """Judge the flaws of those names (all without any), several at a time, each in a process of its own.

    `quick` runs only the checks that a flaw was made for, and expects nothing of the others. One that was not judged as
    expected is judged once more with nothing beside it, by all checks: a machine with more runs than cores misses
    deadlines that are no flaw's doing.
    """
    known = {flaw.__name__: flaw for flaw in _flawed().flaws()}
    if unknown := set(names) - set(known):
        raise NotACheckout(f"no flaw is called {', '.join(sorted(unknown))}; they are the classes in tests/flawed")
    _warm_up(generate=not quick)
    chosen = [name for name in known if not names or name in names]
    rows: dict[str, Row] = {}
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=None) as pool:
        futures = [pool.submit(_judge_apart, name, quick) for name in chosen]
        for future in as_completed(futures):
            row = future.result()
            rows[row.name] = row
            if row.as_expected or not (quick or jobs > 1):
                progress(row)
    for row in [row for row in rows.values() if not row.as_expected and (quick or jobs > 1)]:
        rows[row.name] = _judge_apart(row.name, False)
        progress(rows[row.name])
    return [rows[name] for name in chosen]


def _warm_up(*, generate: bool) -> None:
    """Do once, before forking, what every run would do again: imports, texts, generated cases."""
    from hookproof.plugin.properties import Generator

    specs.load = functools.cache(specs.load)  # YAML takes a tenth of a run to read
    events.warm_up()
    for surface in _surfaces() if generate else ():
        maker = events.Maker(surface, secret=Secret(_SECRET.encode()))
        for valid in (True, False):
            Generator(maker, seed=0, examples=EXAMPLES).for_all(valid=valid)(lambda delivery: None)
    gc.collect()
    gc.freeze()  # what is here stays; no child need look through it


def _surfaces() -> Iterator[specs.Surface]:
    """Those that some flaw is made for, and whose bodies are generated."""
    found: dict[str, specs.Surface] = {}
    for flaw in _flawed().flaws():
        for surface in specs.load(flaw.provider).surfaces(dict(flaw.parameters)):
            found.setdefault(surface.subject, surface)
    return (surface for surface in found.values() if surface.writing.is_json)


def _judge_apart(name: str, quick: bool) -> Row:
    """Fork once more, so that every run starts from the same clean process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with contextlib.suppress(BaseException), os.fdopen(writer, "w") as out:
            json.dump(_as_json(_judge(name, quick)), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as inp:
        text = inp.read()
    os.waitpid(child, 0)
    return Row(**json.loads(text)) if text else _row(name, odd=["the run died"])


def _as_json(row: Row) -> dict[str, Any]:
    return dict(row.__dict__)


def _row(name: str, **result: Any) -> Row:
    flaw = next(flaw for flaw in _flawed().flaws() if flaw.__name__ == name)
    caught_by = [flaw.caught_by] if isinstance(flaw.caught_by, str) else sorted(flaw.caught_by)
    also: set[str] | None = getattr(flaw, "also", set())
    return Row(
        name,
        getattr(flaw, "bug", ""),
        " ".join((flaw.__doc__ or "").split()),
        caught_by,
        None if also is None else sorted(also),
        sorted({*getattr(flaw, "perhaps", ()), *_LOOKING_BACK}),
        **result,
    )


def _paths(caught_by: Iterable[str]) -> list[str]:
    """What pytest runs of these checks only; all of the suites if one of them looks back on the whole run."""
    suites = folder("suites")
    if _LOOKING_BACK & set(caught_by):
        return [str(suites)]
    parts = [check.split(".") for check in caught_by]
    return [f"{suites / role / f'test_{area}.py'}::test_{name.replace('-', '_')}" for role, area, name in parts]


def _judge(name: str, quick: bool) -> Row:
    """A run against one flawed receiver, whole unless `quick`."""
    flawed = _flawed()
    flaw = next(flaw for flaw in flawed.flaws() if flaw.__name__ == name)
    paths = _paths(_row(name).caught_by) if quick else [str(folder("suites"))]
    options = [f"--set={name}={value}" for name, value in flaw.parameters.items()]
    options += [
        "--provider",
        flaw.provider,
        "--examples",
        str(EXAMPLES),
        "--deadline",
        str(getattr(flaw, "deadline_s", DEADLINE_S)),
        "--patience",
        str(PATIENCE_S),
    ]
    with (
        tempfile.TemporaryDirectory() as report,
        flawed.served_flaw(flaw, Secret(_SECRET.encode())) as (url, effects, restart),
    ):
        code = _pytest(url, effects, report, [*options, "--restart", restart], paths)
        found = Path(report) / "results.json"
        if not found.is_file():
            return _row(name, odd=[f"no results, exit {code}"])
        results = json.loads(found.read_text())
    unmet = {check["id"] for check in results["checks"] if check["verdict"] in ("fail", "warn")}
    noted = {check["id"] for check in results["checks"] if check["verdict"] == "info"}
    odd = sorted({f"error in {check['id']}" for check in results["checks"] if check["verdict"] == "error"})
    row = _row(name, unmet=sorted(unmet), noted=sorted(noted), odd=odd, verdict=results["verdict"])
    return replace(row, also=None) if quick else row


def _pytest(url: str, effects: str, report: str, options: list[str], paths: list[str]) -> int:
    os.environ["HOOKPROOF_SECRET"] = _SECRET
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # conftest.py loads ours; nobody else is needed
    os.chdir(folder("suites").parent)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (the process ends with it)
    arguments = ["--target", url, "--effects", effects, "--report", report]
    return int(pytest.main([*paths, *arguments, *options, *_QUIET]))


def summary(rows: Iterable[Row]) -> str:
    """Counts: flaws caught by the check named for them, and those with exactly the verdicts expected."""
    rows = list(rows)
    caught = sum(not set(row.caught_by) & set(row.missed) for row in rows)
    exact = sum(row.as_expected for row in rows)
    return f"{caught} of {len(rows)} flaws caught by the check named for them, {exact} with the verdicts expected"


def page() -> str:
    """What every flaw is expected to show, as Markdown; `run` says whether it does."""
    rows = [_row(flaw.__name__) for flaw in _flawed().flaws()]
    killers = {check for row in rows for check in row.caught_by}
    lines = [
        "# Which check catches which flaw",
        "",
        "`hookproof selfcheck` runs every check against every flawed receiver in `tests/flawed` and compares what they",
        "say with this table, which it writes; `--quick` runs only the checks in “caught by”. “also” names the other",
        "checks that notice the same flaw.",
        "",
        f"{len(rows)} flaws; {len(killers)} checks have a flaw of their own.",
        "",
        "| flaw | what is wrong with it | bug | caught by | also |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        also = "…" if row.also is None else _listed(row.also)
        caught = _listed(row.caught_by)
        lines.append(f"| {row.name} | {row.text} | {row.bug} | {caught} | {also} |")
    return "\n".join(lines) + "\n"


def _listed(checks: Iterable[str]) -> str:
    return ", ".join(f"`{check.removeprefix('receiver.')}`" for check in checks)

"""The judge judged: every check against receivers and senders with one known flaw each, and what caught which.

The flawed ones are in tests/flawed, which only a checkout has.
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

TIMES = {
    "receiver": {"deadline": 1.5, "patience": 2.0},
    "sender": {"deadline": 4.0, "patience": 10.0},
    "sender, quick": {"deadline": 1.5, "patience": 5.0},
    "api": {"deadline": 1.5, "patience": 2.0},
}
"""What a run is told. A whole run of a sender has so much going on at once that its deadline must be longer."""
WAITING = 4
"""How many more senders than receivers are judged at a time: who judges a sender mostly waits for it."""
EXAMPLES = 6
_UNUSED = ("cacheprovider", "doctest", "junitxml", "logging", "pastebin", "threadexception", "unraisableexception")
_QUIET = ("-q", "--capture=no", *(word for name in _UNUSED for word in ("-p", f"no:{name}")))
# Looks back over the whole run, and so notices whatever loses an event.
_LOOKING_BACK = {"receiver.processing.loses-no-acknowledged-event"}
_SECRET = "a secret for self-checks"
_TOKEN = "a-token-for-self-checks"


class NotACheckout(Exception):
    """The flawed implementations are not here."""


@dataclass(frozen=True)
class Row:
    """One flaw and what a whole run said of it: `caught_by` and `also` it must say, `perhaps` it may.

    Where nothing is to catch it, it is a control: a correct implementation.
    """

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
    role: str = "receiver"

    @property
    def missed(self) -> list[str]:
        """Checks that should have caught it and did not; for a MAY it is enough to have noted it."""
        return [check for check in [*self.caught_by, *(self.also or [])] if check not in self.unmet + self.noted]

    @property
    def extra(self) -> list[str]:
        """Checks that were unmet although nobody expected it."""
        if not self.caught_by:
            return self.unmet + self.noted
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
        raise NotACheckout("selfcheck needs the flawed implementations in tests/flawed: run it in a checkout")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module("tests.flawed")


def run(
    names: Sequence[str] = (),
    jobs: int = 2,
    progress: Callable[[Row], None] = lambda row: None,
    *,
    role: str = "",
    quick: bool = False,
) -> list[Row]:
    """Judge the flaws of those names (all of a role without any), several at a time, each in a process of its own.

    `quick` runs only the checks that a flaw was made for, and expects nothing of the others. One that was not judged as
    expected is judged once more with nothing beside it, a receiver by all checks: a machine with more runs than cores
    misses deadlines that are no flaw's doing.
    """
    known = {flaw.__name__: _flawed().role_of(flaw) for flaw in _flawed().flaws(role)}
    if unknown := set(names) - set(known):
        raise NotACheckout(f"no flaw is called {', '.join(sorted(unknown))}; they are the classes in tests/flawed")
    chosen = [name for name in known if not names or name in names]
    _warm_up({known[name] for name in chosen}, generate=not quick)
    rows: dict[str, Row] = {}
    for one, at_once in (("receiver", jobs), ("sender", WAITING * jobs), ("api", jobs)):
        mine = [name for name in chosen if known[name] == one]
        for row in _judged(mine, at_once, quick):
            rows[row.name] = row
            if row.as_expected or not (quick or jobs > 1):
                progress(row)
    for row in [row for row in rows.values() if not row.as_expected and (quick or jobs > 1)]:
        rows[row.name] = _judge_apart(row.name, quick and row.role != "receiver")
        progress(rows[row.name])
    return [rows[name] for name in chosen]


def _judged(names: Sequence[str], at_once: int, quick: bool) -> Iterator[Row]:
    """The rows of these flaws, as they are done."""
    if not names:
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(at_once, mp_context=context, max_tasks_per_child=None) as pool:
        for future in as_completed([pool.submit(_judge_apart, name, quick) for name in names]):
            yield future.result()


def _warm_up(roles: set[str], *, generate: bool) -> None:
    """Do once, before forking, what every run would do again: imports, texts, generated cases."""
    from hookproof.plugin.properties import Generator

    specs.load = functools.cache(specs.load)  # YAML takes a tenth of a run to read
    events.warm_up()
    for surface in _surfaces() if generate and "receiver" in roles else ():
        maker = events.Maker(surface, secret=Secret(_SECRET.encode()))
        for valid in (True, False):
            Generator(maker, seed=0, examples=EXAMPLES).for_all(valid=valid)(lambda delivery: None)
    gc.collect()
    gc.freeze()  # what is here stays; no child need look through it


def _surfaces() -> Iterator[specs.Surface]:
    """Those that some receiver is flawed for, and whose bodies are generated."""
    found: dict[str, specs.Surface] = {}
    for flaw in _flawed().flaws("receiver"):
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


def _flaw(name: str) -> Any:
    return next(flaw for flaw in _flawed().flaws() if flaw.__name__ == name)


def _row(name: str, **result: Any) -> Row:
    flaw = _flaw(name)
    also: set[str] | None = getattr(flaw, "also", set())
    return Row(
        name,
        getattr(flaw, "bug", ""),
        " ".join((flaw.__doc__ or "").split()),
        sorted(_flawed().named(flaw)),
        None if also is None else sorted(also),
        sorted({*getattr(flaw, "perhaps", ()), *_LOOKING_BACK}),
        role=_flawed().role_of(flaw),
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
    """A run against one flaw: whole unless `quick`, and for a control."""
    flaw, row = _flaw(name), _row(name)
    paths = _paths(row.caught_by) if quick and row.caught_by else [str(folder("suites") / row.role)]
    options = [f"--set={name}={value}" for name, value in getattr(flaw, "parameters", {}).items()]
    usual = TIMES.get(f"{row.role}, quick" if quick and row.caught_by else row.role, TIMES[row.role])
    times = {**usual, **getattr(flaw, "times", {})}
    options += ["--provider", _flawed().provider_of(flaw), "--examples", str(EXAMPLES)]
    options += [f"--{name}={seconds}" for name, seconds in times.items()]
    if row.role != "receiver" and "retry.first" in specs.load(_flawed().provider_of(flaw)).known:
        options.append(f"--set=retry.first={times['patience'] / 2}")
    with tempfile.TemporaryDirectory() as scratch, _served(flaw, row.role, times["deadline"]) as where:
        report = str(Path(scratch) / "run")  # alone: a report looks for earlier ones beside it
        code = _pytest([*paths, *where, "--report", report, *options])
        found = Path(report) / "results.json"
        if not found.is_file():
            return _row(name, odd=[f"no results, exit {code}"])
        results = json.loads(found.read_text())
    unmet = {check["id"] for check in results["checks"] if check["verdict"] in ("fail", "warn")}
    noted = {check["id"] for check in results["checks"] if check["verdict"] == "info"}
    odd = sorted({f"error in {check['id']}" for check in results["checks"] if check["verdict"] == "error"})
    row = _row(name, unmet=sorted(unmet), noted=sorted(noted), odd=odd, verdict=results["verdict"])
    return replace(row, also=None) if quick else row


@contextlib.contextmanager
def _served(flaw: Any, role: str, deadline_s: float) -> Iterator[list[str]]:
    """Serve the flaw while the block runs; gives the options that say where it is."""
    room = importlib.import_module(f"tests.flawed.{_flawed().ROOMS[role]}")
    secret, token = Secret(_SECRET.encode()), Secret(_TOKEN.encode())
    if role == "receiver":
        with room.served_flaw(flaw, secret) as (url, effects, restart):
            yield ["--target", url, "--effects", effects, "--restart", restart]
        return
    with room.served_flaw(flaw, secret, token, deadline_s) as where:
        found = [word for name in getattr(flaw, "roles", [role]) for word in ("--role", name)]
        found += ["--target", where.target, "--trigger", where.trigger, "--restart", where.restart]
        found += getattr(flaw, "arguments", [])
        yield [*found, *(["--register", where.register] if where.register else []), "--token-env", "HOOKPROOF_TOKEN"]


def _pytest(arguments: list[str]) -> int:
    os.environ["HOOKPROOF_SECRET"], os.environ["HOOKPROOF_TOKEN"] = _SECRET, _TOKEN
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # conftest.py loads ours; nobody else is needed
    os.chdir(folder("suites").parent)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (the process ends with it)
    return int(pytest.main([*arguments, *_QUIET]))


def summary(rows: Iterable[Row]) -> str:
    """Counts: flaws caught by the check named for them, and those with exactly the verdicts expected; and controls."""
    rows = list(rows)
    flaws = [row for row in rows if row.caught_by]
    caught = sum(not set(row.caught_by) & set(row.missed) for row in flaws)
    exact = sum(row.as_expected for row in flaws)
    said = f"{caught} of {len(flaws)} flaws caught by the check named for them, {exact} with the verdicts expected"
    controls = [row for row in rows if not row.caught_by]
    cleared = sum(row.as_expected for row in controls)
    return f"{said}; {cleared} of {len(controls)} correct ones cleared" if controls else said


def page() -> str:
    """What every flaw is expected to show, as Markdown; `run` says whether it does."""
    lines = [
        "# Which check catches which flaw",
        "",
        "`hookproof selfcheck` runs every check against every flawed implementation in `tests/flawed` and compares",
        "what they say with these tables, which it writes; `--quick` runs only the checks in “caught by”. “also” names",
        "the other checks that notice the same flaw, or … where that depends. What nothing catches is correct, and is",
        "there to be cleared.",
    ]
    for role in _flawed().ROOMS:
        rows = [_row(flaw.__name__) for flaw in _flawed().flaws(role)]
        lines += _table(role, rows) if rows else []
    return "\n".join(lines) + "\n"


def _table(role: str, rows: Sequence[Row]) -> list[str]:
    flaws = [row for row in rows if row.caught_by]
    killers = {check for row in flaws for check in row.caught_by}
    lines = [
        "",
        f"## {role.capitalize()}s",
        "",
        f"{len(flaws)} flaws; {len(killers)} checks have a flaw of their own.",
        "",
        "| flaw | what is wrong with it | bug | caught by | also |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        also = "…" if row.also is None else _listed(row.also, role)
        caught = _listed(row.caught_by, role)
        lines.append(f"| {row.name} | {row.text} | {row.bug} | {caught} | {also} |")
    return lines


def _listed(checks: Iterable[str], role: str) -> str:
    return ", ".join(f"`{check.removeprefix(f'{role}.')}`" for check in checks)

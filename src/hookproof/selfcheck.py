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
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.folders import folder
from hookproof.observers import watch
from hookproof.providers import events
from hookproof.report.formats import html_page

TIMES = {
    "receiver": {"deadline": 1.5, "patience": 2.0},
    "sender": {"deadline": 4.0, "patience": 10.0},
    "sender, quick": {"deadline": 1.5, "patience": 5.0},
    "api": {"deadline": 1.5, "patience": 2.0},
    "verifier": {"deadline": 10.0, "patience": 2.0},
}
"""What a run is told. A whole run of a sender has so much going on at once that its deadline must be longer."""
WAITING = 2
"""How many senders are judged at a time for each job: who judges a sender mostly waits for it, and so can wait beside
the jobs that keep a core busy with receivers and APIs."""
WAITING_ALONE = 4
"""How many senders are judged at a time for each job where nothing else is judged."""
MANY = 12
"""Flaws from which on it pays to learn first what their runs import."""
EXAMPLES = 6
FINAL_S = 6.0
"""Seconds after which an event is lost here, where what a flaw loses never comes."""
_UNUSED = ("cacheprovider", "doctest", "junitxml", "logging", "pastebin", "threadexception", "unraisableexception")
_QUIET = ("-p", "hookproof.plugin", "-q", "--capture=no", *(word for name in _UNUSED for word in ("-p", f"no:{name}")))
# Look back over the whole run, and so notice whatever loses an event or does it twice.
_LOOKING_BACK = {
    "receiver.processing.loses-no-acknowledged-event",
    "receiver.idempotency.processes-nothing-twice-that-came-once",
    "receiver.idempotency.processes-nothing-twice-that-came-again",
    "receiver.idempotency.processes-the-first-events-of-the-run-once",
    "receiver.signature.has-no-effect-of-any-forgery-of-the-run",
}
FORMER = "whsec_YSBmb3JtZXIgc2VjcmV0IGZvciBzZWxmLWNoZWNrcy4u"
"""The key before the one that flaws are served with, where keys rotate."""
_SECRET = "whsec_YSBzZWNyZXQgZm9yIHRoZSBzZWxmLWNoZWNrcy4u"
_TOKEN = "a-token-for-self-checks"


class NotACheckout(Exception):
    """The flawed implementations are not here."""


@dataclass(frozen=True)
class FlawResult:
    """One flaw and what a whole run said of it: `caught_by` and `also` it must say, `perhaps` it may.

    Where nothing is to catch it, it is a control: a correct implementation. `left_open` says why other checks may be
    unmet too, and is empty where they must not.
    """

    name: str
    bug: str
    text: str
    caught_by: list[str]
    also: list[str]
    perhaps: list[str] = field(default_factory=list)
    left_open: str = ""
    unmet: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    verdict: str = ""
    role: str = "receiver"

    @property
    def missed(self) -> list[str]:
        """Checks that should have caught it and did not; for a MAY it is enough to have noted it."""
        return [check for check in [*self.caught_by, *self.also] if check not in self.unmet + self.noted]

    @property
    def extra(self) -> list[str]:
        """Checks that were unmet although nobody expected it."""
        if not self.caught_by:
            return self.unmet + [check for check in self.noted if check not in self.perhaps]
        expected = self.caught_by + self.also + self.perhaps
        return [] if self.left_open else [check for check in self.unmet if check not in expected]

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
    progress: Callable[[FlawResult], None] = lambda row: None,
    *,
    role: str = "",
    quick: bool = False,
) -> list[FlawResult]:
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
    for provider in {"baseline", *(_flawed().provider_of(_flaw(name)) for name in chosen)}:
        providers.load(provider)
    if len(chosen) > MANY:
        _import_what_runs_import({known[name]: name for name in chosen}.values())
    gc.collect()
    gc.freeze()  # what is here stays; no child need look through it
    waiting = [name for name in _longest_first(chosen) if known[name] == "sender"]
    busy = [name for name in _longest_first(chosen) if known[name] != "sender"]
    rows: dict[str, FlawResult] = {}
    for row in _judged([(busy, jobs), (waiting, jobs * (WAITING if busy else WAITING_ALONE))], quick):
        rows[row.name] = row
        if row.as_expected or not (quick or jobs > 1):
            progress(row)
    for row in [row for row in rows.values() if not row.as_expected and (quick or jobs > 1)]:
        rows[row.name] = _judge_apart(row.name, quick and row.role != "receiver")
        progress(rows[row.name])
    return [rows[name] for name in chosen]


def _longest_first(names: Sequence[str]) -> list[str]:
    """Begin with what takes long, so that nothing does when the rest is done: whole runs, and great patience."""

    def key(name: str) -> tuple[bool, bool, float]:
        flaw, caught_by = _flaw(name), _flawed().named(_flaw(name))
        return bool(caught_by), not _LOOKING_BACK & caught_by, -getattr(flaw, "times", {}).get("patience", 0.0)

    return sorted(names, key=key)


def _judged(queues: Iterable[tuple[Sequence[str], int]], quick: bool) -> Iterator[FlawResult]:
    """The rows of these flaws, as they are done: so many of each queue at a time, the queues side by side."""
    pairs = [(iter(names), at_once) for names, at_once in queues]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(sum(at_once for _, at_once in pairs), context, max_tasks_per_child=None) as pool:
        running = {
            pool.submit(_judge_apart, name, quick): names for names, at_once in pairs for name in islice(names, at_once)
        }
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                names = running.pop(future)
                running |= {pool.submit(_judge_apart, name, quick): names for name in islice(names, 1)}
                yield future.result()


def _warm_up(roles: set[str], *, generate: bool) -> None:
    """Do once, before forking, what every run would do again: imports, texts, generated cases."""
    from hookproof.plugin.generated.deliveries import Generator

    providers.load = functools.cache(providers.load)  # YAML takes a tenth of a run to read
    events.warm_up()
    html_page.warm_up()
    for surface in _surfaces() if generate and "receiver" in roles else ():
        maker = events.Maker(surface, secret=Secret(_SECRET.encode()))
        for valid in (True, False):
            Generator(maker, seed=0, examples=EXAMPLES).for_all(valid=valid)(lambda delivery: None)


def _import_what_runs_import(names: Iterable[str]) -> None:
    """Import, before forking, what a run of each of these flaws has imported by its end: half of its cost.

    What pytest itself must find and rewrite is left to it.
    """
    for name in names:
        for module in _said_by_a_child(functools.partial(_imported_by, name)) or ():
            with contextlib.suppress(ImportError):  # made while it ran, as a compiled package makes them
                importlib.import_module(module)


def _imported_by(name: str) -> list[str]:
    known = set(sys.modules)
    _judge(name, quick=True)
    rewritten = ("conftest", "suites", "test_")
    return [module for module in sys.modules if module not in known and not module.startswith(rewritten)]


def _surfaces() -> Iterator[providers.Surface]:
    """Providers that some receiver is flawed for, and whose bodies are generated."""
    found: dict[str, providers.Surface] = {}
    for flaw in _flawed().flaws("receiver"):
        for surface in providers.load(flaw.provider).surfaces(dict(flaw.parameters)):
            found.setdefault(surface.subject, surface)
    return (surface for surface in found.values() if surface.writing.is_json)


def _judge_apart(name: str, quick: bool) -> FlawResult:
    """Fork once more, so that every run starts from the same clean process."""
    said = _said_by_a_child(lambda: dict(vars(_judge(name, quick))))
    return FlawResult(**said) if said else _row(name, odd=["the run died"])


def _said_by_a_child(work: Callable[[], Any]) -> Any:
    """What `work` returns in a process forked for it, as JSON has it; None if that died."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with contextlib.suppress(BaseException), os.fdopen(writer, "w") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as inp:
        text = inp.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def _flaw(name: str) -> Any:
    return _flaws_by_name()[name]


@functools.cache
def _flaws_by_name() -> dict[str, Any]:
    return {flaw.__name__: flaw for flaw in _flawed().flaws()}


def _row(name: str, **result: Any) -> FlawResult:
    flaw, flawed = _flaw(name), _flawed()
    return FlawResult(
        name,
        flawed.bug_of(flaw),
        " ".join((flaw.__doc__ or "").split()),
        sorted(flawed.named(flaw)),
        sorted(flawed.also(flaw)),
        sorted(flawed.perhaps(flaw) | _LOOKING_BACK),
        role=flawed.role_of(flaw),
        **{"left_open": flawed.left_open(flaw), **result},
    )


def _paths(caught_by: Iterable[str]) -> list[str]:
    """What pytest runs of these checks only; all of the suites if one of them looks back on the whole run."""
    suites = folder("suites")
    if _LOOKING_BACK & set(caught_by):
        return [str(suites)]
    parts = [check.split(".") for check in caught_by]
    return [f"{suites / role / f'test_{area}.py'}::test_{name.replace('-', '_')}" for role, area, name in parts]


def _judge(name: str, quick: bool) -> FlawResult:
    """A run against one flaw: whole unless `quick`, and for a control."""
    flaw, row = _flaw(name), _row(name)
    paths = _paths(row.caught_by) if quick and row.caught_by else [str(folder("suites") / row.role)]
    given = getattr(flaw, "parameters", {})
    options = [f"--set={name}={value}" for name, value in given.items() if value is not None]
    usual = TIMES.get(f"{row.role}, quick" if quick and row.caught_by else row.role, TIMES[row.role])
    times = {**usual, **getattr(flaw, "times", {})}
    options += [f"--{name}={text}" for name, text in getattr(flaw, "hooks", {}).items()]
    watch.FINAL_S = FINAL_S
    options += ["--provider", _flawed().provider_of(flaw), "--examples", str(EXAMPLES)]
    options += [f"--{name}={seconds}" for name, seconds in times.items()]
    known = providers.load(_flawed().provider_of(flaw)).known
    if row.role in ("sender", "api") and "retry.first" in known and "retry.first" not in given:
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
    meant = getattr(flaw, "comes_to", results["verdict"])
    odd = [] if meant == results["verdict"] else [f"came out as {results['verdict']}, not {meant}"]
    odd += sorted({f"error in {check['id']}" for check in results["checks"] if check["verdict"] == "error"})
    row = _row(name, unmet=sorted(unmet), noted=sorted(noted), odd=odd, verdict=results["verdict"])
    return replace(row, also=[], left_open="only the checks that it was made for were run") if quick else row


@contextlib.contextmanager
def _served(flaw: Any, role: str, deadline_s: float) -> Iterator[list[str]]:
    """Serve the flaw while the block runs; gives the options that say where it is."""
    if role == "verifier":
        yield ["--role", role, "--target", f"python:{flaw.__module__}:{flaw.__name__}.judge"]
        return
    room = importlib.import_module(f"tests.flawed.{_flawed().ROOMS[role]}")
    secret, token = Secret(_SECRET.encode()), Secret(_TOKEN.encode())
    if getattr(flaw, "started", False):
        with importlib.import_module("tests.flawed.starting").startable(flaw) as arguments:
            yield arguments
        return
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
    if any(word.startswith("--set=rotation=") for word in arguments):
        os.environ["HOOKPROOF_SECRET_OLD"] = FORMER
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # conftest.py loads ours; nobody else is needed
    os.chdir(folder("suites").parent)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (the process ends with it)
    return int(pytest.main(["-p", "hookproof.plugin", *arguments, *_QUIET]))


def summary(rows: Iterable[FlawResult]) -> str:
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
        "every other check that notices the same flaw, or why that depends on the moment. What nothing catches is",
        "correct, and is there to be cleared.",
    ]
    for role in _flawed().ROOMS:
        rows = [_row(flaw.__name__) for flaw in _flawed().flaws(role)]
        lines += _table(role, rows) if rows else []
    return "\n".join(lines) + "\n"


def _table(role: str, rows: Sequence[FlawResult]) -> list[str]:
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
        also = row.left_open or _listed(row.also, role)
        caught = _listed(row.caught_by, role)
        lines.append(f"| {row.name} | {row.text} | {row.bug} | {caught} | {also} |")
    return lines


def _listed(checks: Iterable[str], role: str) -> str:
    return ", ".join(f"`{check.removeprefix(f'{role}.')}`" for check in checks)

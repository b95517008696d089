"""The pytest plugin: `pytest --target URL` collects suites/, runs the checks, and turns what they saw into verdicts."""

from __future__ import annotations

import inspect
import time
from collections.abc import Generator
from concurrent.futures import CancelledError, Future  # noqa: F401 (named in a quoted annotation)
from pathlib import Path
from typing import Any

import pytest

from hookproof.output import Tolerant, open_closed, tolerant
from hookproof.plugin import accepting
from hookproof.plugin import items as checks
from hookproof.plugin.endings import Endings
from hookproof.plugin.fixtures import *  # noqa: F403 (pytest finds fixtures in its plugin)
from hookproof.plugin.fixtures import RUN, item_of, subject_of
from hookproof.plugin.options import Settings, add_options, settings
from hookproof.plugin.progress import Progress
from hookproof.plugin.run import Item, Run
from hookproof.plugin.terminal import LETTERS, write_summary
from hookproof.plugin.verdicts import PYTEST, settle
from hookproof.redact import visible, without_user
from hookproof.report import headline
from hookproof.report.evidence import spoken
from hookproof.resources import folder
from hookproof.runs import command_line
from hookproof.specs import SpecError
from hookproof.verdict import Exit, Inconclusive, Reason
from hookproof.wire import HarnessError

_SUITES = "hookproof.suites"
WAITING = pytest.StashKey["Future[None]"]()
ENDINGS = pytest.StashKey[Endings]()
OUTPUT = pytest.StashKey[Tolerant]()


def pytest_addoption(parser: pytest.Parser) -> None:
    open_closed()
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """`pytest --target URL` finds the checks from any folder: without a path they are what is collected."""
    known = early_config.known_args_namespace
    if known.target and not known.file_or_dir:
        known.pyargs = True
        known.file_or_dir = [_SUITES]
        args += ["--pyargs", _SUITES]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "overlap: an async check; all of them wait at the same time")
    config.addinivalue_line("markers", "basic: judged although no genuine delivery has been acknowledged")
    config.addinivalue_line("markers", "late: sleeps long, or looks back on the run; after the plain checks")
    config.addinivalue_line("markers", "last: after everything else")
    config.addinivalue_line("markers", "hostile: may bring the target down; runs last")
    config.addinivalue_line("markers", "regime(name, alone=False): which checks of a sender run at the same time")
    config.addinivalue_line("markers", "cases(table): run the check once for each entry of a table in hookproof.cases")
    suites = folder("suites").resolve()
    if not any(_collects(argument, suites, config) for argument in config.args):
        return
    try:
        config.stash[RUN] = Run(settings(config))
    except SpecError as error:
        raise pytest.UsageError(str(error)) from None
    except HarnessError as error:
        pytest.exit(f"hookproof: {error}", returncode=Exit.INTERNAL)
    config.stash[OUTPUT] = tolerant()
    config.option.tbstyle = "no"
    config.option.reportchars = "N" if config.option.reportchars == "fE" else config.option.reportchars
    config.stash[ENDINGS] = Endings()
    config.pluginmanager.register(config.stash[ENDINGS])


def _collects(argument: str, suites: Path, config: pytest.Config) -> bool:
    """Whether collecting this argument finds checks."""
    name = argument.split("::")[0]
    if config.option.pyargs and name.startswith(_SUITES):
        return True
    path = (config.invocation_params.dir / name).resolve()
    return path.is_relative_to(suites) or suites.is_relative_to(path)


def _run(config: pytest.Config) -> Run | None:
    return config.stash.get(RUN, None)


# -- collection ---------------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    run = _run(metafunc.config)
    path = Path(metafunc.module.__file__ or "").resolve()
    if run is None or not checks.is_check(path):
        return
    id_ = checks.check_id(path, metafunc.function.__name__)
    run.selection.empty += checks.parametrize(metafunc, id_, run.selection, run.makers)


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def pytest_check_the_baseline(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: whether every accepted failure is one there could be. Raises UsageError."""
    run = _run(config)
    if run is not None and run.settings.baseline:
        whole = not any("::" in argument for argument in config.args)
        plan = _plan([item for item in items if checks.is_check(item) and subject_of(item)])
        for entry in run.settings.baseline:
            if trouble := accepting.unknown(entry, run.selection, plan if whole else []):
                raise pytest.UsageError(f"--baseline: {trouble}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out checks that no requirement of this run names, and put the rest in order."""
    run = _run(config)
    if run is None:
        return
    wanted = [item for item in items if checks.is_check(item) and subject_of(item)]
    items[:] = checks.arrange(wanted)


def _plan(items: list[pytest.Item]) -> list[dict[str, Any]]:
    return [
        {
            "id": checks.check_id(item.path, item.originalname),  # type: ignore[attr-defined]
            "subject": subject_of(item),
            "case": checks.case_name(item.callspec.params),  # type: ignore[attr-defined]
        }
        for item in items
    ]


# -- running ------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Before the first check: open the run, see that somebody answers."""
    run = _run(session.config)
    if run is None or session.config.option.collectonly or session.testsfailed or not session.items:
        return None
    session.config.stash[ENDINGS].guard()
    progress = run.progress = Progress(session.config, len(session.items))
    run.background.tick = progress.tick if progress.on else None
    try:
        run.open(_plan(session.items), command_line(), checks.about(session.items))
        progress.begin("the first delivery of every endpoint")
        return None if run.preflight() else True
    except (HarnessError, OSError) as error:
        run.trouble = str(error)
        return True
    finally:
        progress.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """When the first check of a role has its turn, start every check of that role that waits."""
    run = _run(item.config)
    if run is None or not run.opened or not checks.is_check(item):
        return
    known = item_of(item, run)
    run.progress.begin(f"{headline.title(known.id)}, {known.subject}", counted=True)
    if checks.role(item) in run.begun:
        return
    run.begun.add(checks.role(item))
    mine = [one for one in item.session.items if checks.role(one) == checks.role(item)]
    waiting = [one for one in mine if checks.overlaps(one) and not _hindrance(one, run)]
    for one in waiting:
        if checks.role(one) == "sender":
            run.platforms[subject_of(one)].regimes.expect(_regime(one, run))
    for one in waiting:
        one.stash[WAITING] = run.background.start(_awaited(one, run))


def _regime(item: pytest.Item, run: Run) -> str:
    """The regime of a check; one of its own where it needs the account's only address."""
    name, alone = checks.regime(item)
    single = run.platforms[subject_of(item)].fields.single
    return f"{name}:{item.nodeid}" if alone and single else name


async def _awaited(item: pytest.Item, run: Run) -> None:
    known = item_of(item, run)
    if checks.role(item) == "sender":
        async with run.platforms[known.subject].regimes.within(_regime(item, run)):
            await _checked(item, known)
    else:
        await _checked(item, known)


async def _checked(item: pytest.Item, known: Item) -> None:
    values = {checks.role(item): known.actor, "delivery": None, "subject": known.subject, "case": None}
    if "delivery" in inspect.signature(item.obj).parameters:  # type: ignore[attr-defined]
        values["delivery"] = known.actor.make()
    if known.case is not None:
        values["case"] = item.callspec.params["case"][1]  # type: ignore[attr-defined]
    wanted = inspect.signature(item.obj).parameters  # type: ignore[attr-defined]
    known.started = time.monotonic()
    try:
        await item.obj(**{name: values[name] for name in wanted})  # type: ignore[attr-defined]
    finally:
        if checks.role(item) == "sender":
            known.actor.let_go()


def _hindrance(item: pytest.Item, run: Run) -> Inconclusive | None:
    """Why the check would mean nothing: but for `basic` ones, a genuine delivery must have been acknowledged."""
    if checks.role(item) != "receiver":
        control = run.platforms[subject_of(item)].control if checks.role(item) == "sender" else ""
        basic = item.get_closest_marker("basic")
        return Inconclusive(Reason.CONTROL_FAILED, control) if control and not basic else None
    target = run.targets[subject_of(item)]
    if target.control and target.control.acknowledged:
        return None
    if guessed := target.maker.surface.guessed:
        text = f"no channel is named: --set {guessed[0]}=ID"
        return Inconclusive(Reason.PREREQUISITE_FAILED, f"{text}; a guess was not acknowledged: {target.control}")
    if item.get_closest_marker("basic"):
        return None
    return Inconclusive(Reason.CONTROL_FAILED, str(target.control))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    run = _run(pyfuncitem.config)
    if run is None or not checks.is_check(pyfuncitem):
        return None
    if hindrance := _hindrance(pyfuncitem, run):
        raise hindrance
    waiting = pyfuncitem.stash.get(WAITING, None)
    if waiting is None:
        return None
    try:
        run.background.wait(waiting)
    except CancelledError:
        raise Inconclusive(Reason.NOT_RUN, "cut off") from None
    return True


# -- verdicts -----------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    run = _run(item.config)
    failed_early = report.when == "setup" and call.excinfo is not None
    if run is None or not run.opened or not (report.when == "call" or failed_early):
        return report
    known = item_of(item, run)
    verdict, level = settle(known, run, call)
    run.progress.end()
    known_to_user = accepting.covers(run.settings.baseline, run.selection, known, verdict)
    word = "accepted" if known_to_user else verdict.value
    item.user_properties += [("verdict", word), ("check", known.id), ("level", level.value)]
    item.session.shouldstop = run.journal.trouble or item.session.shouldstop
    report.user_properties = list(item.user_properties)
    report.outcome = "passed" if known_to_user else PYTEST[verdict]
    report.longrepr = spoken(known.message) or None
    if report.outcome == "skipped":
        report.longrepr = (str(item.path), 0, spoken(f"{known.reason}: {known.message}"))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    verdict = dict(getattr(report, "user_properties", ())).get("verdict")
    if verdict is None or report.when == "teardown":
        return None
    category, letter, word, colour = LETTERS[str(verdict)]
    return category, letter, (word, {colour: True})


# -- the end ------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
    """Whatever another plugin fails at, on a machine that has run out of something: the run ends with its report."""
    run = _run(session.config)
    try:
        return (yield)
    except OSError as error:
        if run is None:
            raise
        run.trouble = run.trouble or f"a plugin of pytest failed: {error.strerror or error}"
        return None
    finally:
        if run is not None and (run.opened or run.trouble):
            _finish(session, run, exitstatus)


def _finish(session: pytest.Session, run: Run, exitstatus: int) -> None:
    session.config.stash[ENDINGS].close()
    if run.unreachable or not run.opened:
        session.exitstatus = Exit.INTERNAL if run.trouble else Exit.UNREACHABLE
        run.abandon()
        return
    run.close(int(exitstatus), interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
    if run.trouble or run.report_error:
        session.exitstatus = Exit.INTERNAL if run.trouble else Exit.REPORT_FAILED
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and run.results:
        session.exitstatus = accepting.exit_code(run.results, strict=run.settings.strict)
    session.config.stash[OUTPUT].flush()
    if session.config.stash[OUTPUT].lost and not session.exitstatus:
        session.exitstatus = Exit.REPORT_FAILED  # the terminal is part of it
    if session.config.stash[ENDINGS].noted:
        session.exitstatus = pytest.ExitCode.INTERRUPTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    run = _run(config)
    if run is None:
        return
    if said := run.unreachable or run.trouble or run.report_error:
        terminalreporter.write_line(f"hookproof: {visible(said)}", red=True)
    elif run.results:
        write_summary(terminalreporter, run.results, str(run.folder))


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = _run(config)
    if run is None:
        return []
    chosen: Settings = run.settings
    names = ", ".join(provider.name for provider in chosen.providers)
    effects = run.redactor.text(without_user(chosen.effects))
    counted = "the reference's own" if chosen.demo else effects or "not counted (--effects)"
    return [
        f"hookproof: {chosen.target} as {', '.join(chosen.roles)} of {names}",
        *chosen.found,
        f"seed {chosen.seed}; effects: {counted}",
    ]


def pytest_unconfigure(config: pytest.Config) -> None:
    run = _run(config)
    if run is not None and run.results is None:
        run.abandon()
    if ENDINGS in config.stash:
        config.stash[OUTPUT].flush()
        config.stash[ENDINGS].closed()

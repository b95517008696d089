"""The pytest plugin: `pytest --target URL` collects suites/, runs the checks, and turns what they saw into verdicts."""

from __future__ import annotations

import inspect
import signal
import threading
import time
from collections.abc import Generator
from concurrent.futures import CancelledError, Future  # noqa: F401 (named in a quoted annotation)
from pathlib import Path
from typing import Any

import pytest

from hookproof.challenger import Challenger
from hookproof.plugin import accepting
from hookproof.plugin import items as checks
from hookproof.plugin.options import Settings, add_options, settings
from hookproof.plugin.overlap import Blocking
from hookproof.plugin.run import Item, Run, command_line
from hookproof.plugin.terminal import LETTERS, write_summary
from hookproof.plugin.verdicts import PYTEST, settle
from hookproof.resources import folder
from hookproof.specs import SpecError
from hookproof.verdict import Exit, Inconclusive, Reason

RUN = pytest.StashKey[Run]()
ITEM = pytest.StashKey[Item]()
_SUITES = "hookproof.suites"
WAITING = pytest.StashKey["Future[None]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
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
    config.option.tbstyle = "no"
    config.option.reportchars = "N" if config.option.reportchars == "fE" else config.option.reportchars
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt(f"signal {number}")


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
        plan = _plan([item for item in items if checks.is_check(item) and _subject(item)])
        for entry in run.settings.baseline:
            if trouble := accepting.unknown(entry, run.selection, plan if whole else []):
                raise pytest.UsageError(f"--baseline: {trouble}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out checks that no requirement of this run names, and put the rest in order."""
    run = _run(config)
    if run is None:
        return
    wanted = [item for item in items if checks.is_check(item) and _subject(item)]
    items[:] = checks.arrange(wanted)


def _subject(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    value = callspec.params.get("subject") if callspec else None
    return value if isinstance(value, str) else ""


def _item(item: pytest.Item, run: Run) -> Item:
    """What this pytest item is as a check; made once."""
    found = item.stash.get(ITEM, None)
    if found is None:
        params = item.callspec.params  # type: ignore[attr-defined]
        id_ = checks.check_id(item.path, item.originalname)  # type: ignore[attr-defined]
        case = checks.case_name(params)
        key = {"id": id_, "subject": params["subject"], "case": case}
        found = Item(id_, params["subject"], case, run.actor(checks.role(item), key))
        item.stash[ITEM] = found
    return found


def _plan(items: list[pytest.Item]) -> list[dict[str, Any]]:
    return [
        {
            "id": checks.check_id(item.path, item.originalname),  # type: ignore[attr-defined]
            "subject": _subject(item),
            "case": checks.case_name(item.callspec.params),  # type: ignore[attr-defined]
        }
        for item in items
    ]


# -- running ------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Before the first check: open the run, see that somebody answers, start every check that waits."""
    run = _run(session.config)
    if run is None or session.config.option.collectonly or session.testsfailed or not session.items:
        return None
    run.open(_plan(session.items), command_line(), checks.about(session.items))
    if not run.preflight():
        return True
    waiting = [item for item in session.items if checks.overlaps(item) and not _hindrance(item, run)]
    for item in waiting:
        if checks.role(item) == "sender":
            run.platforms[_subject(item)].regimes.expect(_regime(item, run))
    for item in waiting:
        item.stash[WAITING] = run.background.start(_awaited(item, run))
    return None


def _regime(item: pytest.Item, run: Run) -> str:
    """The regime of a check; one of its own where it needs the account's only address."""
    name, alone = checks.regime(item)
    single = run.platforms[_subject(item)].fields.single
    return f"{name}:{item.nodeid}" if alone and single else name


async def _awaited(item: pytest.Item, run: Run) -> None:
    known = _item(item, run)
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
        control = run.platforms[_subject(item)].control if checks.role(item) == "sender" else ""
        basic = item.get_closest_marker("basic")
        return Inconclusive(Reason.CONTROL_FAILED, control) if control and not basic else None
    target = run.targets[_subject(item)]
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
        waiting.result()
    except CancelledError:
        raise Inconclusive(Reason.NOT_RUN, "cut off") from None
    return True


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> str:
    """The provider a check is run for."""
    return str(request.param)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Any:
    """One entry of the check's table: a transformation of a delivery."""
    return request.param[1]


@pytest.fixture
def receiver(request: pytest.FixtureRequest, subject: str) -> Any:
    """The receiver under test, as this check sees it."""
    run = request.config.stash[RUN]
    known = _item(request.node, run)
    return known.actor if checks.overlaps(request.node) else Blocking(known.actor, run.background)


@pytest.fixture
def sender(request: pytest.FixtureRequest, subject: str) -> Any:
    """The sender under test, as this check sees it."""
    return _item(request.node, request.config.stash[RUN]).actor


@pytest.fixture
def api(request: pytest.FixtureRequest, subject: str) -> Any:
    """The management API under test, as this check sees it."""
    run = request.config.stash[RUN]
    return Blocking(_item(request.node, run).actor, run.background)


@pytest.fixture
def challenger(request: pytest.FixtureRequest, subject: str) -> Any:
    """The endpoint under test as one that has to prove who owns it."""
    return _challenger(request, crc=False)


@pytest.fixture
def crc(request: pytest.FixtureRequest, subject: str) -> Any:
    """The same, for the challenge whose answer is an HMAC."""
    return _challenger(request, crc=True)


def _challenger(request: pytest.FixtureRequest, *, crc: bool) -> Any:
    run = request.config.stash[RUN]
    return Blocking(Challenger(_item(request.node, run).actor, crc=crc), run.background)


@pytest.fixture
def delivery(receiver: Any, request: pytest.FixtureRequest) -> Any:
    """A genuine, signed delivery of a fresh event."""
    return None if checks.overlaps(request.node) else receiver.make()


@pytest.fixture
def for_every_valid(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many deliveries that fit the documented schema."""
    return _generator(request, subject).for_all(valid=True)


@pytest.fixture
def for_every_invalid(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many signed deliveries that do not fit the documented schema."""
    return _generator(request, subject).for_all(valid=False)


def _generator(request: pytest.FixtureRequest, subject: str) -> Any:
    from hookproof.plugin.properties import Generator  # schemathesis takes 0.6 s to import

    run = request.config.stash[RUN]
    if not run.makers[subject].writing.is_json:
        pytest.skip("bodies are forms, which are not generated")
    return Generator(run.makers[subject], run.settings.seed, run.settings.examples)


# -- verdicts -----------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    run = _run(item.config)
    failed_early = report.when == "setup" and call.excinfo is not None
    if run is None or not run.opened or not (report.when == "call" or failed_early):
        return report
    known = _item(item, run)
    verdict, level = settle(known, run, call)
    known_to_user = accepting.covers(run.settings.baseline, run.selection, known, verdict)
    word = "accepted" if known_to_user else verdict.value
    item.user_properties += [("verdict", word), ("check", known.id), ("level", level.value)]
    report.user_properties = list(item.user_properties)
    report.outcome = "passed" if known_to_user else PYTEST[verdict]
    report.longrepr = known.message or None
    if report.outcome == "skipped":
        report.longrepr = (str(item.path), 0, f"{known.reason}: {known.message}")
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    verdict = dict(getattr(report, "user_properties", ())).get("verdict")
    if verdict is None or report.when == "teardown":
        return None
    category, letter, word, colour = LETTERS[str(verdict)]
    return category, letter, (word, {colour: True})


# -- the end ------------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    run = _run(session.config)
    if run is None or not run.opened:
        return
    if run.unreachable:
        session.exitstatus = Exit.UNREACHABLE
        run.abandon()
        return
    run.close(int(exitstatus), interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
    if run.report_error:
        session.exitstatus = Exit.REPORT_FAILED
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and run.results:
        session.exitstatus = accepting.exit_code(run.results, strict=run.settings.strict)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    run = _run(config)
    if run is None:
        return
    if run.unreachable or run.report_error:
        terminalreporter.write_line(f"hookproof: {run.unreachable or run.report_error}", red=True)
    elif run.results:
        write_summary(terminalreporter, run.results, str(run.folder))


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = _run(config)
    if run is None:
        return []
    chosen: Settings = run.settings
    names = ", ".join(provider.name for provider in chosen.providers)
    counted = "the reference's own" if chosen.demo else chosen.effects or "not counted (--effects)"
    return [
        f"hookproof: {chosen.target} as {', '.join(chosen.roles)} of {names}",
        *chosen.found,
        f"seed {chosen.seed}; effects: {counted}",
    ]


def pytest_unconfigure(config: pytest.Config) -> None:
    run = _run(config)
    if run is not None and run.results is None:
        run.abandon()

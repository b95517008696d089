"""The hooks of a run of checks: `pytest --target URL` collects suites/, runs the checks, and makes verdicts of them.

Here are those of a run's beginning and end, and of verdicts; those of `collecting` and `running` are named here, and
the fixtures, because pytest looks for both in this module alone. It is registered where checks are asked for.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from hookproof.evidence.redact import visible, without_user
from hookproof.plugin import accepting
from hookproof.plugin import items as checks
from hookproof.plugin.collecting import (
    pytest_check_the_baseline,
    pytest_collection_modifyitems,
    pytest_generate_tests,
)
from hookproof.plugin.command import meant
from hookproof.plugin.command.options import CheckSettings, settings
from hookproof.plugin.endings import Endings
from hookproof.plugin.fixtures import (
    api,
    case,
    challenger,
    crc,
    delivery,
    everywhere,
    for_every_documented_request,
    for_every_invalid,
    for_every_undocumented_request,
    for_every_valid,
    item_of,
    ledger,
    media,
    process,
    receiver,
    sender,
    subject,
    verifier,
)
from hookproof.plugin.run import RUN, CheckRun, run_of
from hookproof.plugin.running import (
    ENDINGS,
    pytest_pyfunc_call,
    pytest_runtest_setup,
    pytest_runtestloop,
)
from hookproof.plugin.terminal.summary import LETTERS, write_summary
from hookproof.plugin.verdicts import PYTEST, settle
from hookproof.providers import SpecError
from hookproof.report.words.evidence import spoken
from hookproof.stdout import Tolerant, tolerant
from hookproof.verdict import Exit
from hookproof.wire.client import HarnessError

OUTPUT = pytest.StashKey[Tolerant]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    checks.register_marks(config)
    if config.option.help or config.option.version or not meant.collects_checks(config):
        return
    try:
        config.stash[RUN] = CheckRun(settings(config))
    except SpecError as error:
        raise pytest.UsageError(str(error)) from None
    except HarnessError as error:
        pytest.exit(f"hookproof: {error}", returncode=Exit.INTERNAL)
    config.stash[OUTPUT] = tolerant()
    config.option.tbstyle = "no"
    config.option.reportchars = "N" if config.option.reportchars == "fE" else config.option.reportchars
    config.stash[ENDINGS] = Endings()
    config.pluginmanager.register(config.stash[ENDINGS])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    run = run_of(item.config)
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


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
    """Whatever another plugin fails at, on a machine that has run out of something: the run ends with its report."""
    run = run_of(session.config)
    try:
        return (yield)
    except OSError as error:
        if run is None:
            raise
        run.trouble = run.trouble or f"a plugin of pytest failed: {error.strerror or error}"
        return None
    finally:
        if run is not None and (run.opened or run.trouble or run.report_error):
            _finish(session, run, exitstatus)


def _finish(session: pytest.Session, run: CheckRun, exitstatus: int) -> None:
    session.config.stash[ENDINGS].close()
    if run.unreachable or not run.opened:
        unwritten = Exit.REPORT_FAILED if run.report_error else Exit.UNREACHABLE
        session.exitstatus = Exit.INTERNAL if run.trouble else unwritten
        run.abandon()
        return
    run.close(int(exitstatus), interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
    if run.trouble or run.report_error:
        session.exitstatus = Exit.INTERNAL if run.trouble else Exit.REPORT_FAILED
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and run.results:
        session.exitstatus = accepting.exit_code(run.results, strict=run.settings.strict)
    if run.died and not session.exitstatus:
        session.exitstatus = Exit.UNREACHABLE  # what it was not there for is not judged
    session.config.stash[OUTPUT].flush()
    if session.config.stash[OUTPUT].lost and not session.exitstatus:
        session.exitstatus = Exit.REPORT_FAILED  # the terminal is part of it
    if session.config.stash[ENDINGS].noted:
        session.exitstatus = pytest.ExitCode.INTERRUPTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    run = run_of(config)
    if run is None:
        return
    if said := run.unreachable or run.trouble or run.report_error:
        terminalreporter.write_line(f"hookproof: {visible(said)}", red=True)
    elif run.results:
        for line in run.redactor.text(run.died).splitlines():
            terminalreporter.write_line(visible(line), red=True)
        write_summary(terminalreporter, run.results, str(run.folder))


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = run_of(config)
    if run is None:
        return []
    chosen: CheckSettings = run.settings
    names = ", ".join(provider.name for provider in chosen.providers)
    effects = run.redactor.text(without_user(chosen.effects))
    counted = "the reference's own" if chosen.demo else effects or "not counted (--effects)"
    return [
        f"hookproof: {run.redactor.text(chosen.target)} as {', '.join(chosen.roles)} of {names}",
        *chosen.found,
        *meant.foreign(config),
        f"seed {chosen.seed}; effects: {counted}",
    ]


def pytest_unconfigure(config: pytest.Config) -> None:
    run = run_of(config)
    if run is not None and run.results is None:
        run.abandon()
    if ENDINGS in config.stash:
        config.stash[OUTPUT].flush()
        config.stash[ENDINGS].closed()


__all__ = [
    "api",
    "case",
    "challenger",
    "crc",
    "delivery",
    "everywhere",
    "for_every_documented_request",
    "for_every_invalid",
    "for_every_undocumented_request",
    "for_every_valid",
    "ledger",
    "media",
    "process",
    "pytest_check_the_baseline",
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "pytest_pyfunc_call",
    "pytest_runtest_setup",
    "pytest_runtestloop",
    "receiver",
    "sender",
    "subject",
    "verifier",
]

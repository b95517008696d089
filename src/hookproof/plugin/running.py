"""From the first delivery to the end of the last check: checks that wait are started together."""

from __future__ import annotations

import asyncio
import inspect
import time
from concurrent.futures import CancelledError, Future  # noqa: F401 (named in a quoted annotation)
from typing import Any

import pytest

from hookproof.plugin import items as checks
from hookproof.plugin.collecting import plan_of
from hookproof.plugin.endings import Endings
from hookproof.plugin.fixtures import item_of, subject_of
from hookproof.plugin.items import CheckItem
from hookproof.plugin.run import CheckRun, run_of
from hookproof.plugin.terminal.progress import Progress
from hookproof.receiver.everywhere import Everywhere
from hookproof.receiver.media_host import MediaHost
from hookproof.receiver.receiver import Receiver
from hookproof.report.words import headline
from hookproof.runs import command_line
from hookproof.sender import Sender
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import HarnessError

WAITING = pytest.StashKey["Future[None]"]()
ENDINGS = pytest.StashKey[Endings]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Before the first check: open the run, see that somebody answers."""
    run = run_of(session.config)
    if run is None or session.config.option.collectonly or session.testsfailed or not session.items:
        return None
    session.config.stash[ENDINGS].guard()
    progress = run.progress = Progress(session.config, len(session.items))
    run.background.tick = progress.tick if progress.on else None
    try:
        run.open(plan_of(session.items), command_line(), checks.about(session.items))
        progress.begin("the first delivery of every endpoint")
        return None if run.preflight() else True
    except (HarnessError, OSError) as error:
        run.trouble = "" if run.report_error else str(error)
        return True
    finally:
        progress.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """When the first check of a role has its turn, start every check of that role that waits."""
    run = run_of(item.config)
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
            run.platforms[subject_of(one)].turns.expect(_regime(one, run))
    for one in waiting:
        one.stash[WAITING] = run.background.start(_awaited(one, run))


def _regime(item: pytest.Item, run: CheckRun) -> str:
    """The regime of a check; one of its own where it needs the account's only address."""
    name, alone = checks.regime(item)
    single = run.platforms[subject_of(item)].fields.single
    return f"{name}:{item.nodeid}" if alone and single else name


async def _awaited(item: pytest.Item, run: CheckRun) -> None:
    known = item_of(item, run)
    if checks.role(item) != "sender":
        await _checked(item, known)
        return
    platform = run.platforms[known.subject]
    try:
        async with asyncio.timeout(platform.left_s) as limit, platform.turns.within(_regime(item, run)):
            await _checked(item, known)
    except TimeoutError:
        if not limit.expired():
            raise
        text = f"the run's time for this platform is over; --patience {2 * platform.patience_s:g} gives it more"
        raise Inconclusive(Reason.WINDOW_TOO_SHORT, text) from None


async def _checked(item: pytest.Item, known: CheckItem) -> None:
    wanted = inspect.signature(item.obj).parameters  # type: ignore[attr-defined]
    values: dict[str, Any] = {checks.role(item): known.actor}
    if isinstance(known.actor, Receiver):
        values |= {"everywhere": Everywhere(known.actor), "media": MediaHost(known.actor)}
        values["delivery"] = known.actor.make() if "delivery" in wanted else None
    if "case" in wanted:
        values["case"] = item.callspec.params["case"][1]  # type: ignore[attr-defined]
    known.started = time.monotonic()
    try:
        await item.obj(**{name: values[name] for name in wanted})  # type: ignore[attr-defined]
    finally:
        if isinstance(known.actor, Sender):
            known.actor.let_go()


def _hindrance(item: pytest.Item, run: CheckRun) -> Inconclusive | None:
    """Why the check would mean nothing: but for `basic` ones, a genuine delivery must have been acknowledged.

    Where every one is refused and the target shows no fault of its own, only its answers to challenges are judged.
    """
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
    challenged = "challenger" in getattr(item, "fixturenames", ()) and target.control and not target.control.not_there
    if item.get_closest_marker("basic") and (challenged or not target.doubt):
        return None
    return Inconclusive(Reason.CONTROL_FAILED, target.doubt or str(target.control))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    run = run_of(pyfuncitem.config)
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

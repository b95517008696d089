"""`prove_sender`: a fixture by which a user's own tests run the retry checks on a sender in the same process."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hookproof import cases, specs
from hookproof.events import Maker
from hookproof.plugin.items import Selection, check_id
from hookproof.verdict import Inconclusive, Level

FILES = ("sender.test_retry", "sender.test_backoff")


@dataclass(frozen=True)
class Finding:
    """What one check saw. `outcome`: met, unmet or inconclusive."""

    check: str
    level: Level
    outcome: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.level:6} {self.check}: {self.text}"


@pytest.fixture
def prove_sender() -> Callable[..., list[Finding]]:
    """Prove that a sender retries as a provider documents it, over days of virtual time.

    Call `prove_sender(deliver, provider="…")` with a coroutine function `deliver(url, body)`, or an object that
    has one, which delivers one event by httpx and comes back when it is delivered or given up. It runs the checks of
    suites/sender/test_retry.py and test_backoff.py and raises one AssertionError that lists what is unmet; with
    `strict=True` a SHOULD counts too. `as_dict=True`: the body is a dict, not bytes. `backend`: asyncio or trio.
    `parameters`: as with --set.
    """
    return prove


def prove(
    deliver: Any,
    provider: str,
    *,
    parameters: dict[str, str] | None = None,
    as_dict: bool = False,
    backend: str = "asyncio",
    strict: bool = False,
) -> list[Finding]:
    """What every check saw. Raises AssertionError if a MUST is unmet; with `strict` also for a SHOULD."""
    virtual = _virtual()
    surface = specs.load(provider).surfaces(parameters or {})[0]
    maker = Maker(surface, secret=None, run="virtual")

    async def main() -> list[Finding]:
        sender = virtual.VirtualSender(getattr(deliver, "deliver", deliver), maker, as_dict=as_dict)
        return [await _judge(sender, *row) for row in _checks(surface, maker)]

    found: list[Finding] = virtual.virtually(main, backend)
    counting = (Level.MUST, Level.SHOULD) if strict else (Level.MUST,)
    unmet = [each for each in found if each.outcome == "unmet"]
    if not any(each.outcome == "met" for each in found):
        raise AssertionError(_list(surface, [each for each in found if each.outcome != "met"]))
    if any(each.level in counting for each in unmet):
        raise AssertionError(_list(surface, unmet))
    return found


def _list(surface: specs.Surface, findings: list[Finding]) -> str:
    return "\n  ".join([f"{surface.provider.fields.title}: unmet", *map(str, findings)])


def _virtual() -> Any:
    try:
        importlib.import_module("respx")
    except ModuleNotFoundError:
        raise pytest.UsageError("prove_sender needs respx: pip install 'hookproof[virtual]'") from None
    return importlib.import_module("hookproof.virtual")


def _checks(surface: specs.Surface, maker: Maker) -> Iterator[tuple[str, Level, Any, dict[str, Any]]]:
    """The checks that the provider's requirements name, case by case: name, level, function, arguments."""
    rows = [(surface.provider.name, row) for row in surface.provider.requirements.values()]
    rows += [("*", row) for row in specs.baseline().values()]
    selection = Selection([pair for pair in rows if "sender" in pair[1].roles], [surface], ["sender"])
    platform = surface.provider.fields.platform
    modes = platform.modes if platform else {}
    for file in FILES:
        module = importlib.import_module(f"hookproof.suites.{file}")
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction):
            marks = {mark.name: mark for mark in getattr(function, "pytestmark", [])}
            check = check_id(Path(str(module.__file__)).resolve(), name)
            regime = marks["regime"].args[0] if "regime" in marks else "usual"
            if regime in modes or surface.subject not in selection.subjects(check):
                continue  # what needs other settings needs a platform that can be told
            single, whole = selection.named_cases(check, surface.subject)
            table = cases.table(marks["cases"].args[0])(maker) if "cases" in marks else None
            if table is None:
                yield check, selection.level(check, surface.subject), function, {}
            for case, value in (table or {}).items():
                if whole or case in single:
                    level = selection.level(check, surface.subject, case)
                    yield f"{check}[{case}]", level, function, {"case": value}


async def _judge(sender: Any, check: str, level: Level, function: Any, arguments: dict[str, Any]) -> Finding:
    try:
        await function(sender, **arguments)
    except Inconclusive as open_:
        return Finding(check, level, "inconclusive", str(open_))
    except AssertionError as unmet:
        return Finding(check, level, "unmet", str(unmet).partition("\n")[0])
    return Finding(check, level, "met")

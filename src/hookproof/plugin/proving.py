"""What the fixture `prove_sender` does: a user's own tests run the retry checks on a sender in the same process."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from hookproof import cases, providers
from hookproof.plugin.items import Selection, check_id
from hookproof.providers.events import Maker
from hookproof.verdict import Inconclusive, Level

if TYPE_CHECKING:
    from hookproof.sender.virtual import VirtualSender

FILES = ("sender.test_retry", "sender.test_backoff")
"""The modules of suites/ whose checks a sender in this process can be judged by."""
Check: TypeAlias = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Finding:
    """What one check saw. `outcome`: met, unmet or inconclusive."""

    check: str
    level: Level
    outcome: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.level:6} {self.check}: {self.text}"


def prove(
    deliver: Any,
    provider: str,
    *,
    parameters: dict[str, str] | None = None,
    as_dict: bool = False,
    backend: str = "asyncio",
    strict: bool = False,
) -> list[Finding]:
    """Run every check on `deliver`, a coroutine function or an object that has one of that name.

    Raises AssertionError if a MUST is unmet, with `strict` also for a SHOULD, and if no check could be decided.
    """
    from hookproof.sender import virtual  # respx, for this fixture alone

    if backend == "trio" and find_spec("trio") is None:
        raise pytest.UsageError("a sender on trio needs it: pip install 'hookproof[trio]'")
    surface = providers.load(provider).surfaces(parameters or {})[0]
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


def _list(surface: providers.Surface, findings: list[Finding]) -> str:
    return "\n  ".join([f"{surface.provider.fields.title}: unmet", *map(str, findings)])


def _checks(surface: providers.Surface, maker: Maker) -> Iterator[tuple[str, Level, Check, dict[str, Any]]]:
    """The checks that the provider's requirements name, case by case: name, level, function, arguments."""
    rows = [(surface.provider.name, row) for row in surface.provider.requirements.values()]
    rows += [("*", row) for row in providers.baseline().values()]
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


async def _judge(
    sender: VirtualSender, check: str, level: Level, function: Check, arguments: dict[str, Any]
) -> Finding:
    """Run one check on a sender, and say what came of it."""
    try:
        await function(sender, **arguments)
    except Inconclusive as open_:
        return Finding(check, level, "inconclusive", str(open_))
    except AssertionError as unmet:
        return Finding(check, level, "unmet", str(unmet).partition("\n")[0])
    return Finding(check, level, "met")

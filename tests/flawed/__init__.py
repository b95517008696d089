"""Implementations with one flaw each, by which every check is seen to fail. `hookproof selfcheck` judges them.

A flaw is a subclass of the correct receiver or platform that overrides one method. Its docstring says what it does
wrong, and:

bug         row of the catalogue of bugs that it stands for; empty for an idea of our own
caught_by   the check that exists because of it; none for a control, which is correct and must be found to be
also        every other check that is unmet too; `None` for one so wrong that anything more is fine
perhaps     checks that are unmet or inconclusive in some runs only: they depend on what happens at the same moment
undecided   for the reader: checks that are inconclusive although they are not for the correct one
provider    whose documents it breaks; WhatsAble's if not said
parameters  what `--set` must say: a dictionary
times       the `--deadline` and `--patience` that it needs, where the usual ones will not do: a dictionary

What else a flaw may say depends on its role, and is in the role's package.
"""

from __future__ import annotations

import functools
import pkgutil
from importlib import import_module
from typing import Any

ROOMS = {"receiver": "receivers", "sender": "senders", "api": "apis"}
"""Role under test, and the package that has its flaws."""


@functools.cache
def flaws(role: str = "") -> tuple[type[Any], ...]:
    """Every flaw (of one role only): by module, then in the order of definition."""
    rooms = [import_module(f"{__name__}.{room}") for name, room in ROOMS.items() if role in ("", name)]
    modules = [
        import_module(f"{room.__name__}.{found.name}")
        for room in rooms
        for found in sorted(pkgutil.iter_modules(room.__path__))
    ]
    return tuple(
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type) and member.__module__ == module.__name__ and "caught_by" in vars(member)
    )


def role_of(flaw: type[Any]) -> str:
    """Which role a flaw is flawed in."""
    room = flaw.__module__.split(".")[2]
    return next(role for role, name in ROOMS.items() if name == room)


def provider_of(flaw: type[Any]) -> str:
    """Whose documents a flaw breaks."""
    return str(getattr(flaw, "provider", "whatsable"))


def named(flaw: type[Any]) -> set[str]:
    """The checks that exist because of a flaw."""
    return {flaw.caught_by} if isinstance(flaw.caught_by, str) else set(flaw.caught_by)

"""Implementations with one flaw each, by which every check is seen to fail. `hookproof selfcheck` judges them.

A flaw is a subclass of the correct receiver or platform that overrides one method. Its docstring says what it does
wrong; then each flaw says for itself, whatever class it is made of:

bug         row of the catalogue of bugs that it stands for; an idea of our own has none
caught_by   the check that exists because of it, or several; none for a control, which is correct and must be found so
also        every other check that is unmet too, by groups and single ones; none if not said. `Anything("why")` where
            that depends on the moment: see groups.py
perhaps     checks that are unmet in some runs only, because much happens at the same moment; none if not said

comes_to    the verdict of a whole run, where that is to be seen, too

and, where it differs from the usual, how it is run:

provider    whose documents it breaks; WhatsAble's if not said
parameters  what `--set` must say: a dictionary; None leaves a parameter to its default
times       the `--deadline` and `--patience` that it needs: a dictionary

What else a flaw may say depends on its role, and is in the role's package.
"""

from __future__ import annotations

import functools
import pkgutil
from importlib import import_module
from typing import Any

from tests.flawed.groups import Anything

ROOMS = {"receiver": "receivers", "sender": "senders", "api": "apis", "verifier": "verifiers"}
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


def bug_of(flaw: type[Any]) -> str:
    """Row of the catalogue that a flaw stands for; empty for an idea of our own, and for a control."""
    return str(vars(flaw).get("bug", ""))


def named(flaw: type[Any]) -> frozenset[str]:
    """The checks that exist because of a flaw."""
    return frozenset({flaw.caught_by} if isinstance(flaw.caught_by, str) else flaw.caught_by)


def also(flaw: type[Any]) -> frozenset[str]:
    """The other checks that must be unmet too; empty where that depends on the moment.

    A group may have the check in it that exists because of the flaw, so that no flaw need take it out.
    """
    said = _also(flaw)
    return frozenset() if isinstance(said, Anything) else said - named(flaw)


def perhaps(flaw: type[Any]) -> frozenset[str]:
    """Checks that are unmet in some runs only."""
    return frozenset(vars(flaw).get("perhaps", ())) - named(flaw) - also(flaw)


def left_open(flaw: type[Any]) -> str:
    """Why nobody can say which other checks are unmet; empty where a flaw names them all."""
    said = _also(flaw)
    return said.because if isinstance(said, Anything) else ""


def _also(flaw: type[Any]) -> frozenset[str] | Anything:
    said = vars(flaw).get("also", ())
    return said if isinstance(said, Anything) else frozenset(said)

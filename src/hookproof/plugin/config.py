"""hookproof.toml: read, and each value held against what its option takes. What the values mean is `options`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

FILE = "hookproof.toml"
_LISTS = ("provider", "role", "set")
_NUMBERS = ("deadline", "patience", "seed", "examples")
_FLAGS = ("strict",)


def read(path: Path, known: Sequence[str]) -> dict[str, Any]:
    """What the file says; nothing if there is none. Raises UsageError in one line."""
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise pytest.UsageError(f"{FILE}: {' '.join(str(error).split())}") from None
    return checked(found, known)


def checked(found: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """The values as the command line would give them. Raises UsageError for a name or a type that is wrong."""
    if unknown := set(found) - set(known):
        named = ", ".join(sorted(ascii(name)[1:-1] for name in unknown))[:200]
        raise pytest.UsageError(f"{FILE}: unknown {named}; known are {', '.join(known)}")
    return {name: _value(name, value) for name, value in found.items()}


def _value(name: str, value: Any) -> Any:
    if name == "set" and isinstance(value, dict):
        value = [f"{key}={one}" for key, one in value.items() if isinstance(one, (str, int, float))]
    if name in _LISTS:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise pytest.UsageError(f"{FILE}: {name} must be text or a list of texts")
        return listed
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise pytest.UsageError(f"{FILE}: {name} must be true or false")
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name in _NUMBERS and (number or isinstance(value, str)):
        return value
    if name in _NUMBERS or not isinstance(value, str):
        raise pytest.UsageError(f"{FILE}: {name} must be {'a number' if name in _NUMBERS else 'text'}")
    return value

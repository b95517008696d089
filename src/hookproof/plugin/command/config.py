"""hookproof.toml: read, and each value held against what its option takes. What the values mean is `options`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from hookproof.options.table import CHECKS

FILE = "hookproof.toml"
_KINDS = {option.key: option.kind for option in CHECKS}


def read(path: Path) -> dict[str, Any]:
    """What the file says; nothing if there is none. Raises UsageError in one line."""
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise pytest.UsageError(f"{FILE}: {' '.join(str(error).split())}") from None
    return checked(found)


def checked(found: dict[str, Any]) -> dict[str, Any]:
    """The values as the command line would give them. Raises UsageError for a name or a type that is wrong."""
    if unknown := set(found) - set(_KINDS):
        named = ", ".join(sorted(ascii(name)[1:-1] for name in unknown))[:200]
        raise pytest.UsageError(f"{FILE}: unknown {named}; known are {', '.join(_KINDS)}")
    return {name: _value(name, value) for name, value in found.items()}


def _value(name: str, value: Any) -> Any:
    kind = _KINDS[name]
    if name == "set" and isinstance(value, dict):
        wrong = [key for key, one in value.items() if not isinstance(one, (str, int, float))]
        if wrong:
            raise pytest.UsageError(f"{FILE}: set.{ascii(wrong[0])[1:-1][:80]} must be text or a number")
        value = [f"{key}={one}" for key, one in value.items()]
    if kind == "list":
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise pytest.UsageError(f"{FILE}: {name} must be text or a list of texts")
        return listed
    if kind == "flag":
        if not isinstance(value, bool):
            raise pytest.UsageError(f"{FILE}: {name} must be true or false")
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "number" and (number or isinstance(value, str)):
        return value
    if kind == "number" or not isinstance(value, str):
        raise pytest.UsageError(f"{FILE}: {name} must be {'a number' if kind == 'number' else 'text'}")
    return value

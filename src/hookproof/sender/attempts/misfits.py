"""Why a body does not fit a schema, in words: where the schema offers a choice, by the branch that came nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import jsonschema_rs

_CHOICES = (jsonschema_rs.ValidationErrorKind.AnyOf, jsonschema_rs.ValidationErrorKind.OneOfNotValid)
_TELLS_APART = (jsonschema_rs.ValidationErrorKind.Constant, jsonschema_rs.ValidationErrorKind.Enum)


def describe(error: Any, schema: dict[str, Any]) -> str:
    """Where an error is, and what; of a choice, the first error of the branch that came nearest, and its name."""
    branches = error.kind.context if isinstance(error.kind, _CHOICES) else []
    if not any(branches):
        return f"{_pointer(error.instance_path)}: {_short(error.message)}"
    at, branch = min(enumerate(branches), key=lambda item: _distance(item[1]))
    first = min(branch, key=_depth_first)
    more = f", and {len(branch) - 1} more" if len(branch) > 1 else ""
    return f"{describe(first, schema)}{more} (nearest to {_name(error, at, schema)})"


def concerns(error: Any, pointer: str) -> bool:
    """Whether an error is about the member at a pointer (`*` for every item), or about what is in that member."""
    steps, path = pointer.split("/")[1:], [str(step) for step in error.instance_path]
    required = re.match(r'"(.+)" is a required property', error.message)
    if required:
        path = [*path, required[1]]
    return len(path) >= len(steps) and all(want in ("*", have) for want, have in zip(steps, path, strict=False))


def _distance(branch: Sequence[Any]) -> tuple[bool, int, int]:
    """How far a branch is from fitting, to sort by: those with a wrong constant last, those that fail deepest first."""
    other = any(isinstance(error.kind, _TELLS_APART) for error in branch)
    return other, -max((len(error.instance_path) for error in branch), default=0), len(branch)


def _depth_first(error: Any) -> tuple[bool, int]:
    return not isinstance(error.kind, _TELLS_APART), -len(error.instance_path)


def _name(error: Any, at: int, schema: dict[str, Any]) -> str:
    """What the schema calls a branch: its title, else the name it refers to, else its number."""
    node: Any = schema
    for step in error.schema_path:
        try:
            node = node[int(step)] if isinstance(node, list) else node[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return f"form {at + 1}"
    branch = node[at] if isinstance(node, list) and at < len(node) and isinstance(node[at], dict) else {}
    return str(branch.get("title") or branch.get("$ref", "").rpartition("/")[2] or f"form {at + 1}")


def _pointer(path: Sequence[Any]) -> str:
    return "/" + "/".join(map(str, path)) if path else "the body"


def _short(message: str) -> str:
    return message if len(message) < 160 else f"{message[:60]} … {message[-80:]}"

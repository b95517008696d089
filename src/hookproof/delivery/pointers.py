"""Places in a payload: JSON pointers (RFC 6901), patterns of them, and what identifies the events in a body. Pure."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[bytes, bytes], ...]
HEADER = "header:"
"""Begins a place of an identity that is a header and not in the body."""


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def escape(step: str) -> str:
    """One step of a pointer, from a member's name."""
    return step.replace("~", "~0").replace("/", "~1")


def get(payload: Any, pointer: str) -> Any:
    """The value at a JSON pointer. Raises KeyError, IndexError, TypeError or ValueError where there is none."""
    for step in _steps(pointer):
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    return payload


def first_object(payload: Any) -> Any:
    """The payload, or of an array its first object."""
    if isinstance(payload, list):
        return next((item for item in payload if isinstance(item, dict)), {})
    return payload


def put(payload: Any, pointer: str, value: Any) -> None:
    """Set the value at a JSON pointer in place."""
    *path, last = _steps(pointer)
    for step in path:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    payload[int(last) if isinstance(payload, list) else last] = value


def drop(payload: Any, pointer: str) -> None:
    """Remove what stands at a JSON pointer in place."""
    *path, last = _steps(pointer)
    for step in path:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    del payload[int(last) if isinstance(payload, list) else last]


def take(payload: Any, source: Any, pointers: Iterable[str]) -> None:
    """Set in place what stands at these pointers in both payloads to what stands in `source`."""
    for pointer in pointers:
        with contextlib.suppress(KeyError, IndexError, TypeError, ValueError):
            get(payload, pointer)
            put(payload, pointer, get(source, pointer))


def expand(payload: Any, pattern: str) -> Iterator[str]:
    """The pointers that a pattern means in this payload; `*` stands for every item of an array."""
    found: list[tuple[str, Any]] = [("", payload)]
    for step in _steps(pattern):
        inside: list[tuple[str, Any]] = []
        for pointer, value in found:
            if step == "*" and isinstance(value, list):
                inside += [(f"{pointer}/{at}", item) for at, item in enumerate(value)]
            elif isinstance(value, dict) and step in value:
                inside.append((f"{pointer}/{escape(step)}", value[step]))
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                inside.append((f"{pointer}/{step}", value[int(step)]))
        found = inside
    return (pointer for pointer, _ in found)


def leaves(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no object and no array, with its pointer, in the order of the payload."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{pointer}/{escape(key)}")
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from leaves(value, f"{pointer}/{at}")
    else:
        yield pointer, node


@dataclass(frozen=True)
class Identity:
    """Where events stand in a body (`items`), and what identifies each: values at `id`, joined by a colon.

    A place of `id` is a pointer within the item, or `header:NAME`, in lower case.
    With `pattern`, the first group of its first match in a value is what counts. `also`: what else is new with it.
    """

    items: str
    id: tuple[str, ...]
    pattern: str = ""
    also: tuple[str, ...] = ()

    def of(self, value: Any) -> str:
        """The text that identifies, out of the value; empty if it holds none."""
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            return ""
        if not self.pattern:
            return str(value)
        match = re.search(self.pattern, str(value))
        return match[1] if match else ""


@dataclass(frozen=True)
class Identified:
    """One event in a body: its id as an observer is asked for it, where it stands, and where its id does."""

    id: str
    item: str
    pointers: tuple[str, ...]
    also: tuple[str, ...] = ()


def _at(payload: Any, item: str, place: str, headers: Mapping[str, str]) -> Any:
    """What stands at a place of an identity: in a header, or within an item. Raises as `get` does."""
    return headers[place.removeprefix(HEADER)] if place.startswith(HEADER) else get(payload, item + place)


def identify(payload: Any, identities: Sequence[Identity], headers: Headers = ()) -> list[Identified]:
    """Every event in a body that can be told from others, in the order of the body; its id may be in these headers."""
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    found = []
    for identity in identities:
        for item in expand(payload, identity.items):
            pointers = tuple(item + place for place in identity.id if not place.startswith(HEADER))
            try:
                parts = [identity.of(_at(payload, item, place, given)) for place in identity.id]
            except (KeyError, IndexError, TypeError, ValueError):
                continue
            if all(parts):
                also = tuple(pointer for each in identity.also for pointer in expand(payload, item + each))
                found.append(Identified(":".join(parts), item, pointers, also))
    return found

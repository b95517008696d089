"""The scalars of every payload that came, indexed, so that an event's id is looked up and not searched for."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import Any

PAYLOADS = 200_000
"""Payloads that are kept at most."""
SCALARS = 1_000_000
"""Scalars of all kept payloads together, at most."""
NODES = 10_000
"""Values within one payload beyond which it is not looked at."""
LONG = 100
"""Characters beyond which the digest of a text is kept instead of the text."""
MOST_PARTS = 12
"""Parts of an id, joined with colons, that are looked for one by one."""


class TooLarge(Exception):
    """A payload with more in it than is looked at."""


class Scalars:
    """Which payloads carry an id. The oldest are forgotten first; `add` says from when the last of those was."""

    def __init__(self, payloads: int = PAYLOADS, scalars: int = SCALARS) -> None:
        self._most_payloads, self._most_scalars = payloads, scalars
        self._kept: deque[tuple[float, tuple[str, ...]]] = deque()
        self._first = 0
        self._size = 0
        self._carriers: dict[str, list[int]] = {}

    def add(self, payload: Any, at: float) -> float | None:
        """Keep a payload that came at `at`; when the youngest of those forgotten for it came. Raises TooLarge."""
        found = tuple(set(_texts(payload)))
        number = self._first + len(self._kept)
        self._kept.append((at, found))
        self._size += len(found)
        for text in found:
            self._carriers.setdefault(text, []).append(number)
        forgotten = None
        while len(self._kept) > self._most_payloads or self._size > self._most_scalars:
            forgotten = self._forget()
        return forgotten

    def _forget(self) -> float:
        at, found = self._kept.popleft()
        self._first += 1
        self._size -= len(found)
        for text in found:
            carriers = self._carriers[text]
            del carriers[0]
            if not carriers:
                del self._carriers[text]
        return at

    def count(self, event_id: str) -> int:
        """How many payloads carry the id as one scalar, or all its parts (joined with ":") as scalars.

        A part may itself hold a ":", as a time does.
        """
        parts = event_id.split(":")
        if len(parts) == 1 or len(parts) > MOST_PARTS:
            return len(self._carriers.get(_key(event_id), ()))
        spelled: list[set[int]] = []  # spelled[n]: payloads that carry the first n + 1 parts
        for end in range(1, len(parts) + 1):
            here = set(self._carriers.get(_key(":".join(parts[:end])), ()))
            for start in range(1, end):
                carriers = self._carriers.get(_key(":".join(parts[start:end])), [])
                here |= {number for number in spelled[start - 1] if _holds(carriers, number)}
            spelled.append(here)
        return len(spelled[-1])


def _holds(numbers: list[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number


def _key(text: str) -> str:
    """A short text itself, a long one's digest: memory stays bounded, and long ids are found all the same."""
    return text if len(text) <= LONG else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _texts(payload: Any) -> Iterator[str]:
    """The text of every string and number, however deep."""
    open_, seen = [payload], 0
    while open_:
        seen += 1
        item = open_.pop()
        if isinstance(item, dict):
            item = list(item.values())
        if isinstance(item, (list, tuple)):
            if seen + len(open_) + len(item) > NODES:
                raise TooLarge
            open_ += item
        elif isinstance(item, str):
            yield _key(item)
        elif isinstance(item, (int, float)) and not isinstance(item, bool):
            yield _key(str(item))
            if isinstance(item, float) and item.is_integer() and abs(item) < 2**53:
                yield str(int(item))

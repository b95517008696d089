"""Where two byte strings first differ, with what stands around it: evidence for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass

BEFORE, AFTER = 16, 32
_BLOCK = 4096


@dataclass(frozen=True)
class Difference:
    """Two byte strings from `start` on, a little around `at`, where they differ first."""

    what: str
    at: int
    start: int
    expected: bytes
    actual: bytes
    expected_size: int
    actual_size: int


def first_difference(one: bytes, other: bytes) -> int | None:
    """The first place where the two differ, or the end of the shorter; None if they are equal."""
    if one == other:
        return None
    least = min(len(one), len(other))
    for start in range(0, least, _BLOCK):
        if one[start : start + _BLOCK] != other[start : start + _BLOCK]:
            pairs = zip(one[start : start + _BLOCK], other[start : start + _BLOCK], strict=False)
            return next((start + at for at, (old, new) in enumerate(pairs) if old != new), least)
    return least


def differing(what: str, expected: bytes, actual: bytes, *, after: int = AFTER) -> list[Difference]:
    """The difference of the two, if there is one, with `after` bytes of each from there on."""
    at = first_difference(expected, actual)
    if at is None:
        return []
    start = max(0, at - BEFORE)
    return [
        Difference(
            what=what,
            at=at,
            start=start,
            expected=expected[start : at + after],
            actual=actual[start : at + after],
            expected_size=len(expected),
            actual_size=len(actual),
        )
    ]

"""Signatures and times that stand in the body of a delivery and in no header: read, written, taken out. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.delivery.moments import written_like
from hookproof.delivery.pointers import drop, expand, get, put
from hookproof.delivery.signature import Scheme


def items(payload: Any, scheme: Scheme) -> list[str]:
    """Pointers to what is signed, each with a signature of its own: the whole payload where nothing else is said."""
    return list(expand(payload, scheme.items)) if scheme.items else [""]


def signature_in(payload: Any, scheme: Scheme) -> str:
    """The first signature in the payload; empty without one."""
    for item in items(payload, scheme):
        try:
            found = get(payload, item + scheme.place)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
        return found if isinstance(found, str) else ""
    return ""


def put_signatures(payload: Any, scheme: Scheme, value: Callable[[str], Any]) -> None:
    """Set each signature in place to what `value` makes for the item at that pointer."""
    for item in items(payload, scheme):
        try:
            put(payload, item + scheme.place, value(item))
        except (KeyError, IndexError, TypeError, ValueError):
            continue


def drop_signatures(payload: Any, scheme: Scheme) -> None:
    """Take every signature out, in place."""
    for item in items(payload, scheme):
        try:
            drop(payload, item + scheme.place)
        except (KeyError, IndexError, TypeError, ValueError):
            continue


def put_text(payload: Any, pointer: str, text: str) -> None:
    """Set what stands at a place in place to this text."""
    for found in list(expand(payload, pointer)):
        put(payload, found, text)


def put_time(payload: Any, pointer: str, at: float) -> None:
    """Set a time in place to Unix time `at` (seconds), written as what stands there is."""
    for found in list(expand(payload, pointer)):
        put(payload, found, written_like(get(payload, found), at))

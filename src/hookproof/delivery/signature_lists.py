"""Several signatures in one header's value: the part of a template in square brackets, repeated for each. Pure."""

from __future__ import annotations

import re

LIST = re.compile(r"\[([^\[\]]*)\]")
"""The part of a value that is repeated for each key."""


def single(value: str) -> str:
    """The template of a value with one signature in it."""
    return LIST.sub(lambda match: _repeated(value, match, 1), value)


def _repeated(value: str, match: re.Match[str], count: int) -> str:
    """The part in brackets so many times; the separator at its end goes, unless it begins with one."""
    part = match[1] * count
    gap = _gap(match[1])
    return part.removesuffix(gap) if gap and match.end() == len(value) else part


def _gap(part: str) -> str:
    """What separates repeated signatures at the end of each: `[v1,{digest_base64} ]` has a blank."""
    return part.rpartition("}")[2]


def _lead_gap(part: str) -> str:
    """What separates repeated signatures at the beginning of each: `[,v1={digest_hex}]` has a comma."""
    return part[0] if part[:1] in (",", ";", " ") else ""


def joined(part: str, values: list[str]) -> str:
    """Signatures of a list, each with what `part` writes around it, one after the other."""
    return ("" if _lead_gap(part) else _gap(part)).join(values)


def parted(part: str, inner: str) -> list[str]:
    """What is repeated in a list, one after the other, each with what `part` writes around it."""
    if lead := _lead_gap(part):
        return [lead + one for one in inner.split(lead)[1:]]
    gap = _gap(part)
    return inner.split(gap) if gap else [inner]

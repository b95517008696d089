"""What may stand in braces in the files of specs/: {…} in the templates of provider.toml, {{…}} in events. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

IN_EVENTS = re.compile(r"\{\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)(-[1-9]\d*)?(#[2-9])?\}\}")
"""A placeholder of an event: its word, seconds earlier, and which one of several different values."""
TIMES = ("iso", "iso.ms", "iso.offset", "rfc2822", "unix", "unix.text", "unix.ms", "unix.ms.text", "clock")
"""Words of events that mean now."""
MADE = (
    "id", "text", "reply", "name", "phone", "uuid", "hex", "number", "number.text", "big", "big.text", "latitude",
    "longitude",
)  # fmt: skip
"""Words of events for which a value is made up, the same one throughout an event."""
OF_MEDIA = ("media.url", "media.sha256", "media.size", "media.type")
"""Words of events about the file in `media`."""
TAKEN = {*TIMES, *MADE, *OF_MEDIA, "body", "digest_hex", "digest_base64", "secret", "signature_hex", "signature_base64",
         "method", "params", "public_url", "rotation", "challenge", "hmac_hex",
         "hmac_base64", "url", "kind", "events", "on", "timestamp"}  # fmt: skip
"""Words with a meaning of their own, after which no parameter can be called."""


def holds(condition: str, parameters: dict[str, str]) -> bool:
    """Whether PARAMETER=VALUE, or PARAMETER!=VALUE, is so; an empty condition is."""
    if not condition:
        return True
    name, _, value = condition.partition("=")
    if name.endswith("!"):
        return parameters.get(name[:-1]) != value
    return parameters.get(name) == value


def filled(text: str, parameters: dict[str, str]) -> str:
    """The text with {parameter} replaced by its value; other braces stay."""
    for name, value in parameters.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def unknown(template: str, words: Collection[str], parameters: dict[str, str]) -> str:
    """What in a template's braces has no value: `{word}`, or a brace that stands alone; empty if there is nothing.

    A parameter may stand within another placeholder, as in {digest_{encoding}}: parameters are filled in first.
    """
    text = filled(template, {name: value.replace("{", "").replace("}", "") for name, value in parameters.items()})
    for word in words:
        text = text.replace(f"{{{word}}}", "")
    found = re.search(r"\{[^{}]*\}", text) or re.search(r"[{}]", text)
    return found[0] if found else ""


def placeholder(found: str, words: Collection[str], parameters: Collection[str] = ()) -> str:
    """What to say of a placeholder for which nothing is filled in."""
    return f"{found} is unknown; known are: {names([f'{{{word}}}' for word in (*words, *parameters)])}"


def names(known: Collection[str]) -> str:
    """Names as a complaint lists them."""
    return ", ".join(known) or "none"


def unknown_in_event(node: Any, parameters: Collection[str], *, has_media: bool) -> str:
    """The first placeholder in an event's payload that has no value; empty if there is none."""
    for text in _texts(node):
        for start in (match.start() for match in re.finditer(r"\{\{", text)):
            match = IN_EVENTS.match(text, start)
            if match is None or not _known(match, parameters, has_media):
                end = text.find("}}", start)
                return text[start : end + 2 if end >= 0 else start + 40]
    return ""


def _known(match: re.Match[str], parameters: Collection[str], has_media: bool) -> bool:
    word, earlier, number = match.groups()
    if word in TIMES:
        return not number
    if word in MADE:
        return not earlier
    return not (earlier or number) and (word in parameters or (word in OF_MEDIA and has_media))


def _texts(node: Any) -> Iterator[str]:
    """Every text in a payload, names of members too."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item
            stack += item.values()
        elif isinstance(item, list):
            stack += item

"""What a signature covers, as bytes: the one place where a template of `signs` is filled in. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from hookproof.delivery.encoding import Multipart
from hookproof.delivery.pointers import get

WORDS = ("id", "timestamp", "body", "url", "method", "params", "secret")
"""What `signs` may hold in braces, beside pointers into the body."""
POINTER = re.compile(r"\{(/[^{}]*)\}")
_STAMPED = re.compile("{(id|timestamp)}")
_FILLED = re.compile(r"\{(id|timestamp|url|method|params|secret|/[^{}]*)\}")


@dataclass(frozen=True)
class Stamp:
    """What a signature may cover beside the body, as texts.

    The delivery's id, when the attempt was signed, the URL by which the platform knows the endpoint, and the method.
    """

    id: str = ""
    timestamp: str = ""
    url: str = ""
    method: str = "POST"

    def fill(self, template: str) -> str:
        """The template with {id} and {timestamp} filled in, in one pass: what is filled in is never a template."""
        return _STAMPED.sub(lambda match: self.id if match[1] == "id" else self.timestamp, template)


def pieces(template: str, stamp: Stamp, body: bytes, key: bytes = b"", item: str = "") -> tuple[bytes, ...]:
    """What is signed, cut wherever the body stands in it as it was sent; one piece if it stands nowhere.

    `key` fills in {secret}; pointers are looked up in the body, within `item`, a pointer itself.
    """
    said = body_of(body) if POINTER.search(template) else None
    texts = {"id": stamp.id, "timestamp": stamp.timestamp, "url": stamp.url, "method": stamp.method}

    def value(name: str) -> bytes:
        if name.startswith("/"):
            return _told(said, item + name).encode("utf-8", "surrogatepass")
        if name == "params":
            return params(body)
        return key if name == "secret" else texts[name].encode("latin-1", "replace")

    def rendered(part: str) -> bytes:
        found, at = b"", 0
        for match in _FILLED.finditer(part):
            found += part[at : match.start()].encode() + value(match[1])
            at = match.end()
        return found + part[at:].encode()

    return tuple(rendered(part) for part in template.split("{body}"))


def params(body: bytes) -> bytes:
    """The parameters of a form, sorted by name and then by value: each name with its value, and nothing between."""
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return "".join(name + value for name, value in sorted(set(pairs))).encode("utf-8", "replace")


def body_of(body: bytes) -> Any:
    """What a body says, be it JSON, a form or multipart; None where it says nothing."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    try:
        return Multipart().read(body) if body.startswith(b"--") else dict(parse_qsl(body.decode(), True))
    except (UnicodeDecodeError, ValueError):
        return None


def _told(said: Any, pointer: str) -> str:
    """A value in the body as text; empty where there is none."""
    try:
        found = get(said, pointer)
    except (KeyError, IndexError, TypeError, ValueError):
        return ""
    if found is None:
        return ""
    return found if isinstance(found, str) else json.dumps(found)

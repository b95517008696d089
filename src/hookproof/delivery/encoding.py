"""How a sender writes a payload as bytes, and the way back: JSON in its spellings, forms, multipart. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode


class Writing(Protocol):
    """One way to write payloads. `content_type` is the header's whole value."""

    @property
    def content_type(self) -> str: ...

    @property
    def is_json(self) -> bool: ...

    def write(self, payload: Any) -> bytes: ...

    def read(self, body: bytes) -> Any:
        """A new structure each time, which the caller may change."""


@dataclass(frozen=True)
class Spelling:
    """JSON with these separators, non-ASCII text and slashes escaped or not; all spellings mean the same."""

    item: str = ","
    key: str = ":"
    escaped: bool = False
    slashes: bool = False
    content_type: str = "application/json"
    is_json: bool = True

    def write(self, payload: Any) -> bytes:
        text = json.dumps(payload, ensure_ascii=self.escaped, separators=(self.item, self.key))
        if self.slashes:
            text = text.replace("/", "\\/")
        return text.encode(errors="surrogatepass")

    def read(self, body: bytes) -> Any:
        return json.loads(body)


COMPACT = Spelling()
SPELLINGS = (COMPACT, Spelling(escaped=True), Spelling(", ", ": ", escaped=True), Spelling(", ", ": "))


@dataclass(frozen=True)
class FormFields:
    """A flat object of texts as application/x-www-form-urlencoded."""

    content_type: str = "application/x-www-form-urlencoded"
    is_json: bool = False

    def write(self, payload: Any) -> bytes:
        return urlencode({name: _text(value) for name, value in payload.items()}).encode()

    def read(self, body: bytes) -> Any:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class JsonInForm:
    """JSON as the text of one member of a form."""

    member: str
    content_type: str = "application/x-www-form-urlencoded"
    is_json: bool = False

    def write(self, payload: Any) -> bytes:
        return urlencode({self.member: COMPACT.write(payload)}).encode()

    def read(self, body: bytes) -> Any:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if self.member not in fields:
            raise ValueError(f"the form has no member {self.member!r}")
        return json.loads(fields[self.member])


_BOUNDARY = "hookproof-boundary-7d1f"
_PART = re.compile(r'Content-Disposition: form-data; name="([^"]*)"\r\n\r\n(.*)\r\n$', re.DOTALL)


@dataclass(frozen=True)
class Multipart:
    """A flat object of texts as multipart/form-data (RFC 7578)."""

    content_type: str = f"multipart/form-data; boundary={_BOUNDARY}"
    is_json: bool = False

    def write(self, payload: Any) -> bytes:
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{_text(value)}\r\n'
            for name, value in payload.items()
        ]
        return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()

    def read(self, body: bytes) -> Any:
        pieces = body.decode().split(f"--{_BOUNDARY}\r\n")[1:]
        found = (_PART.match(piece.removesuffix(f"--{_BOUNDARY}--\r\n")) for piece in pieces)
        return {match[1]: match[2] for match in found if match}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


WRITINGS: dict[str, Writing] = {
    "application/json": COMPACT,
    "application/x-www-form-urlencoded": FormFields(),
    "multipart/form-data": Multipart(),
}

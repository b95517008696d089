"""One funnel for everything that is written or shown: secrets by value, control characters made visible."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from typing import Any

SECRET = "$HOOKPROOF_SECRET"
SIGNATURE = "<signature>"
MIN_SECRET = 8


class Redactor:
    """Replaces every registered secret, in each spelling in which it could leak, and signatures made with it."""

    def __init__(self) -> None:
        self._spellings: dict[str, str] = {}
        self._signatures: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: bytes, name: str = SECRET) -> None:
        """Never show `secret` again. Shorter than 8 bytes it would eat innocent text, so it is not replaced."""
        if len(secret) < MIN_SECRET:
            return
        for spelling in spellings(secret):
            self._spellings.setdefault(spelling, name)
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def add_signature(self, value: str) -> None:
        """A signature is no key, but it can be replayed: hide it wherever it comes back, without its prefix too."""
        self._signatures.update(one for one in (value, value.partition("=")[2]) if len(one) >= 16)

    def text(self, text: str) -> str:
        if self._pattern:
            text = self._pattern.sub(lambda match: self._spellings[match[0]], text)
        return _SIGNATURE_LIKE.sub(self._hide, text) if self._signatures else text

    def _hide(self, match: re.Match[str]) -> str:
        return SIGNATURE if {match[0], match[0].lower()} & self._signatures else match[0]

    def value(self, value: Any) -> Any:
        """The same structure with every string redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value


_SIGNATURE_LIKE = re.compile(r"[A-Za-z0-9+/=_-]{16,}")


def spellings(secret: bytes) -> set[str]:
    """The texts by which a secret may show itself: as it is, in base64, in hex, escaped for a URL or JSON."""
    text = secret.decode("utf-8", "replace")
    encoded = base64.b64encode(secret).decode()
    found = {
        text,
        encoded,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(secret).decode(),
        secret.hex(),
        secret.hex().upper(),
        urllib.parse.quote(text, safe=""),
        urllib.parse.quote_plus(text),
        json.dumps(text)[1:-1],
        repr(text)[1:-1],
    }
    return {spelling for spelling in found if len(spelling) >= MIN_SECRET}


_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\uffff]"
)


def visible(text: str) -> str:
    """Control, zero-width and bidirectional characters written out, so that a target cannot steer a terminal."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).replace("\t", "    ")

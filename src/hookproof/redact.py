"""One funnel for everything that is written or shown: secrets by value, control characters made visible.

A target may send back what it was sent in any wrapping. What can be taken off is taken off: base64 and hex around it,
compression, escapes of URLs, JSON and HTML; and what is cut off in the middle is still known by its first half.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import urllib.parse
from collections.abc import Collection
from itertools import pairwise
from typing import Any

from hookproof.unwrap import HEX, PACKED, WRAPPED, TooMuchError, decompressed, inside, unpacked

SECRET = "$HOOKPROOF_SECRET"
SIGNATURE = "<signature>"
CUT_SIGNATURE = "<most of a signature>"
MIN_SECRET = 8


class Redactor:
    """Replaces every registered secret, in each spelling in which it could leak, and signatures made with it."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._halves: dict[bytes, str] = {}
        self._spellings: dict[str, str] = {}
        self._signatures: dict[str, tuple[str, int]] = {}
        self._whole: re.Pattern[str] | None = None
        self._cut: re.Pattern[str] | None = None
        self._escaped: list[tuple[re.Pattern[str], str]] = []

    def add(self, secret: bytes, name: str = SECRET) -> None:
        """Never show `secret` again. Shorter than 8 bytes it would eat innocent text, so it is not replaced."""
        if len(secret) < MIN_SECRET or secret in self._names:
            return
        self._names[secret] = name
        for spelling in spellings(secret):
            self._spellings.setdefault(spelling, name)
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._whole = re.compile("|".join(map(re.escape, longest_first)))
        self._cut = re.compile("|".join(map(_cut_off, longest_first)))
        for one in (secret, secret.decode("utf-8", "replace").upper().encode(), secret.swapcase()):
            self._halves.setdefault(one[: max(MIN_SECRET, len(one) // 2)].lower(), name)
        for reading in _readings(secret):
            self._escaped.append((_escaped(reading), name))

    def add_signature(self, value: str) -> None:
        """A signature is no key, but it can be replayed: hide it wherever it comes back."""
        for spelling in {value, *_digests(value)}:
            for start in range(0, len(spelling) - _PIECE + 1, _PIECE):
                self._signatures.setdefault(spelling[start : start + _PIECE].lower(), (spelling.lower(), start))

    def text(self, text: str) -> str:
        if self._whole and self._cut:
            text = self._whole.sub(lambda match: self._spellings[match[0]], text)
            if any(mark in text for mark in "%\\&"):
                for pattern, name in self._escaped:
                    text = pattern.sub(name, text)
            text = self._cut.sub(self._name, text)
        if not (self._signatures or self._names):
            return text
        text = _RUN.sub(self._hide, text)
        if not (held := self._deep(text)):
            return text
        text = "".join(f"<encoded {inner}>" if (inner := self._deep(part)) else part for part in _SPACE.split(text))
        return f"<encoded {held}>" if self._deep(text) else text

    def _deep(self, text: str) -> str:
        """The name of what is in a text under whatever wrappings; of what cannot be looked into, its size."""
        found = self._under(
            text.encode("utf-8", "replace"), wrapped=not text.isascii() or WRAPPED.search(text) is not None
        )
        if not found and not text.isascii():
            with contextlib.suppress(UnicodeError):
                return self._under(text.encode("latin-1"))
        return found

    def _under(self, raw: bytes, *, wrapped: bool = True) -> str:
        try:
            for piece in inside(raw) if wrapped else (raw,):
                small = piece.lower()
                for part, name in self._halves.items():
                    if part in small:
                        return name
        except TooMuchError:
            return f"data of {len(raw)} bytes"
        return ""

    def _name(self, match: re.Match[str]) -> str:
        return next(name for spelling, name in self._spellings.items() if spelling.startswith(match[0]))

    def _hide(self, match: re.Match[str]) -> str:
        """What becomes of a run of letters and digits: it may be a signature, or hold a secret in base64 or hex."""
        run = self._unsigned(match[0])
        held = next(filter(None, map(self._held, unpacked(run))), "") if len(run) >= PACKED else ""
        return f"<encoded {held}>" if held else run

    def _unsigned(self, run: str) -> str:
        """The run without signatures, and without what has three quarters of one: the rest could be guessed."""
        at, small = 0, run.lower()
        while self._signatures and at + _PIECE <= len(small):
            value, start = self._signatures.get(small[at : at + _PIECE], ("", 0))
            begin, end = _alike(small, at - start, value) if value else (at, at)
            if value and end - begin >= len(value) * 3 // 4:
                word = SIGNATURE if end - begin == len(value) else CUT_SIGNATURE
                run, small = run[:begin] + word + run[end:], small[:begin] + word + small[end:]
                at = begin + len(word)
            else:
                at += 1
        return run

    def _held(self, raw: bytes, deeper: int = 1) -> str:
        """The name of what these bytes give away; empty if nothing. `deeper`: how many more wrappings are taken off."""
        for secret, name in self._names.items():
            if secret[: max(MIN_SECRET, len(secret) // 2)] in raw:
                return name
        runs = _RUN.findall(raw.decode("latin-1"))
        if any(self._unsigned(run) != run for run in runs):
            return SIGNATURE
        inner = [piece for run in runs if len(run) >= PACKED for piece in unpacked(run)] + decompressed(raw)[0]
        return next(filter(None, (self._held(one, deeper - 1) for one in inner)), "") if deeper else ""

    def raw(self, raw: bytes) -> bytes:
        """The same for bytes that may be no text, or compressed."""
        try:
            return self.text(raw.decode()).encode()
        except UnicodeError:
            if held := next(filter(None, map(self._held, decompressed(raw)[0])), ""):
                return f"<compressed {held}>".encode()
            return self.text(raw.decode("latin-1")).encode("latin-1", "replace")

    def value(self, value: Any, ours: Collection[str] = ()) -> Any:
        """The same structure with every string redacted, but for words of our own: they tell nobody anything."""
        if isinstance(value, str):
            return value if value in ours else self.text(value)
        if isinstance(value, dict):
            return {self.value(key, ours): self.value(item, ours) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item, ours) for item in value]
        return value


_RUN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_SPACE = re.compile(r"(\s+)")
_PIECE = 16
"""Signatures are known again by pieces of so many characters."""


def _cut_off(spelling: str) -> str:
    """A pattern: what is left of a spelling where a text was cut off after its first half."""
    half = max(MIN_SECRET, len(spelling) // 2)
    return re.escape(spelling[:half]) + _perhaps([re.escape(character) for character in spelling[half:]])


def _perhaps(steps: list[str]) -> str:
    """A pattern of as many of the steps as there are; of 80 at most, for what is nested."""
    return "".join(f"(?:{step}" for step in steps[:80]) + ")?" * len(steps[:80])


def _escaped(text: str) -> re.Pattern[str]:
    """The text or its first half, each character as it is or as URLs, JSON, Python or HTML may write it."""
    steps = [f"(?:{'|'.join(_ways(character))})" for character in text]
    half = max(MIN_SECRET, len(steps) // 2)
    return re.compile("".join(steps[:half]) + _perhaps(steps[half:]))


def _ways(character: str) -> list[str]:
    code = ord(character)
    percent = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "replace"))
    named = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}.get(character)
    return [
        rf"\\{{0,8}}{re.escape(character)}",
        f"(?i:{percent})",
        rf"(?i:\\{{1,8}}u{code:04x})",
        rf"(?i:\\{{1,8}}x{code:02x})",
        f"&#0*{code};",
        f"(?i:&#x0*{code:x};)",
        *([f"&{named};"] if named else []),
        *([r"\+"] if character == " " else []),
    ]


def _digests(value: str) -> set[str]:
    """The digest in a signature header's value, in hex and in base64, whichever of them it is in."""
    found = set()
    for word in re.findall(r"[A-Za-z0-9+/_-]{22,}", value):
        raw = bytes.fromhex(word) if HEX.fullmatch(word) and len(word) % 2 == 0 else (unpacked(word) or [b""])[0]
        encoded = base64.b64encode(raw).decode().rstrip("=")
        found |= {word, raw.hex(), encoded, encoded.replace("+", "-").replace("/", "_")}
    return found


def _alike(run: str, at: int, value: str) -> tuple[int, int]:
    """The longest stretch in which `run` agrees with `value`, if that is laid beside it from `at` on."""
    first, last = max(at, 0), min(at + len(value), len(run))
    differs = [here for here in range(first, last) if run[here] != value[here - at]]
    edges = [first - 1, *differs, last]
    stretches = [(before + 1, after) for before, after in pairwise(edges)]
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0])


def _readings(secret: bytes) -> tuple[str, ...]:
    """The texts that its bytes are: as they are meant, and as whoever takes them for Latin-1 sees them."""
    return tuple(dict.fromkeys([secret.decode("utf-8", "replace"), secret.decode("latin-1")]))


def spellings(secret: bytes) -> set[str]:
    """The texts by which a secret may show itself: as it is, in base64, in hex, escaped for a URL or JSON."""
    text = secret.decode("utf-8", "replace")
    encoded = base64.b64encode(secret).decode()
    found = {
        *_readings(secret),
        repr(secret)[2:-1],
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


_USER = re.compile(r"(?<=//)[^\s/@'\"]+(?=@)")


def without_user(text: str) -> str:
    """A text without the users and passwords that stand in its URLs, however short they are."""
    return _USER.sub("***", text)

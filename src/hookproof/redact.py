"""One funnel for everything that is written or shown: secrets by value, control characters made visible.

A target may send back what it was sent in any wrapping. What can be taken off is taken off: base64 and hex around it,
compression, escapes of URLs, JSON and HTML; and what is cut off in the middle is still known by its first half.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
import zlib
from itertools import pairwise
from typing import Any

SECRET = "$HOOKPROOF_SECRET"
SIGNATURE = "<signature>"
CUT_SIGNATURE = "<most of a signature>"
MIN_SECRET = 8
UNPACKED_CAP = 256 * 1024
"""How much of something compressed is looked into."""


class Redactor:
    """Replaces every registered secret, in each spelling in which it could leak, and signatures made with it."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
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
        self._escaped.append((_escaped(secret.decode("utf-8", "replace")), name))

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
        return _RUN.sub(self._hide, text) if self._signatures or self._names else text

    def _name(self, match: re.Match[str]) -> str:
        return next(name for spelling, name in self._spellings.items() if spelling.startswith(match[0]))

    def _hide(self, match: re.Match[str]) -> str:
        """What becomes of a run of letters and digits: it may be a signature, or hold a secret in base64 or hex."""
        run = self._unsigned(match[0])
        held = next(filter(None, map(self._held, _unpacked(run))), "") if len(run) >= _PACKED else ""
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
        inner = [piece for run in runs if len(run) >= _PACKED for piece in _unpacked(run)] + _decompressed(raw)
        return next(filter(None, (self._held(one, deeper - 1) for one in inner)), "") if deeper else ""

    def raw(self, raw: bytes) -> bytes:
        """The same for bytes that may be no text, or compressed."""
        try:
            return self.text(raw.decode()).encode()
        except UnicodeError:
            if held := next(filter(None, map(self._held, _decompressed(raw))), ""):
                return f"<compressed {held}>".encode()
            return self.text(raw.decode("latin-1")).encode("latin-1", "replace")

    def value(self, value: Any) -> Any:
        """The same structure with every string redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value


_RUN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_PACKED = 22
"""As long is what 16 bytes are in base64."""
_PIECE = 16
"""Signatures are known again by pieces of so many characters."""
_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


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


def _unpacked(run: str) -> list[bytes]:
    """What a run of characters is as base64, beginning at any of its first four, and as hex."""
    plain = run.replace("-", "+").replace("_", "/").replace("=", "")
    found = []
    for start in range(4):
        part = plain[start:]
        whole = part + "=" * (-len(part) % 4) if len(part) % 4 != 1 else part[:-1]
        try:
            found.append(base64.b64decode(whole))
        except binascii.Error:
            continue
    for digits in _HEX.findall(run):
        found += [bytes.fromhex(digits[start : len(digits) - (len(digits) - start) % 2]) for start in (0, 1)]
    return found


def _digests(value: str) -> set[str]:
    """The digest in a signature header's value, in hex and in base64, whichever of them it is in."""
    found = set()
    for word in re.findall(r"[A-Za-z0-9+/_-]{22,}", value):
        raw = bytes.fromhex(word) if _HEX.fullmatch(word) and len(word) % 2 == 0 else (_unpacked(word) or [b""])[0]
        encoded = base64.b64encode(raw).decode().rstrip("=")
        found |= {word, raw.hex(), encoded, encoded.replace("+", "-").replace("/", "_")}
    return found


def _decompressed(raw: bytes) -> list[bytes]:
    """What gzip or zlib make of these bytes wherever one of them may begin, so far as it is looked into."""
    found = []
    for match in list(_STREAM.finditer(raw))[:8]:
        try:
            found.append(zlib.decompressobj(wbits=47).decompress(raw[match.start() :], UNPACKED_CAP))
        except zlib.error:
            continue
    return found


def _alike(run: str, at: int, value: str) -> tuple[int, int]:
    """The longest stretch in which `run` agrees with `value`, if that is laid beside it from `at` on."""
    first, last = max(at, 0), min(at + len(value), len(run))
    differs = [here for here in range(first, last) if run[here] != value[here - at]]
    edges = [first - 1, *differs, last]
    stretches = [(before + 1, after) for before, after in pairwise(edges)]
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0])


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


_USER = re.compile(r"(?<=//)[^\s/@'\"]+(?=@)")


def without_user(text: str) -> str:
    """A text without the users and passwords that stand in its URLs, however short they are."""
    return _USER.sub("***", text)

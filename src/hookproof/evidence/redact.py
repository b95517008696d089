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

from hookproof.evidence.unwrap import HEX, WRAPPED, TooMuchError, decompressed, inside, unpacked

SECRET = "$HOOKPROOF_SECRET"
SIGNATURE = "<signature>"
CUT_SIGNATURE = "<most of a signature>"
MIN_SECRET = 8


class Redactor:
    """Replaces every registered secret, in each spelling in which it could leak, and signatures made with it.

    `ours`: texts of our own, in small letters. A beginning of a secret that stands there is not taken for the secret.
    """

    def __init__(self, ours: str = "") -> None:
        self._ours = ours
        self._names: dict[bytes, str] = {}
        self._halves: dict[bytes, str] = {}
        self._spellings: dict[str, str] = {}
        self._signatures: dict[str, tuple[str, int]] = {}
        self._whole: re.Pattern[str] | None = None
        self._cut: re.Pattern[str] | None = None
        self._escaped: list[tuple[re.Pattern[str], str]] = []
        self._pairs: dict[str, str] = {}

    def add(self, secret: bytes, name: str = SECRET) -> None:
        """Never show `secret` again. Shorter than 8 bytes it would eat innocent text, so it is not replaced."""
        if len(secret) < MIN_SECRET or secret in self._names:
            return
        self._names[secret] = name
        for spelling in spellings(secret):
            self._spellings.setdefault(spelling, name)
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._whole = re.compile("|".join(map(re.escape, longest_first)))
        self._cut = re.compile("|".join(_cut_off(one, self._telling(one)) for one in longest_first))
        for one in (secret, secret.decode("utf-8", "replace").upper().encode(), secret.swapcase()):
            self._halves.setdefault(one[: self._telling(one.decode("latin-1"))].lower(), name)
        for reading in _readings(secret):
            self._escaped.append((_escaped(reading, self._telling(reading)), name))

    def add_queries(self, *urls: str) -> None:
        """Never show the values of URLs' queries: one may be all that keeps an endpoint secret. Placeholders stay."""
        for pair in "&".join(url.partition("?")[2].partition("#")[0] for url in urls).split("&"):
            name, _, value = pair.partition("=")
            if value and "{" not in value:
                self._pairs[pair] = f"{name}=***"
                self.add(value.encode(), "***")
                self.add(urllib.parse.unquote_plus(value).encode(), "***")

    def _telling(self, secret: str) -> int:
        """How many characters of a secret tell that it is one: half of them, and more if we say those ourselves."""
        least = max(MIN_SECRET, len(secret) // 2)
        return next((end for end in range(least, len(secret)) if secret[:end].lower() not in self._ours), len(secret))

    def add_signature(self, value: str) -> None:
        """A signature is no key, but it can be replayed: hide it wherever it comes back."""
        for spelling in {value, *_digests(value)}:
            for start in range(0, len(spelling) - _PIECE + 1, _PIECE):
                self._signatures.setdefault(spelling[start : start + _PIECE].lower(), (spelling.lower(), start))

    def text(self, text: str) -> str:
        for pair, shown in self._pairs.items():
            text = text.replace(pair, shown)
        if len(text) < MIN_SECRET:
            return text
        if self._whole and self._cut:
            text = self._whole.sub(lambda match: self._spellings[match[0]], text)
            if any(mark in text for mark in "%\\&"):
                for pattern, name in self._escaped:
                    text = pattern.sub(name, text)
            text = self._cut.sub(self._name, text)
        if not (self._signatures or self._names):
            return text
        text = _RUN.sub(lambda match: self._unsigned(match[0]), text)
        for parts in (_RUN, _WORD, _ALL):
            if not self._deep(text):
                break
            text = parts.sub(lambda match: f"<encoded {held}>" if (held := self._deep(match[0])) else match[0], text)
        return text

    def names_in(self, text: str) -> list[str]:
        """The names of the secrets that stand in a text whole, in whatever spelling; not what was cut or wrapped."""
        found = self._whole.findall(text) if self._whole else []
        return sorted({self._spellings[one] for one in found})

    def _deep(self, text: str) -> str:
        """The name of what is in a text under whatever wrappings; of what cannot be looked into, its size."""
        if text.isascii():
            return self._under(text.encode()) if WRAPPED.search(text) else self._plain(text.encode())
        found = self._under(text.encode("utf-8", "replace"))
        with contextlib.suppress(UnicodeError):
            found = found or self._under(text.encode("latin-1"))
        return found

    def _under(self, raw: bytes) -> str:
        try:
            for piece in inside(raw):
                if name := self._plain(piece):
                    return name
                if piece is not raw and self._signatures and self._signed(piece):
                    return SIGNATURE
        except TooMuchError:
            return f"data of {len(raw)} bytes"
        return ""

    def _plain(self, raw: bytes) -> str:
        """The name of what stands there as it is, at least its first half, in letters of any case."""
        small = raw.lower()
        return next((name for part, name in self._halves.items() if part in small), "")

    def _signed(self, raw: bytes) -> bool:
        return any(self._unsigned(run) != run for run in _RUN.findall(raw.decode("latin-1")))

    def _name(self, match: re.Match[str]) -> str:
        return next(name for spelling, name in self._spellings.items() if spelling.startswith(match[0]))

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

    def raw(self, raw: bytes) -> bytes:
        """Bytes without secrets, be they text, compressed or neither."""
        try:
            return self.text(raw.decode()).encode()
        except UnicodeError:
            if held := next(filter(None, map(self._under, decompressed(raw)[0])), ""):
                return f"<compressed {held}>".encode()
            return self.text(raw.decode("latin-1")).encode("latin-1", "replace")

    def value(self, value: Any, ours: Collection[str] = ()) -> Any:
        """A JSON value with every string in it redacted, but for `ours`: words of our own tell nobody anything."""
        if isinstance(value, str):
            return value if value in ours else self.text(value)
        if isinstance(value, dict):
            return {self.value(key, ours): self.value(item, ours) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item, ours) for item in value]
        return value


_RUN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_WORD, _ALL = re.compile(r"\S+"), re.compile(r".+", re.DOTALL)
"""Hidden is as little as can be: the run of letters and digits that holds a secret, or the word, or the text."""
_PIECE = 16
"""Signatures are known again by pieces of so many characters."""


def _cut_off(spelling: str, least: int) -> str:
    """A pattern: what is left of a spelling where a text was cut off after its first `least` characters."""
    return re.escape(spelling[:least]) + _perhaps([re.escape(character) for character in spelling[least:]])


def _perhaps(steps: list[str]) -> str:
    """A pattern of as many of the steps as there are; of 80 at most, for what is nested."""
    return "".join(f"(?:{step}" for step in steps[:80]) + ")?" * len(steps[:80])


def _escaped(text: str, least: int) -> re.Pattern[str]:
    """The text or its first `least` characters, each as it is or as URLs, JSON, Python or HTML may write it."""
    steps = [f"(?:{'|'.join(_ways(character))})" for character in text]
    return re.compile("".join(steps[:least]) + _perhaps(steps[least:]))


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

"""Looking for secrets in files, however they are wrapped: what a thief with patience would find."""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
import zlib
from collections.abc import Iterator
from pathlib import Path

_RUN = re.compile(rb"[A-Za-z0-9+/=_-]{16,}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){8,}")
_JSON = re.compile(rb"\\u([0-9A-Fa-f]{4})")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def found(raw: bytes, canaries: dict[str, bytes], depth: int = 3) -> set[str]:
    """The names of the canaries in these bytes, or in anything that can be unpacked from them."""
    seen = {name for name, canary in canaries.items() if canary in raw or canary[: _kept(canary)] in raw}
    if depth and len(seen) < len(canaries):
        for inner in _unpacked(raw):
            seen |= found(inner, canaries, depth - 1)
    return seen


def _kept(canary: bytes) -> int:
    """As much of a canary as must never be seen."""
    return max(12, len(canary) * 2 // 3)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    if b"%" in raw:
        yield urllib.parse.unquote_to_bytes(raw.replace(b"+", b" "))
        yield urllib.parse.unquote_to_bytes(raw)
    if b"\\" in raw:
        plain = _JSON.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), raw)
        yield re.sub(rb"\\(.)", rb"\1", plain)
    if b"&" in raw:
        yield html.unescape(raw.decode("latin-1")).encode("latin-1", "replace")
    for match in _STREAM.finditer(raw):
        try:
            yield zlib.decompressobj(wbits=47).decompress(raw[match.start() :], 1 << 20)
        except zlib.error:
            continue
    yield from _decoded(raw)


def _decoded(raw: bytes) -> Iterator[bytes]:
    for run in set(_RUN.findall(raw)):
        plain = run.replace(b"-", b"+").replace(b"_", b"/").replace(b"=", b"")
        for start in range(4):
            part = plain[start:]
            try:
                yield base64.b64decode(part[: len(part) - len(part) % 4])
            except binascii.Error:
                continue
    for digits in set(_HEX.findall(raw)):
        yield binascii.unhexlify(digits)
        yield binascii.unhexlify(digits[1 : len(digits) - 1])


def in_folder(folder: Path, canaries: dict[str, bytes]) -> list[str]:
    """`file: canary` for everything found below a folder, names of files included."""
    hits = []
    for path in sorted(folder.rglob("*")):
        raw = str(path.relative_to(folder)).encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        hits += [f"{path.relative_to(folder)}: {name}" for name in sorted(found(raw, canaries))]
    return hits

"""What text or bytes hold once their wrappings are taken off: escapes, base64, hex, compression, one inside another."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import re
import urllib.parse
import zlib
from collections.abc import Callable, Iterator

UNPACKED_CAP = 256 * 1024
"""How much of something compressed is looked into."""
DEPTH = 5
MOST = 2_000
"""How many wrappings are taken off, and from how many pieces altogether."""
PACKED = 22
"""As long is what 16 bytes are in base64."""
HEX = re.compile(r"[0-9A-Fa-f]{32,}")
WRAPPED = re.compile(
    r"%[0-9A-Fa-f]{2}|\\|&#|&\w{2,8};|=[0-9A-F]{2}|=\r?\n|\0|[A-Za-z0-9+/_-]{22,}"
    r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{8,}+\r?\n|(?:[0-9A-Fa-f]{2}[\s:,-]){7}|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]"
)
"""Where there may be something to take off."""
_TEXT = bytes([0, 9, 10, 13, *range(32, 127)])
"""Of what most of a text is made. What is none was taken for a wrapping by mistake, as most runs of letters are."""
_RUN = re.compile(rb"[A-Za-z0-9+/=_-]{22,}")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_SPACED = re.compile(
    rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[\s:,-]{1,2}+){7,}+[0-9A-Fa-f]{2}"
    rb"|(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{8,}+\r?\n)++[A-Za-z0-9+/]*+"
)
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})|=\r?\n")
_CODED = re.compile(rb"\\+(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{3}))")
_SLASHED = re.compile(rb"\\+([^\\])")


class TooMuchError(Exception):
    """There is more inside than can be looked into."""


def inside(raw: bytes) -> Iterator[bytes]:
    """The bytes themselves, and everything found in them, nearest first. Raises TooMuchError."""
    layer, seen, runs = [raw], {raw}, set[bytes]()
    yield raw
    for _ in range(DEPTH):
        found: list[bytes] = []
        for one in layer:
            *readings, plain = _unescaped(one) if _is_text(one) else [one]
            yield from readings
            yield plain
            found += [plain, *_unpacked(one, runs)]
        layer = [piece for piece in dict.fromkeys(found) if piece not in seen and len(piece) > 7]
        yield from layer
        seen.update(layer)
        if len(seen) > MOST:
            raise TooMuchError


def _unescaped(raw: bytes) -> list[bytes]:
    """Without escapes, one kind of them after another, and in more ways than one; the last is without all of them."""
    found = []
    if b"\0" in raw:
        found.append(raw.decode("utf-16-be", "ignore").encode("utf-8", "ignore"))
        raw = raw.decode("utf-16-le", "ignore").encode("utf-8", "ignore")
    if not raw.isascii():
        with contextlib.suppress(UnicodeError):
            found.append(raw.decode().encode("latin-1"))
    if b"%" in raw:
        found.append(urllib.parse.unquote_to_bytes(raw.replace(b"+", b" ")))
        raw = urllib.parse.unquote_to_bytes(raw)
        found.append(raw)
    if b"\\" in raw:
        found.append(_SLASHED.sub(rb"\1", _CODED.sub(_coded("latin-1"), raw)))
        raw = _SLASHED.sub(rb"\1", _CODED.sub(_coded("utf-8"), raw))
        found.append(raw)
    if b"&" in raw:
        found.append(html.unescape(raw.decode("latin-1")).encode("latin-1", "replace"))
        raw = html.unescape(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        found.append(raw)
    if b"=" in raw:
        raw = _QUOTED.sub(lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"", raw)
    return [*found, raw]


def _unpacked(raw: bytes, runs: set[bytes]) -> Iterator[bytes]:
    """What is in base64, in hex or compressed in these bytes. `runs`: those of letters and digits already looked at."""
    for match in _SPACED.finditer(raw) if _is_text(raw) else ():
        yield re.sub(rb"[\s:,-]", b"", match[0])
    for run in set(_RUN.findall(raw)) - runs:
        runs.add(run)
        yield from unpacked(run.decode())
    streams, whole = decompressed(raw)
    if not whole:
        raise TooMuchError
    yield from streams


def _is_text(raw: bytes) -> bool:
    """Whether it may have escapes: what was decoded by mistake is hardly ever text."""
    if len(raw.translate(None, _TEXT)) * 8 <= len(raw):
        return True
    with contextlib.suppress(UnicodeError):
        return bool(raw.decode())
    return False


def _coded(encoding: str) -> Callable[[re.Match[bytes]], bytes]:
    def coded(match: re.Match[bytes]) -> bytes:
        number = int(match[3], 8) if match[3] else int(match[1] or match[2], 16)
        return chr(number).encode(encoding if number < 256 else "utf-8", "replace")

    return coded


def unpacked(run: str) -> list[bytes]:
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
    with contextlib.suppress(binascii.Error):
        found.append(base64.b32decode(run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 8)))
    for digits in HEX.findall(run):
        found += [bytes.fromhex(digits[start : len(digits) - (len(digits) - start) % 2]) for start in (0, 1)]
    return found


def decompressed(raw: bytes) -> tuple[list[bytes], bool]:
    """What gzip or zlib make of these bytes wherever one of them may begin; whether that is all there is."""
    found, whole = [], True
    matches = list(_STREAM.finditer(raw))
    for match in matches[:64]:
        stream = zlib.decompressobj(wbits=47)
        try:
            found.append(stream.decompress(raw[match.start() :], UNPACKED_CAP))
        except zlib.error:
            continue
        whole = whole and not stream.unconsumed_tail
    return found, whole and len(matches) <= 64

"""Finds where an HTTP/1 answer ends, from its head and by counting its body, which is never kept. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hookproof.wire.client import BODY_CAP, CHUNKS_CAP, HEAD_CAP

CHUNKED, UNTIL_CLOSE = -1, -2
"""Lengths of bodies that no header tells: a body in chunks, and one that the end of the connection ends."""
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?\Z")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*\Z")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?\Z")


class GarbledError(ValueError):
    """The bytes that came are no HTTP/1 answer, or one that does not end. The error's text is one line."""


@dataclass(frozen=True)
class Head:
    """What the head of an answer says.

    length  of the body in bytes, or CHUNKED, or UNTIL_CLOSE
    keep    whether the connection stays open after the answer
    """

    status: int
    length: int
    keep: bool


def read_head(raw: bytes) -> Head:
    """Read a status line and fields, without the empty line at their end. Raises GarbledError."""
    first, *rest = raw.replace(b"\r\n", b"\n").split(b"\n")
    match = _STATUS.match(first)
    if match is None:
        raise GarbledError("no status line")
    status, keep = int(match[2]), match[1] == b"1"
    fields = _fields(rest)
    if status == 101:
        raise GarbledError("101 without being asked to switch")
    options = [option.strip() for value in fields.get(b"connection", []) for option in value.lower().split(b",")]
    keep = (keep and b"close" not in options) or b"keep-alive" in options
    if status < 200 or status in (204, 304):
        return Head(status, 0, keep)
    if codings := fields.get(b"transfer-encoding"):
        if [coding.lower() for coding in codings] != [b"chunked"]:
            raise GarbledError("a transfer coding other than chunked")
        return Head(status, CHUNKED, keep and b"content-length" not in fields)
    lengths = {value for values in fields.get(b"content-length", []) for value in values.split(b", ")}
    if not lengths:
        return Head(status, UNTIL_CLOSE, False)
    if len(lengths) > 1 or not (length := lengths.pop()).isdigit() or len(length) > 15:
        raise GarbledError("a Content-Length that is none")
    if int(length) > BODY_CAP:
        raise GarbledError("an answer too large")
    return Head(status, int(length), keep)


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        match = _FIELD.match(line)
        if match is None:
            raise GarbledError("a header that is none")
        found.setdefault(match[1].lower(), []).append(match[2])
    return found


def end_of_head(data: bytes) -> tuple[int, int]:
    """Where the head ends and where the body begins; (-1, 0) if the head is not complete. Bare line feeds count too."""
    at = data.find(b"\r\n\r\n")
    bare = data.find(b"\n\n", 0, at if at >= 0 else len(data))
    if bare >= 0:
        return bare, bare + 2
    return (at, at + 4) if at >= 0 else (-1, 0)


class Body:
    """Counts the bytes of one body as they come."""

    __slots__ = ("_buffer", "_chunks", "_left", "_length", "_size", "_trailer", "_trailers", "done")

    def __init__(self, length: int) -> None:
        self._length = length
        self._left = max(length, 0)
        self._size = 0
        self._buffer = b""
        self._trailer = False
        self._trailers = 0
        self._chunks = 0
        self.done = length == 0

    def feed(self, data: bytes) -> bytes:
        """Count received bytes; return those after the end of the body. Raises GarbledError."""
        self._size += len(data)
        if self._size > BODY_CAP:
            raise GarbledError("an answer without end")
        if self._length == CHUNKED:
            return self._feed_chunks(self._buffer + data)
        if self._length == UNTIL_CLOSE:
            return b""
        taken = min(self._left, len(data))
        self._left -= taken
        self.done = self._left == 0
        return data[taken:]

    def close(self) -> bool:
        """Note that the connection ended. Returns whether the body is complete."""
        self.done = self.done or self._length == UNTIL_CLOSE
        return self.done

    def _feed_chunks(self, data: bytes) -> bytes:
        at = 0
        while True:
            taken = min(self._left, len(data) - at)
            self._left -= taken
            at += taken
            end = data.find(b"\n", at)
            if self._left or end < 0:
                break
            line, at = data[at:end].removesuffix(b"\r"), end + 1
            if self._trailer:
                self._trailers += len(line)
                if self._trailers > HEAD_CAP:
                    raise GarbledError("trailers without end")
                if not line:
                    self.done = True
                    return data[at:]
            else:
                self._begin_chunk(line)
        if len(data) - at > HEAD_CAP:
            raise GarbledError("a chunk's size without end")
        self._buffer = data[at:]
        return b""

    def _begin_chunk(self, line: bytes) -> None:
        """Read the size of the next chunk. The end of line after a chunk's data counts as part of the chunk."""
        match = _SIZE.match(line)
        if match is None:
            raise GarbledError("a chunk's size that is none")
        self._chunks += 1
        if self._chunks > CHUNKS_CAP:
            raise GarbledError("an answer in countless chunks")
        size = int(match[1], 16)
        self._left = size + 2 if size else 0
        self._trailer = size == 0

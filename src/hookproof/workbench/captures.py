"""Captures: deliveries that really came in, as a file. One JSON object a line, or HAR 1.2; written and read here alone.

What a line says is defined by `CaptureLine`, from which specs/schema/capture.schema.json is printed.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from hookproof.delivery.model import Headers
from hookproof.workbench import har

CAPTURE: Final = "hookproof/capture/1"
"""The `schema` of every line of a capture."""
HIDDEN = b"<hidden>"
"""Stands in place of a header's value that was left out of a capture."""
_TELLING = (
    "signature",
    "hmac",
    "authorization",
    "cookie",
    "token",
    "secret",
    "api-key",
    "apikey",
    "password",
    "digest",
)
"""A header that has one of these in its name is taken for a secret or a signature."""

Base64: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9+/]*={0,2}$")]


class CaptureError(Exception):
    """A file that is no capture. Its text is one line, which names the place."""


class AnswerRecord(msgspec.Struct, frozen=True):
    """What was answered; `elapsed_s`: seconds from the last byte of the request to the end of the answer."""

    status: Annotated[int, msgspec.Meta(ge=100, le=999)]
    headers: list[tuple[str, str]] = []
    body_base64: Base64 = ""
    elapsed_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0


class CaptureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt that came in. `at` is in UTC, ISO 8601 with `Z`; bytes of headers are written as Latin-1.

    `answer` is null where no whole answer was given.
    """

    schema: Literal["hookproof/capture/1"]
    at: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")]
    method: Annotated[str, msgspec.Meta(min_length=1)]
    url: str
    headers: list[tuple[str, str]]
    body_base64: Base64
    answer: AnswerRecord | None = None


@dataclass(frozen=True)
class CapturedAnswer:
    """What was answered to a captured attempt."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Capture:
    """One attempt that came in: at Unix time `at` (seconds), with these headers in their order, and these bytes."""

    at: float
    method: str
    url: str
    headers: Headers
    body: bytes
    answer: CapturedAnswer | None = None

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the headers whose values were left out; such an attempt can only be sent signed anew."""
        return tuple(name.decode("latin-1") for name, value in self.headers if value == HIDDEN)


def telling(name: str) -> bool:
    """Whether a header of this name is taken for a secret or a signature, whoever sends it."""
    return any(word in name.lower() for word in _TELLING)


def without_secrets(
    capture: Capture, signatures: Collection[str] = (), clean: Callable[[bytes], bytes] = bytes
) -> Capture:
    """The capture with the values of telling headers left out, and of those whose lower-case names are given.

    `clean` takes out of any bytes what must not be kept, such as the secret itself.
    """
    given = frozenset(signatures)

    def kept(name: bytes, value: bytes) -> bytes:
        text = name.decode("latin-1").lower()
        return HIDDEN if value and (text in given or telling(text)) else clean(value)

    def all_kept(headers: Headers) -> Headers:
        return tuple((clean(name), kept(name, value)) for name, value in headers)

    answer = capture.answer
    return replace(
        capture,
        url=clean(capture.url.encode("latin-1", "replace")).decode("latin-1"),
        headers=all_kept(capture.headers),
        body=clean(capture.body),
        answer=answer and replace(answer, headers=all_kept(answer.headers), body=clean(answer.body)),
    )


def line(capture: Capture) -> bytes:
    """One line of a capture file, with its line break."""
    given = capture.answer
    answer = None
    if given:
        body = base64.b64encode(given.body).decode()
        answer = AnswerRecord(given.status, _texts(given.headers), body, round(given.elapsed_s, 6))
    made = CaptureLine(
        schema=CAPTURE,
        at=written(capture.at),
        method=capture.method,
        url=capture.url,
        headers=_texts(capture.headers),
        body_base64=base64.b64encode(capture.body).decode(),
        answer=answer,
    )
    return msgspec.json.encode(made) + b"\n"


def written(at: float) -> str:
    """Unix time (seconds) as a capture writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def har_text(found: Iterable[Capture]) -> str:
    """The captures as a HAR 1.2 file."""
    return har.text([_har_entry(one) for one in found])


def _har_entry(one: Capture) -> dict[str, Any]:
    given = one.answer
    answer = (given.status, given.headers, given.body, given.elapsed_s) if given else None
    head = {"at": written(one.at), "method": one.method, "url": one.url}
    return har.entry(**head, headers=one.headers, body=one.body, answer=answer)


class CaptureWriter:
    """Appends captures to a file, each at once. With `signatures` the file is readable by its owner alone."""

    def __init__(self, path: Path, *, signatures: bool = False) -> None:
        """Raises OSError where the file cannot be written."""
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(path, flags, 0o600 if signatures else 0o666)
        if signatures:
            os.fchmod(self._file, 0o600)

    def add(self, capture: Capture) -> None:
        """Append one. Raises OSError where the disk takes no more."""
        raw = line(capture)
        while raw:
            raw = raw[os.write(self._file, raw) :]

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> list[Capture]:
    """Every capture in a file, as a capture or a HAR has them. Raises CaptureError, or OSError if it cannot be read."""
    raw = path.read_bytes()
    first = raw.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    if b'"schema"' in first and CAPTURE.rpartition("/")[0].encode() in first:
        return list(_lines(raw, str(path)))
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise CaptureError(f"{path}: is neither a capture ({CAPTURE}, one JSON object a line) nor a HAR file") from None
    try:
        return [_of_har(one) for one in har.read(document)]
    except har.HarError as error:
        raise CaptureError(f"{path}: {error}") from None


def _of_har(one: har.HarEntry) -> Capture:
    answer = None if one.status is None else CapturedAnswer(one.status, one.answer_headers, one.answer_body, one.took_s)
    return Capture(_instant(one.at), one.method, one.url, one.headers, one.body, answer)


def _lines(raw: bytes, name: str) -> Iterator[Capture]:
    lines = raw.split(b"\n")
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            yield _capture(msgspec.json.decode(text, type=CaptureLine))
        except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError) as error:
            if number == len(lines):
                return  # it was cut off while it was written, and what came before it stands
            raise CaptureError(f"{name}: line {number}: {error}; take the line out") from None


def _capture(made: CaptureLine) -> Capture:
    given, answer = made.answer, None
    if given:
        content = base64.b64decode(given.body_base64, validate=True)
        answer = CapturedAnswer(given.status, _bytes(given.headers), content, given.elapsed_s)
    body = base64.b64decode(made.body_base64, validate=True)
    return Capture(_instant(made.at), made.method, made.url, _bytes(made.headers), body, answer)


def _instant(text: str) -> float:
    """Unix time (seconds) of a time in ISO 8601; one without a zone is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _texts(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _bytes(headers: Iterable[tuple[str, str]]) -> Headers:
    """Headers as bytes; what Latin-1 cannot say is UTF-8."""
    return tuple((har.header_bytes(name), har.header_bytes(value)) for name, value in headers)

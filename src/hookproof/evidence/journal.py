"""run.jsonl: one line for each thing that happened, written at once, so that a killed run keeps what it finished."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Delivery
from hookproof.evidence.differences import Difference, first_difference
from hookproof.evidence.lines import (
    AttemptLine,
    BodyRecord,
    DifferenceRecord,
    HttpRecord,
    Line,
    PieceRecord,
    SignedRecord,
)
from hookproof.evidence.own_words import hidden
from hookproof.evidence.redact import Redactor

BODY_CAP = 4096
"""Bytes of a body that are written down, at most."""


class Journal:
    """Appends redacted JSON lines; safe from several threads. Lines reach the kernel at once, without fsync.

    `trouble`: why a line could not be written, if one could not. Nothing is raised for it: no check is to blame.
    """

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.path = path
        self._redactor = redactor
        self._lock = threading.Lock()
        self._file = path.open("xb", buffering=0)
        self._torn = False
        self.trouble = ""

    def write(self, line: Line) -> None:
        """Append one line."""
        raw = json.dumps(hidden(line, self._redactor)).encode() + b"\n"
        with self._lock:
            self._append(b"\n" + raw if self._torn else raw)

    def _append(self, raw: bytes) -> None:
        """Write all the bytes: an unbuffered file may take a part. What follows a torn line begins a new one."""
        try:
            while raw:
                raw = raw[self._file.write(raw) :]
            self._torn = False
        except OSError as error:
            self._torn = True
            self.trouble = self.trouble or f"the journal could not be written: {error.strerror}: {self.path}"

    def attempt(self, attempt: Attempt, *, at_s: float, **item: Any) -> None:
        """Record one attempt; `item` says for which check: its id, subject and case."""
        wire = attempt.exchange
        self.write(
            AttemptLine(
                n=attempt.n,
                **item,
                label=attempt.delivery.label,
                at_s=round(at_s, 4),
                line=str(attempt),
                method=attempt.delivery.method,
                url=attempt.url,
                request=HttpRecord(_head(wire.request_head), self.body(attempt.delivery.body)),
                outcome=wire.outcome,
                detail=wire.detail,
                status=wire.status,
                response=None if wire.status is None else HttpRecord(headers(wire.headers), self.body(wire.body)),
                elapsed_s=round(wire.elapsed_s, 4),
                timeline=[(round(when, 4), what, size) for when, what, size in wire.timeline[:40]],
                signed=_signed(attempt.delivery),
            )
        )

    def body(self, raw: bytes) -> BodyRecord:
        """Bytes as evidence, redacted before they are encoded or cut: afterwards nobody could tell."""
        return body(self._redactor.raw(raw[: 3 * BODY_CAP]), len(raw))

    def close(self) -> None:
        self._file.close()


def body(raw: bytes, size: int | None = None) -> BodyRecord:
    """Bytes as evidence: text where they are text, base64 otherwise, cut at 4 KiB. `size`: how many there were."""
    size = len(raw) if size is None else size
    shown, cut = raw[:BODY_CAP], max(size, len(raw)) > BODY_CAP
    try:
        return BodyRecord(size, text=shown.decode(errors="ignore" if cut else "strict"), cut=cut)
    except UnicodeDecodeError:
        return BodyRecord(size, base64=base64.b64encode(shown).decode(), cut=cut)


def recipe(scheme: Any) -> SignedRecord:
    """How a provider signs, without any key."""
    return SignedRecord(scheme.algorithm, scheme.header, scheme.signs, scheme.value)


def difference(found: Difference) -> DifferenceRecord:
    """Two byte strings from shortly before they differ."""
    pieces = [(found.expected, found.expected_size), (found.actual, found.actual_size)]
    expected, actual = (PieceRecord(**msgspec.structs.asdict(body(raw)), whole=whole) for raw, whole in pieces)
    return DifferenceRecord(found.what, found.at, found.start, expected, actual)


def _signed(delivery: Delivery) -> SignedRecord | None:
    """What a delivery's signature was made over, where we made it; `over` only if that is not its body."""
    seal, scheme = delivery.seal, getattr(delivery.signer, "scheme", None)
    if seal is None or scheme is None or seal.value not in delivery.signature:
        return None
    at = first_difference(seal.over, delivery.body) if scheme.covers_the_body else None
    over = None if at is None else body(seal.over)
    return msgspec.structs.replace(recipe(scheme), own_secret=not seal.foreign, over=over, differs_at=at)


def headers(found: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Headers as evidence: bytes that are no ASCII as Latin-1."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in found]


def _head(raw: bytes) -> list[tuple[str, str]]:
    """The headers of a request as it was sent, from the line after its first on."""
    parts = [line.partition(": ") for line in raw.decode("latin-1").split("\r\n")[1:] if line]
    return [(name, value) for name, _, value in parts]

"""run.jsonl: one line for each thing that happened, written at once, so that a killed run keeps what it finished."""

from __future__ import annotations

import base64
import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from hookproof.differences import Difference, first_difference
from hookproof.model import Attempt, Delivery
from hookproof.redact import Redactor
from hookproof.resources import folder
from hookproof.verdict import Level, Outcome, Reason, Verdict

SCHEMA = "hookproof/journal/1"
BODY_CAP = 4096
_NAMES = {"algorithm", "own_secret", "differs_at", "expected", "provider", "base64"}


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

    def write(self, type_: str, **fields: Any) -> None:
        line = json.dumps({"type": type_, **self._redactor.value(fields, words())}).encode() + b"\n"
        with self._lock:
            self._append(b"\n" + line if self._torn else line)

    def _append(self, line: bytes) -> None:
        """Write all of it: an unbuffered file may take a part. What follows a torn line begins a new one."""
        try:
            while line:
                line = line[self._file.write(line) :]
            self._torn = False
        except OSError as error:
            self._torn = True
            self.trouble = self.trouble or f"the journal could not be written: {error.strerror}: {self.path}"

    def attempt(self, attempt: Attempt, *, at_s: float, **item: Any) -> None:
        """Record one attempt; `item` says for which check."""
        wire = attempt.exchange
        self.write(
            "attempt",
            n=attempt.n,
            **item,
            label=attempt.delivery.label,
            at_s=round(at_s, 4),
            line=str(attempt),
            method=attempt.delivery.method,
            url=attempt.url,
            request={"headers": _head(wire.request_head), "body": self.body(attempt.delivery.body)},
            outcome=wire.outcome,
            detail=wire.detail,
            status=wire.status,
            response=None if wire.status is None else {"headers": _pairs(wire.headers), "body": self.body(wire.body)},
            elapsed_s=round(wire.elapsed_s, 4),
            timeline=[[round(when, 4), what, size] for when, what, size in wire.timeline[:40]],
            signed=_signed(attempt.delivery),
        )

    def body(self, raw: bytes) -> dict[str, Any]:
        """Bytes as evidence, redacted before they are encoded or cut: afterwards nobody could tell."""
        return body(self._redactor.raw(raw[: 3 * BODY_CAP]), len(raw))

    def close(self) -> None:
        self._file.close()


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """The names and values that our files are made of. A secret that is one of them is no secret there."""
    found = {SCHEMA, *_NAMES, *Level, *Outcome, *Reason, *Verdict}
    schemas = [json.loads((folder("specs") / "schema" / "results.schema.json").read_text("utf-8"))]
    while schemas:
        one = schemas.pop()
        if isinstance(one, dict):
            found |= {
                str(word) for word in [*one.get("properties", ()), *one.get("enum", ()), one.get("const", SCHEMA)]
            }
            schemas += one.values()
        elif isinstance(one, list):
            schemas += one
    return frozenset(found)


def body(raw: bytes, size: int | None = None) -> dict[str, Any]:
    """Bytes as evidence: text where they are text, base64 otherwise, cut at 4 KiB. `size`: how many there were."""
    size = len(raw) if size is None else size
    shown, cut = raw[:BODY_CAP], max(size, len(raw)) > BODY_CAP
    found: dict[str, Any] = {"size": size}
    try:
        found["text"] = shown.decode() if not cut else shown.decode(errors="ignore")
    except UnicodeDecodeError:
        found["base64"] = base64.b64encode(shown).decode()
    return {**found, "cut": True} if cut else found


def recipe(scheme: Any) -> dict[str, Any]:
    """How a provider signs, without any key."""
    return {"algorithm": scheme.algorithm, "header": scheme.header, "signs": scheme.signs, "value": scheme.value}


def difference(found: Difference) -> dict[str, Any]:
    """Two byte strings from shortly before they differ."""
    return {
        "what": found.what,
        "at": found.at,
        "start": found.start,
        "expected": {**body(found.expected), "whole": found.expected_size},
        "actual": {**body(found.actual), "whole": found.actual_size},
    }


def _signed(delivery: Delivery) -> dict[str, Any] | None:
    """What a delivery's signature was made over, where we made it; `over` only if that is not its body."""
    seal, scheme = delivery.seal, getattr(delivery.signer, "scheme", None)
    if seal is None or scheme is None or seal.value not in delivery.signature:
        return None
    at = first_difference(seal.over, delivery.body) if scheme.covers_the_body else None
    over = {} if at is None else {"over": body(seal.over), "differs_at": at}
    return {**recipe(scheme), "own_secret": not seal.foreign, **over}


def _pairs(headers: tuple[tuple[bytes, bytes], ...]) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _head(raw: bytes) -> list[list[str]]:
    lines = raw.decode("latin-1").split("\r\n")[1:]
    return [list(line.partition(": ")[::2]) for line in lines if line]

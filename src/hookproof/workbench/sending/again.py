"""What was captured, or what a run wrote down, as deliveries to send again: as they were, or signed anew."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from hookproof.delivery.model import Delivery
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.evidence import reader
from hookproof.workbench import captures
from hookproof.workbench.captures import Capture, CaptureError

_FRAMING = {
    b"host",
    b"content-length",
    b"connection",
    b"transfer-encoding",
    b"keep-alive",
    b"te",
    b"trailer",
    b"upgrade",
    b"proxy-connection",
    b"proxy-authorization",
    b"accept",
    b"expect",
}
"""Headers of the hop they came over: our own client writes what it needs of them."""


def read(path: Path) -> tuple[list[Capture], int]:
    """The captures in a capture, a HAR or a run's journal, and how many of a journal cannot be sent again.

    Raises CaptureError, or OSError if the file cannot be read.
    """
    with path.open("rb") as file:
        first = file.readline(4096)
    return _of_journal(path) if b'"hookproof/journal/' in first else (captures.read(path), 0)


def _of_journal(path: Path) -> tuple[list[Capture], int]:
    try:
        run = reader.read_check_run(path)
    except reader.ReportError as error:
        raise CaptureError(f"{path}: {error}") from None
    begun = datetime.fromisoformat(run.begin.started).timestamp()
    whole = [one for one in run.attempts.values() if not ((one.get("request") or {}).get("body") or {}).get("cut")]
    found = [_of_attempt(one, begun) for one in whole]
    return found, len(run.attempts) - len(found)


def _of_attempt(one: dict[str, Any], begun: float) -> Capture:
    request = one.get("request") or {}
    body = request.get("body") or {}
    raw = base64.b64decode(body["base64"]) if body.get("base64") else str(body.get("text") or "").encode()
    headers = tuple((name.encode("latin-1"), _value(value)) for name, value in request["headers"])
    return Capture(begun + float(one["at_s"]), str(one["method"]), str(one["url"]), headers, raw)


def _value(text: str) -> bytes:
    """A header's value; what the journal keeps of a signature or a secret counts as left out."""
    left_out = re.search(r"<[a-z ]*signature>|<resembles |\$[A-Z_]*(SECRET|TOKEN)", text)
    return captures.HIDDEN if left_out else text.encode("latin-1", "replace")


def only(found: Iterable[Capture], ids: Iterable[str]) -> list[Capture]:
    """Those that carry one of these ids, in a header or anywhere in the body; all of them without ids."""
    wanted = [one.encode() for one in ids]
    return [one for one in found if not wanted or any(_carries(one, id_) for id_ in wanted)]


def _carries(capture: Capture, id_: bytes) -> bool:
    return id_ in capture.body or any(value == id_ for _, value in capture.headers)


def as_it_was(capture: Capture) -> Delivery:
    """The bytes that came, and their headers in their order, those of the hop apart."""
    kept = tuple((name, value) for name, value in capture.headers if name.lower() not in _FRAMING)
    return Delivery(capture.body, kept, label="as captured", method=capture.method)


def signed_anew(capture: Capture, scheme: Scheme, secret: Secret, now: float) -> Delivery:
    """The bytes that came, signed at Unix time `now` (seconds) under the id that the headers say."""
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in capture.headers]
    id_ = scheme.stamp_in(headers).id
    was = as_it_was(capture)
    signer = KeyedSigner(scheme, secret).stamped(id_, now)
    made = Delivery(was.body, was.headers, label="signed anew", method=was.method, signer=signer, id=id_, at=now)
    return made.signed_at(now, "signed anew")

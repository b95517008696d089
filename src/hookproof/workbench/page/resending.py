"""A delivery sent again from the page: the same bytes, signed anew, or as somebody changed it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hookproof.delivery.attempt import Exchange
from hookproof.delivery.model import Delivery, Headers
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers import Surface
from hookproof.wire.client import Endpoint, HarnessError, send
from hookproof.workbench.inbound.gate import passed_on
from hookproof.workbench.inbound.hiding import HIDDEN
from hookproof.workbench.inbound.store import headers_of
from hookproof.workbench.opinions.judging import RIGHT, STALE
from hookproof.workbench.opinions.recognition import IncomingRequest
from hookproof.workbench.page.copies import sealed

WITHIN_S = 30.0


class NotSentError(ValueError):
    """What cannot be sent as it was asked for. Its text says why, and what can be done."""


@dataclass(frozen=True)
class Edited:
    """A delivery as somebody wants it sent. A header whose value is hidden keeps the value that came."""

    url: str
    method: str
    headers: list[tuple[str, str]]
    body: bytes
    sign: bool


class Resender:
    """Sends deliveries of the store again, to this machine or to where deliveries are forwarded."""

    def __init__(self, surfaces: Sequence[Surface], keys: Sequence[Secret], forward: str) -> None:
        self._surfaces = {surface.subject: surface for surface in surfaces}
        self._keys, self._forward = list(keys), forward

    def delivery(self, row: sqlite3.Row) -> Delivery:
        """A row as a delivery; with what signed it, where we know that."""
        found = Delivery(row["body"], headers_of(row["headers"]), label=f"delivery {row['n']}", method=row["method"])
        signer = self._signer(row, found)
        if signer is None or row["signature"] not in (RIGHT, STALE):
            return found
        value = found.header(signer.header) if signer.header else None
        return sealed(found, signer, value.decode("latin-1")) if value else found

    def _signer(self, row: sqlite3.Row, found: Delivery) -> KeyedSigner | None:
        """Who signs such deliveries; None where nobody documents it, or no secret is there."""
        opinion = json.loads(row["opinion"] or "{}")
        surface = self._surfaces.get(opinion.get("surface", ""))
        if surface is None or surface.scheme is None or surface.scheme.pair or not self._keys:
            return None
        request = IncomingRequest(found.method, row["target"], found.headers, found.body)
        try:
            surface.scheme.key_of(self._keys[0].reveal())
        except ValueError:
            return None
        return KeyedSigner(surface.scheme, self._keys[0]).received(request.lowered, found.body)

    def signed_anew(self, row: sqlite3.Row, delivery: Delivery) -> Delivery:
        """The delivery signed now, with its own id. Raises NotSentError where nobody knows how."""
        signer = self._signer(row, delivery)
        if signer is None:
            raise NotSentError(
                "it cannot be signed: we have no key to sign with, or nobody documents how; send the same bytes"
            )
        stamp = signer.scheme.stamp
        fresh = Delivery(
            delivery.body, delivery.headers, label="signed anew", method=delivery.method, signer=signer, id=stamp.id
        )
        return fresh.signed_at(time.time(), "signed anew")

    def edited(self, row: sqlite3.Row, wanted: Edited) -> Delivery:
        """The delivery as somebody changed it. Raises NotSentError."""
        came = [(name.decode("latin-1").lower(), value) for name, value in headers_of(row["headers"])]
        headers: list[tuple[bytes, bytes]] = []
        for name, value in wanted.headers:
            raw = next((one for known, one in came if known == name.lower()), b"") if value == HIDDEN else _raw(value)
            headers.append((_raw(name), raw))
        _refuse_broken(wanted.method, headers)
        made = Delivery(wanted.body, tuple(headers), label="edited", method=wanted.method)
        return self.signed_anew(row, made) if wanted.sign else made

    async def send(self, delivery: Delivery, url: str) -> Exchange:
        """Send it there. Raises NotSentError if that is neither on this machine nor where deliveries are forwarded."""
        endpoint = self._endpoint(url)
        headers: Headers = passed_on(delivery.headers)
        try:
            return await send(endpoint, delivery.method, headers, delivery.body, within_s=WITHIN_S)
        except HarnessError as error:
            raise NotSentError(str(error)) from None

    def _endpoint(self, url: str) -> Endpoint:
        try:
            parts, found = urlsplit(url), Endpoint(url)
            fits = parts.scheme in ("http", "https") and found.host and found.port
        except ValueError:
            fits = False
        if not fits or not url.isascii() or not url.isprintable() or " " in url:
            raise NotSentError("write where to send it: a URL such as http://127.0.0.1:3000/webhooks")
        if not found.local and found.host != urlsplit(self._forward).hostname:
            raise NotSentError(
                f"{found.host} is not on this machine: the page sends to this machine, and to the host of --forward"
            )
        return found


def _raw(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _refuse_broken(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Raises NotSentError for what would be another request than it looks like."""
    if not method or not set(method.encode(errors="replace")) <= _TOKEN:
        raise NotSentError(f"{method!r} is no method; write POST, or another word of letters")
    for name, value in headers:
        if not name or not set(name) <= _TOKEN:
            raise NotSentError(f"{name.decode('latin-1')!r} is no name of a header: letters, digits and - only")
        if set(value) & set(b"\r\n\0"):
            raise NotSentError(f"{name.decode('latin-1')}: a header's value has no line break")


def told(exchange: Exchange) -> dict[str, Any]:
    """What came back, before secrets are left out of it."""
    return {"outcome": exchange.outcome, "detail": exchange.detail, "status": exchange.status,
            "elapsed_s": round(exchange.elapsed_s, 6)}  # fmt: skip

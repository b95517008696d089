"""One question to a verifier: a request, the key it is judged by, the moment, and the right verdict. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from hookproof.delivery.model import Delivery
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers import Surface
from hookproof.vectors.vector_file import Right, VectorRequest
from hookproof.verdict import Level

ENDPOINT = "https://hooks.example.com/webhooks/"
"""Where the deliveries of vectors go: a host that nobody has (RFC 2606)."""


@dataclass(frozen=True)
class VectorEntry:
    """What a question is made of. `accept` is the strict answer: that of a verifier which takes what is documented.

    flag, name  what it is about, and how it is told from others of the flag
    make        the delivery, made when it is asked for
    left_open   no document decides it, so either answer is right
    check       the check of receivers whose case (`case`; the name if empty) says how binding it is: with `documented`
                it is left open unless a MUST of the provider names that case, as times are
    """

    flag: str
    name: str
    make: Callable[[], Delivery]
    accept: bool
    left_open: bool = False
    check: str = ""
    case: str = ""
    documented: bool = False


@dataclass(frozen=True)
class Question:
    """A request for a verifier. `secret` is what a receiver holds, as the vendor spells it; `now` in Unix seconds."""

    id: str
    flag: str
    comment: str
    delivery: Delivery
    url: str
    secret: str
    now: int
    accept: bool
    result: Right

    @property
    def request(self) -> VectorRequest:
        """What is sent, as texts."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.delivery.headers]
        body = base64.b64encode(self.delivery.body).decode()
        return VectorRequest(self.delivery.method, self.url, headers, body)

    @property
    def open(self) -> bool:
        """Whether either answer is right."""
        return self.result == "acceptable"


def right(entry: VectorEntry, delivery: Delivery, surface: Surface) -> Right:
    """The right verdict on what an entry has made."""
    demanded = _demanded(surface, entry.check, entry.case or entry.name)
    demanded = demanded or (entry.documented and not surface.provider.requirements)
    if entry.left_open or (entry.documented and not demanded):
        return "acceptable"
    if entry.accept:
        return "valid"
    return "acceptable" if holds_the_digest(delivery) and not demanded else "invalid"


def _demanded(surface: Surface, check: str, case: str) -> bool:
    """Whether a MUST of the provider's own documents names that case of the check of receivers."""
    if not check:
        return False
    rows = surface.provider.requirements.values()
    named = {check, f"{check}[{case}]"}
    return any(row.level is Level.MUST and named & set(row.checks) and row.applies(surface) for row in rows)


def url_of(surface: Surface) -> str:
    """The URL that deliveries to a surface go to, as its platform knows it."""
    return surface.public_url(urljoin(ENDPOINT, surface.path.lstrip("/") or surface.provider.name))


def holds_the_digest(delivery: Delivery) -> bool:
    """Whether the header shows the right digest of these very bytes to somebody who reads it with goodwill.

    Only who has the key can have made that: a verifier which accepts it is lenient, and no forger can use it. A
    decoder may pass over blanks, quotes, prefixes, padding, the case of hex digits and what stands before or behind.
    """
    signer = delivery.signer
    if not isinstance(signer, KeyedSigner):
        return False
    named = [(text(name).lower(), text(value)) for name, value in delivery.headers]
    received = signer.received(named, delivery.body)
    right = delivery.seal.value if received.scheme.pair and delivery.seal else received.sign(delivery.body)
    if received.scheme.pair and not received.matches(delivery.body, right):
        return False
    wanted = received.scheme.digits_of(right)
    values = [value for name, value in named if name == signer.header]
    values = [delivery.signature] if signer.scheme.place else values
    if not signer.scheme.covers_the_body:
        return any(wanted in value for value in values)
    raw = bytes.fromhex(wanted) if signer.scheme.hexed else base64.b64decode(wanted)
    return any(_shows(value, raw) for value in values)


def text(raw: bytes) -> str:
    """Bytes of a header as characters."""
    return raw.decode("latin-1")


def _shows(value: str, raw: bytes) -> bool:
    plain = base64.b64encode(raw).decode().rstrip("=")
    if raw.hex() in value.lower() or plain in value.replace("-", "+").replace("_", "/"):
        return True
    return any(raw in found for found in map(_decoded, re.split(r"[^A-Za-z0-9+/_-]+", value)))


def _decoded(token: str) -> bytes:
    token = token.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return b""

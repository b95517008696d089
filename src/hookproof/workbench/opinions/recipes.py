"""The recipes by which most senders sign, tried one by one on a delivery whose sender nobody has documented. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hookproof.workbench.opinions.recognition import IncomingRequest

_HASHES = {20: "sha1", 32: "sha256", 64: "sha512"}
"""Digests by their size in bytes."""
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})(?![0-9A-Fa-f])")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{27,86}={0,2}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)|(?<!\d)1\d{9}(?:\d{3})?(?!\d)")
_STAMP_HEADER = re.compile(r"time|date|(^|-)(id|delivery)$|-id$|nonce")
_PREFIX = re.compile(rb"^[a-z]{2,8}_")
_PARTS = 12
"""So many texts beside the body are tried at most."""
_DIGESTS = 6
"""So many words of a header are taken for digests at most."""
_BUDGET = 32 * 1024 * 1024
"""So many bytes are hashed for one delivery at most: whoever sends it chooses how many there could be."""


@dataclass(frozen=True)
class Recipe:
    """One way to sign that gives what stands there.

    `signs` is a template as a provider.toml has it; `before` and `after` are the texts that stood around the body.
    """

    header: str
    algorithm: str
    encoding: str
    signs: str
    before: str
    after: str
    key: str

    def __str__(self) -> str:
        key = "" if self.key == "utf-8" else f", with the key that the secret spells in {self.key}"
        return f"{self.algorithm} of {self.signs} in {self.encoding}, in {self.header}{key}"


def search(request: IncomingRequest, secret: bytes) -> Recipe | None:
    """The first recipe that gives what stands in a header that looks like a signature; None if none does."""
    keys = list(_keys(secret))
    texts, left = list(_texts(request)), _BUDGET
    for header in request.signature_headers[:3]:
        for digest, encoding in itertools.islice(_digests(request.first[header]), _DIGESTS):
            name = _HASHES[len(digest)]
            for (signs, before, after), (key_name, key) in itertools.product(texts, keys):
                left -= len(request.body) + 200
                if left < 0:
                    return None
                if hmac.compare_digest(hmac.digest(key, before + request.body + after, name), digest):
                    around = before.decode("latin-1"), after.decode("latin-1")
                    return Recipe(header, f"hmac-{name}", encoding, signs, *around, key_name)
    return None


def _keys(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """The keys that a secret's text may stand for."""
    yield "utf-8", secret
    for text in dict.fromkeys([secret, _PREFIX.sub(b"", secret)]):
        if text != secret:
            yield "utf-8", text
        for name, decode in (("base64", _base64), ("hex", binascii.unhexlify)):
            try:
                found = decode(text)
            except ValueError:
                continue
            if found:
                yield name, found


def _base64(text: bytes) -> bytes:
    return base64.b64decode(text.replace(b"-", b"+").replace(b"_", b"/"), validate=True)


def _digests(value: str) -> Iterator[tuple[bytes, str]]:
    """The digests that may stand in a header's value, and how each is written."""
    for match in _HEX.finditer(value):
        yield bytes.fromhex(match[0]), "hex"
    for match in _BASE64.finditer(value):
        text = match[0].rstrip("=")
        try:
            raw = _base64((text + "=" * (-len(text) % 4)).encode())
        except ValueError:
            continue
        if len(raw) in _HASHES:
            yield raw, "base64"


def _texts(request: IncomingRequest) -> Iterator[tuple[str, bytes, bytes]]:
    """What may be signed: how it is written, what stands before the body, and what after it."""
    yield "{body}", b"", b""
    parts = _parts(request)
    for name, part in parts:
        for gap in (b".", b":", b"", b"\n"):
            told = gap.decode().replace("\n", "\\n")
            yield f"{name}{told}{{body}}", part + gap, b""
            yield f"{{body}}{told}{name}", b"", gap + part
    for (one, first), (two, second) in itertools.permutations(parts, 2):
        for gap in (b".", b":"):
            told = gap.decode()
            yield f"{one}{told}{two}{told}{{body}}", first + gap + second + gap, b""
    if request.path:
        yield "{path}{body}", request.path.encode("latin-1", "replace"), b""


def _parts(request: IncomingRequest) -> list[tuple[str, bytes]]:
    """The ids and times beside the body, by the placeholder or the header that names them."""
    found: dict[bytes, str] = {}
    for name in request.signature_headers:
        for match in _TIME.finditer(request.first[name]):
            found.setdefault(match[0].encode("latin-1"), "{timestamp}")
    for name, value in request.first.items():
        if _STAMP_HEADER.search(name) and 0 < len(value) <= 200 and name not in request.signature_headers:
            word = "{timestamp}" if _TIME.fullmatch(value) else f"{{{name}}}"
            found.setdefault(value.encode("latin-1"), word)
    return [(word, raw) for raw, word in list(found.items())[:_PARTS]]

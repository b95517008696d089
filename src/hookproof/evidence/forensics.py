"""Naming the bug behind a wrong answer to a signature, by trying the recipes that receivers get wrong. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hookproof.delivery.model import Delivery
from hookproof.delivery.signature import KeyedSigner, Scheme

Rewrite = Callable[[bytes], bytes]


def _dumps(**style: Any) -> Rewrite:
    def rewrite(body: bytes) -> bytes:
        return json.dumps(json.loads(body), **style).encode(errors="surrogatepass")

    return rewrite


_COMPACT = (",", ":")
BODY_RECIPES: dict[str, Rewrite] = {
    "the body without its byte order mark": lambda body: body.removeprefix(b"\xef\xbb\xbf"),
    "the body with white space trimmed": bytes.strip,
    "re-serialised JSON (as JSON.stringify writes it)": _dumps(separators=_COMPACT, ensure_ascii=False),
    "re-serialised JSON (as Python's json.dumps writes it)": _dumps(),
    "re-serialised JSON (compact, non-ASCII escaped)": _dumps(separators=_COMPACT),
    "re-serialised JSON (json.dumps, non-ASCII kept)": _dumps(ensure_ascii=False),
    "re-serialised JSON (keys sorted)": _dumps(separators=_COMPACT, ensure_ascii=False, sort_keys=True),
    "re-serialised JSON (pretty-printed)": _dumps(indent=2, ensure_ascii=False),
    "the body read as UTF-8, other bytes replaced": lambda body: body.decode("utf-8", "replace").encode(),
    "the body read as ASCII": lambda body: body.decode("ascii", "ignore").encode(),
    "the body read as ASCII, other characters replaced": lambda body: body.decode("ascii", "replace").encode(),
    "the body read as Latin-1": lambda body: body.decode("latin-1").encode(),
    "the `data` member only": lambda body: json.dumps(
        json.loads(body)["data"], separators=_COMPACT, ensure_ascii=False
    ).encode(),
    "the first 1024 bytes only": lambda body: body[:1024],
    "an empty body": lambda body: b"",
}


def body_recipes(body: bytes) -> Iterator[tuple[str, bytes]]:
    """What a mistaken receiver may have taken for the signed bytes: (name, bytes), each different from `body`."""
    seen = {body}
    for name, rewrite in BODY_RECIPES.items():
        try:
            text = rewrite(body)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if text not in seen:
            seen.add(text)
            yield name, text


def value_recipes(signer: KeyedSigner, body: bytes) -> Iterator[tuple[str, str]]:
    """Header values over the right bytes that a mistaken receiver may expect: (name, value)."""
    scheme, secret, key = signer.scheme, signer.secret.reveal(), signer.key
    if not scheme.keyed:
        return
    digest = scheme.signature(key, body)
    documented = scheme.spell(digest)
    candidates = {
        "the digest in base64": base64.b64encode(digest).decode(),
        "the digest in hex": digest.hex(),
        "the prefix sha256=": f"sha256={digest.hex()}",
        "the prefix v1=": f"v1={digest.hex()}",
        "upper-case hex": scheme.lead + digest.hex().upper(),
        "HMAC-SHA1": hmac.digest(key, body, "sha1").hex(),
        "HMAC-SHA512": hmac.digest(key, body, "sha512").hex(),
        "a plain SHA-256 of the body": hashlib.sha256(body).hexdigest(),
        "a plain SHA-256 of secret and body": hashlib.sha256(secret + body).hexdigest(),
        "the secret with white space around it trimmed": _with(scheme, key.strip(), body),
        "the secret with a line break at its end": _with(scheme, key + b"\n", body),
        "the secret's text as the key, not what it spells": _with(scheme, secret, body),
        "the body alone as what is signed": scheme.spell(hmac.digest(key, body, scheme.hash_name)),
        "an empty secret": _with(scheme, b"", body),
    }
    for name, decode in (("base64", base64.b64decode), ("hex", binascii.unhexlify)):
        try:
            candidates[f"the secret decoded from {name}"] = _with(scheme, decode(secret), body)
        except ValueError:
            continue
    yield from ((name, value) for name, value in candidates.items() if value != documented)


def _with(scheme: Scheme, secret: bytes, body: bytes) -> str:
    return scheme.spell(hmac.digest(secret, scheme.text(body), scheme.hash_name))


def explain_signature(signer: KeyedSigner, body: bytes, value: str | None) -> str:
    """Why a sender's signature of a body may not match; empty when no known mistake fits."""
    if not value:
        return "the signature header is missing"
    if "{" in value or value.strip().lower() in ("signature", "none", "null", "undefined", "todo", "test"):
        return "the signature is a placeholder that nobody filled in"
    for name, text in body_recipes(body):
        if signer.matches(text, value):
            return f"it signs {name} instead of the bytes it sends"
    for name, wrong in value_recipes(signer, body):
        if value == wrong:
            return f"it sends {name}"
    right = signer.sign(body)
    if right in value or value.lower() == right:
        return "the right digest stands there in another spelling than is documented"
    return "the secret is another one, or other bytes were signed"


@dataclass(frozen=True)
class Suspect:
    """A delivery that a receiver with this known mistake would take instead of the genuine one.

    `recipe` names what the receiver takes for the signed bytes, where that is its mistake.
    """

    mistake: str
    delivery: Delivery
    recipe: str = ""


def suspects(delivery: Delivery) -> Iterator[Suspect]:
    """One suspect for each known mistake that can be told apart by this delivery."""
    signer = delivery.signer
    if not isinstance(signer, KeyedSigner) or not signer.scheme.covers_the_body:
        return
    for name, text in body_recipes(delivery.body):
        forged = delivery.with_signature(signer.sign(text), f"over {name}")
        yield Suspect(f"verifies {name} instead of the bytes sent", forged, recipe=name)
    for name, value in value_recipes(signer, delivery.body):
        yield Suspect(f"expects {name}", delivery.with_signature(value, f"with {name}"))


def explain_acceptance(forged: Delivery) -> str:
    """Why a receiver may have taken a forged delivery; empty when no known mistake fits."""
    signer, seal = forged.signer, forged.seal
    if not isinstance(signer, KeyedSigner):
        return ""
    if sum(name.lower() == signer.header.lower().encode() for name, _ in forged.headers) > 1:
        genuine = signer.sign(forged.body).encode("latin-1")
        one_is_right = any(text == genuine for _, text in forged.headers)
        return (
            "it looks at one of several signature headers only"
            if one_is_right
            else "it verifies no header that comes twice"
        )
    if not forged.signature:
        return "it takes deliveries that carry no signature"
    if not signer.scheme.covers_the_body:
        return "it does not compare the whole token with its own"
    if seal and not seal.foreign and forged.signature == seal.value and seal.over != forged.body:
        for name, text in body_recipes(forged.body):
            if not text:
                continue
            if text == seal.over or dict(body_recipes(seal.over)).get(name) == text:
                return f"it accepts what {name} would sign: the signature is not checked over the bytes received"
        return "it accepts a signature that was made for other bytes"
    for name, value in value_recipes(signer, forged.body):
        if value == forged.signature:
            return f"it accepts {name}"
    right = signer.sign(forged.body)
    if right in forged.signature:
        return "it stops reading at the first character that is no digit: the right digest passes with junk around it"
    if forged.signature in right:
        return "it compares only as many characters as were sent"
    return "it accepts a signature that nobody with the secret made"

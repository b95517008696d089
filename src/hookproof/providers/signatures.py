"""What [signature] in a provider.toml may hold, and whether it says how a delivery is signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hookproof.delivery.asymmetric import PAIRS
from hookproof.delivery.signature import CREDENTIALS, HASHES, KNOWN
from hookproof.delivery.signed_text import POINTER, WORDS
from hookproof.providers.fields.words import Condition, HeaderName, HeaderTemplates, Pointer, Text, whole
from hookproof.providers.placeholders import filled, names, placeholder, unknown

Trouble = tuple[str, str]
_ONE_LIST = re.compile(r"[^\[\]]*(\[[^\[\]]*\{(digest|signature)_(hex|base64)\}[^\[\]]*\])?[^\[\]]*")


class SchemeFields(Struct, forbid_unknown_fields=True, frozen=True):
    """How a delivery is signed; absent if it is not."""

    algorithm: Annotated[
        str,
        whole(
            r"([a-z0-9-]+|\{[a-z0-9_.]+\})",
            "hmac-sha256, hmac-sha1, hmac-sha512; sha256, sha1, sha512 of a text with {secret} in it; ed25519, "
            "ecdsa-p256-sha256; or token, bearer, basic: the secret itself is sent. {PARAMETER} is filled in.",
        ),
    ]
    value: Annotated[
        str,
        Meta(
            pattern=r"\{",
            description="The header's value: {digest_hex} or {digest_base64}, {signature_hex} or {signature_base64} "
            "for a key pair, {secret} for a token; {timestamp} and {id}; a part in square brackets is repeated for "
            "each key; {PARAMETER} is filled in first.",
        ),
    ]
    header: Annotated[HeaderName, Meta(description="Name of the header that carries the signature.")] = ""
    place: Annotated[Pointer, Meta(description="Where the signature stands in the body, if in no header.")] = ""
    items: Annotated[
        Pointer,
        Meta(description="What is signed one by one, * being every item of an array; `place` and `signs` are within."),
    ] = ""
    signs: Annotated[
        Text,
        Meta(
            description="The bytes that are signed: {body} as sent, {id} of the delivery, {timestamp}, {url}, "
            "{method}, {params} of a form, {secret}, or a place in the body: {/data/id}."
        ),
    ] = "{body}"
    headers: Annotated[
        HeaderTemplates, Meta(description="Headers that go with the signature, by name: {id}, {timestamp}.")
    ] = {}
    timestamp: Annotated[
        str,
        whole(
            r"unix|unix\.ms|iso|(/([^~/]|~[01])*)+",
            "How {timestamp} is written: unix (seconds), unix.ms, iso; or where the body says the time.",
        ),
    ] = "unix"
    tolerance_s: Annotated[
        float, Meta(gt=0, description="Seconds by which {timestamp} may be off; absent: nothing is promised.")
    ] = 0.0
    key: Annotated[
        Literal["utf-8", "base64", "hex"], Meta(description="What the secret's text is: the key, or a spelling of it.")
    ] = "utf-8"
    key_prefix: Annotated[Text, Meta(description="What stands before the key in the secret's text.")] = ""
    public_prefix: Annotated[Text, Meta(description="What stands before a public key.")] = ""
    when: Condition = ""


Signatures = SchemeFields | Annotated[list[SchemeFields], Meta(min_length=1)] | None


def listed(signature: SchemeFields | list[SchemeFields] | None) -> list[SchemeFields]:
    """A table, or several of them, as a list."""
    if signature is None:
        return []
    return signature if isinstance(signature, list) else [signature]


def troubles(scheme: SchemeFields, given: dict[str, str]) -> Iterator[Trouble]:
    """What is wrong with how deliveries are signed, when the parameters have these values."""
    if stranger := unknown(scheme.algorithm, (), given):
        yield "algorithm", placeholder(stranger, (), given)
    algorithm = filled(scheme.algorithm, given)
    if algorithm not in KNOWN:
        yield "algorithm", f"{algorithm!r} is unknown; known are: {names(KNOWN)}"
    if stranger := unknown(POINTER.sub("", scheme.signs), WORDS, given):
        yield "signs", placeholder(stranger, WORDS, given)
    if algorithm in CREDENTIALS:
        if scheme.signs != "{body}":
            yield "signs", f"a {algorithm} signs nothing; leave it out"
    elif scheme.signs.count("{body}") != 1 and "{params}" not in scheme.signs and not POINTER.search(scheme.signs):
        yield "signs", "must hold {body} once: who changes the body must have to change the signature"
    if ("{secret}" in scheme.signs) is not (algorithm in HASHES):
        yield "signs", "{secret} belongs into a plain sha256, sha1 or sha512, which has no key; and into no other"
    yield from _standing(scheme)
    words = _spelled(algorithm)
    if stranger := unknown(scheme.value, (*words, "id", "timestamp"), given):
        yield "value", placeholder(stranger, (*words, "id", "timestamp"), given)
    if _ONE_LIST.fullmatch(filled(scheme.value, given)) is None:
        yield "value", "may have one part in square brackets, with the digest in it: the one repeated for each key"
    for name, template in scheme.headers.items():
        if stranger := unknown(template, ("id", "timestamp"), given):
            yield f"headers.{name}", placeholder(stranger, ("id", "timestamp"), given)
    yield from _readable(scheme)
    value = filled(scheme.value, given)
    if sum(value.count(f"{{{word}}}") for word in words) != 1:
        yield "value", f"must hold {' or '.join(f'{{{word}}}' for word in words)} once"


def _spelled(algorithm: str) -> tuple[str, ...]:
    """What a value may hold for what is computed."""
    if algorithm in CREDENTIALS:
        return ("secret",)
    return ("signature_hex", "signature_base64") if algorithm in PAIRS else ("digest_hex", "digest_base64")


def _standing(scheme: SchemeFields) -> Iterator[Trouble]:
    """Whether the signature stands in one place."""
    if bool(scheme.header) is bool(scheme.place):
        yield "header", "say where the signature stands: `header`, or `place` in the body, and not both"
    if scheme.place and "{body}" in scheme.signs:
        yield "signs", "{body} would hold the signature itself; name the places that are signed, like {/data/id}"
    if scheme.items and not scheme.place:
        yield "items", "each item is signed where `place` says that its signature stands; write it, or leave this out"


def _readable(scheme: SchemeFields) -> Iterator[Trouble]:
    """Whether a receiver is told what is signed beside the body."""
    told = "".join([scheme.value, *scheme.headers.values()])
    for word in ("id", "timestamp"):
        if f"{{{word}}}" in scheme.signs and f"{{{word}}}" not in told:
            yield "signs", f"{{{word}}} is signed, and no header says it; write it into headers or value"
    if scheme.timestamp.startswith("/") and "{timestamp}" in scheme.signs:
        yield "signs", f"the body says the time; sign {{{scheme.timestamp}}}, or {{body}}, and no {{timestamp}}"
    if scheme.tolerance_s and "{timestamp}" not in scheme.signs and not scheme.timestamp.startswith("/"):
        yield "tolerance_s", "no {timestamp} is signed; write it into signs, or leave this out"

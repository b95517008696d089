"""Signatures that are not the right one, and genuine ones over bytes that a careless receiver rewrites."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from hookproof.events import Maker
from hookproof.model import Case, Delivery
from hookproof.pointers import get, leaves, put
from hookproof.signature import KeyedSigner
from hookproof.spelling import COMPACT


def _value(text: str | bytes) -> Case:
    return lambda delivery: delivery.with_signature(text, "with a malformed signature")


def malformed_signatures(maker: Maker) -> dict[str, Case]:
    """None decodes to a digest of the right length; comparing lengths or bytes carelessly breaks on them."""
    lead = maker.signer.scheme.lead if maker.signer else ""
    led = {
        "a digest cut short": _value(lead + "ab"),
        "letters that are no digits, prefixed": _value(lead + "z" * 64),
        "characters of two bytes, prefixed": _value((lead + "é" * 64).encode()),
        "another prefix": lambda delivery: delivery.with_signature("md5=" + delivery.signature.removeprefix(lead)),
    }
    return {
        **(led if lead else {}),
        "three letters": _value("abc"),
        "one digit": _value("0"),
        "not hex": _value("zz"),
        "63 digits": lambda delivery: delivery.with_signature(delivery.signature[:-1], "with 63 digits"),
        "65 digits": lambda delivery: delivery.with_signature("f" * 65, "with 65 digits"),
        "128 digits": _value("ab" * 64),
        "64 letters that are no digits": _value("z" * 64),
        "64 characters of two bytes": _value(("é" * 64).encode()),
        "a byte that is not ASCII": _value(b"\xe9" + b"a" * 63),
        "1000 digits": _value("ab" * 500),
        "a bare prefix": _value("sha256="),
        "the word null": _value("null"),
        "braces": _value('{"signature": true}'),
    }


def junk_around_the_signature(maker: Maker) -> dict[str, Case]:
    """The right value with something more: a comparison that stops early takes it."""

    def around(before: str, after: str) -> Case:
        label = "with junk around the signature"
        return lambda delivery: delivery.with_signature(before + delivery.signature + after, label)

    return {
        "letters after": around("", "zz"),
        "a digit after": around("", "0"),
        "an equals sign after": around("", "=x"),
        "letters before": around("zz", ""),
        "a list, junk last": around("", ",junk"),
        "a list, junk first": around("junk,", ""),
    }


def parts_of_the_signature(maker: Maker) -> dict[str, Case]:
    """A comparison of as many characters as were sent takes these."""

    def part(cut: slice) -> Case:
        return lambda delivery: delivery.with_signature(delivery.signature[cut], "with part of the signature")

    def half(delivery: Delivery) -> Delivery:
        value = delivery.signature
        return delivery.with_signature(value[: len(value) // 2], "with half of the signature")

    return {
        "first digit": part(slice(1)),
        "first half": half,
        "all but the last two": part(slice(-2)),
        "last half": part(slice(32, None)) if maker.signer and maker.signer.scheme.covers_the_body else part(slice(2)),
    }


def changed_digits(maker: Maker) -> dict[str, Case]:
    """One digit is another one."""

    def change(at: int) -> Case:
        def changed(delivery: Delivery) -> Delivery:
            value = delivery.signature
            at_ = at % len(value)
            other = "0" if value[at_] != "0" else "1"
            return delivery.with_signature(value[:at_] + other + value[at_ + 1 :], "with one digit changed")

        return changed

    found: dict[str, Case] = {"first": change(0), "ninth": change(8), "middle": change(32), "last": change(-1)}
    if maker.signer and "{digest_base64}" in maker.signer.scheme.value:
        lead = maker.signer.scheme.lead
        found["letters in the other case"] = lambda delivery: delivery.with_signature(
            lead + delivery.signature.removeprefix(lead).swapcase(), "with letters in the other case"
        )
    return found


def other_algorithms(maker: Maker) -> dict[str, Case]:
    """Digests that are no HMAC-SHA256 with the secret; some need no secret at all."""

    if not maker.signer or not maker.signer.scheme.covers_the_body:
        return {}
    scheme = maker.signer.scheme

    def made(make: Callable[[bytes, bytes], bytes | str]) -> Case:
        def other(delivery: Delivery) -> Delivery:
            assert isinstance(delivery.signer, KeyedSigner)
            value = make(delivery.signer.secret.reveal(), delivery.body)
            text = value if isinstance(value, str) else scheme.spell(value)
            return delivery.with_signature(text, "with another algorithm")

        return other

    def keyed(name: str) -> Case:
        return made(lambda key, body: hmac.digest(key, scheme.text(body), name))

    others = {name: keyed(name) for name in ("sha1", "sha256", "sha512") if name != scheme.hash_name}
    return {
        "a digest without a key": made(lambda key, body: hashlib.new(scheme.hash_name, body).digest()),
        **{f"HMAC-{name.upper()}": case for name, case in others.items()},
        "HMAC-MD5, labelled": made(lambda key, body: "md5=" + hmac.digest(key, body, "md5").hex()),
        "zeros": made(lambda key, body: bytes(32)),
        "a digest of nothing": made(lambda key, body: hashlib.new(scheme.hash_name, b"").digest()),
    }


def other_encodings(maker: Maker) -> dict[str, Case]:
    """The right digest, spelled otherwise; harmless, but not what is documented."""

    if not maker.signer or not maker.signer.scheme.covers_the_body:
        return {}
    scheme = maker.signer.scheme

    def spelled(spell: Callable[[bytes], str]) -> Case:
        def other(delivery: Delivery) -> Delivery:
            assert isinstance(delivery.signer, KeyedSigner)
            digest = hmac.digest(delivery.signer.secret.reveal(), scheme.text(delivery.body), scheme.hash_name)
            return delivery.with_signature(spell(digest), "spelled otherwise")

        return other

    hexed = "{digest_hex}" in scheme.value
    return {
        **({"upper case": spelled(lambda digest: scheme.lead + digest.hex().upper())} if hexed else {}),
        "with a prefix" if not scheme.lead else "without the prefix": spelled(
            lambda digest: scheme.spell(digest).removeprefix(scheme.lead) if scheme.lead else "sha256=" + digest.hex()
        ),
        "base64" if hexed else "hex": spelled(
            lambda digest: scheme.lead + (base64.b64encode(digest).decode() if hexed else digest.hex())
        ),
        "in quotes": spelled(lambda digest: f'"{scheme.spell(digest)}"'),
    }


def changed_bodies(maker: Maker) -> dict[str, Case]:
    """One change somewhere in the body, under the signature of the body before the change."""

    def edited(edit: Callable[[Any], None]) -> Case:
        def changed(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            edit(payload)
            return delivery.with_body(delivery.writing.write(payload), "changed after signing")

        return changed

    def member(pointer: str, value: Any) -> Case:
        return edited(lambda payload: put(payload, pointer, value))

    template = maker.surface.events[maker.default_kind].payload
    texts = [pointer for pointer, value in leaves(template) if isinstance(value, str) and "{{" not in pointer]
    found = {f"the value of {pointer}": member(pointer, "changed") for pointer in texts[:40]}
    return {
        **found,
        "one more member": edited(lambda payload: payload.update(injected=True)),
        "white space": lambda delivery: delivery.with_body(
            json.dumps(delivery.read(), indent=1, ensure_ascii=False).encode(), "reformatted after signing"
        ),
        "a byte that is no UTF-8 added": lambda delivery: delivery.with_body(
            delivery.body.replace(b'":"', b'":"\xff', 1), "with a byte that is no UTF-8 added after signing"
        ),
        "a replacement character made a stray byte": _stray_byte(maker),
        "a byte order mark before": lambda delivery: delivery.with_body(
            b"\xef\xbb\xbf" + delivery.body, "with a byte order mark added after signing"
        ),
        "one byte more": lambda delivery: delivery.with_body(delivery.body + b" ", "one byte longer than signed"),
        "the last letter of a long text": _late_change(maker),
    }


def _stray_byte(maker: Maker) -> Case:
    """Readers that replace what is no UTF-8 see the text that was signed."""

    def changed(delivery: Delivery) -> Delivery:
        signed = delivery.with_body(COMPACT.write({**delivery.read(), "x_mark": "\ufffd"})).signed()
        body = signed.body.replace("\ufffd".encode(), b"\xff")
        return signed.with_body(body, "with a stray byte in place of a replacement character")

    return changed


def _late_change(maker: Maker) -> Case:
    def changed(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        payload["padding"] = "x" * 40_000 + "y"
        long = delivery.with_payload(payload)
        return long.with_body(long.body.replace(b"xy", b"xz"), "changed at its end after signing")

    return changed


def odd_bytes(maker: Maker) -> dict[str, Case]:
    """Bodies whose bytes differ from what a JSON library would write, each signed over those very bytes.

    A sender that escapes whatever is not ASCII may sign the escaped text, as Meta says it does: receivers that escape
    before they verify are right, and never see other letters as they are.
    """

    pointer = maker.text_pointer

    def written(write: Callable[[Any], str], label: str, text: str = "a / <b> & c") -> Case:
        def odd(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            put(payload, pointer, text)
            return delivery.with_body(write(payload).encode()).signed(label=label)

        return odd

    def dumped(label: str, text: str = "a / <b> & c", **style: Any) -> Case:
        return written(lambda payload: json.dumps(payload, **style), label, text)

    always_escaped = maker.surface.fields.escaped
    compact: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": always_escaped}
    foreign = "Grüße, Ωμέγα"
    raw = {"non-ASCII text as it is": dumped("signed with non-ASCII text as it is", foreign, **compact)}
    return {
        "indented": dumped("signed as indented JSON", indent=4),
        "spaced": dumped("signed as spaced JSON"),
        "compact": dumped("signed as compact JSON", **compact),
        "keys in another order": written(
            lambda payload: json.dumps(dict(reversed(payload.items())), **compact), "signed with keys in another order"
        ),
        **({} if always_escaped else raw),
        "escaped": dumped("signed with non-ASCII text escaped", foreign, separators=(",", ":")),
        "escaped in upper case": written(_upper_escapes, "signed with escapes in upper case", foreign),
        "slashes escaped": written(
            lambda payload: json.dumps(payload, **compact).replace("/", "\\/"), "signed with slashes escaped"
        ),
        "a line break at the end": written(
            lambda payload: json.dumps(payload, **compact) + "\n", "signed with a line break at the end"
        ),
        "white space before": written(
            lambda payload: "\r\n  " + json.dumps(payload, **compact), "signed with white space before"
        ),
    }


def _upper_escapes(payload: Any) -> str:
    text = json.dumps(payload, separators=(",", ":"))
    return re.sub(r"(?<!\\)\\u([0-9a-f]{4})", lambda match: "\\u" + match[1].upper(), text)


def header_spellings(maker: Maker) -> dict[str, Case]:
    """HTTP header names have no case (RFC 9110, 5.1)."""
    if not maker.signer:
        return {}
    name = maker.signer.header

    def spelled(spelling: str) -> Case:
        def renamed(delivery: Delivery) -> Delivery:
            value = delivery.signature
            return delivery.without_header(name).with_header(spelling, value).labelled(f"with {spelling}")

        return renamed

    return {"lower": spelled(name.lower()), "title": spelled(name.title()), "upper": spelled(name.upper())}


def similar_ids(maker: Maker) -> dict[str, Callable[[Delivery], list[Delivery]]]:
    """Pairs of events whose ids a careless key takes for one."""
    pointer = maker.id_pointer

    def pair(make: Callable[[str], tuple[str, str]]) -> Callable[[Delivery], list[Delivery]]:
        def both(delivery: Delivery) -> list[Delivery]:
            first, second = make(str(get(delivery.payload, pointer)))
            return [_with_id(maker, delivery, pointer, id_) for id_ in (first, second)]

        return both

    if any(identity.pattern for identity in maker.surface.identities):
        return {}
    numeric = pair(lambda id_: (id_[:-2] + "41", id_[:-2] + "42"))
    example = get(maker.payload(maker.default_kind), pointer)
    if isinstance(example, int):  # counted: a number made up may be another event's
        return {"only the end differs": pair(lambda _: (str(maker.number()), str(maker.number())))}
    if not str(example)[:1].isalpha():
        return {"only the end differs": numeric}
    return {
        "only the case differs": pair(lambda id_: (id_ + "aBc", id_ + "AbC")),
        "only the end differs": numeric,
        "long, and only the end differs": pair(lambda id_: (f"{id_}{'0' * 80}1", f"{id_}{'0' * 80}2")),
        "one is the beginning of the other": pair(lambda id_: (id_ + "12", id_ + "1")),
        "only the start differs": pair(lambda id_: (id_[:4] + "1" + id_[4:], id_[:4] + "2" + id_[4:])),
        "numbers beyond 2^53": pair(lambda id_: (_big(id_, 2), _big(id_, 3))),
    }


def _big(id_: str, last: int) -> str:
    """Digits only, beyond what a double can tell apart; unique for the event."""
    return f"9{sum(map(ord, id_)) * 7919 % 10**6:06d}{int.from_bytes(id_.encode()[-4:]) % 10**10:010d}99{last}"


def _with_id(maker: Maker, delivery: Delivery, pointer: str, id_: str) -> Delivery:
    payload = maker.renewed(delivery).read()
    old = get(payload, pointer)
    for place, value in list(leaves(payload)):
        if isinstance(value, str) and isinstance(old, str) and old in value:
            put(payload, place, value.replace(old, id_))
    put(payload, pointer, int(id_) if isinstance(old, int) else id_)
    return maker.deliver(payload, delivery.kind)

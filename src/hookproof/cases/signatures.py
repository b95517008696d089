"""Signatures that are not the right one, and genuine ones over bytes that a careless receiver rewrites."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from hookproof.delivery.encoding import COMPACT
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import first_object, get, leaves, put
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers.events import Maker


def _value(text: str | bytes, label: str = "with a malformed signature") -> Case:
    return lambda delivery: delivery.with_signature(_stamped(delivery, text), label)


def _stamped(delivery: Delivery, text: str | bytes) -> str | bytes:
    """A value with the delivery's own id and time, where the documented form holds them."""
    assert delivery.signer, "the provider signs nothing"
    return delivery.signer.scheme.stamp.fill(text) if isinstance(text, str) else text


def _made(make: Callable[[Delivery], str | bytes], label: str) -> Case:
    """A signature made of the delivery's own."""
    return lambda delivery: delivery.with_signature(make(delivery), label)


def _digits(change: Callable[[str], str], label: str) -> Case:
    """The documented form around changed digits: of the digest, not of what is written around it."""

    def changed(delivery: Delivery) -> Delivery:
        assert delivery.signer, "the provider signs nothing"
        return delivery.with_signature(delivery.signer.scheme.around(change(delivery.digest)), label)

    return changed


def malformed_signatures(maker: Maker) -> dict[str, Case]:
    """None decodes to a digest of the right length; comparing lengths or bytes carelessly breaks on them.

    Names, which users' baselines quote, count as for SHA-256 in hex; labels say how many digits were really sent.
    """
    if not maker.signer:
        return {}
    scheme, count = maker.signer.scheme, maker.signer.scheme.digit_count
    stranger = "z" if scheme.hexed or not scheme.covers_the_body else "*"
    led = {
        "a digest cut short": _value(scheme.around("ab")),
        "letters that are no digits, prefixed": _value(scheme.around(stranger * count)),
        "characters of two bytes, prefixed": _value(scheme.around("é" * count).encode()),
        "another prefix": _made(lambda delivery: f"md5={delivery.digest}", "with another prefix"),
    }
    return {
        **(led if scheme.lead else {}),
        "three letters": _value("abc"),
        "one digit": _value("0"),
        "not hex": _value("zz"),
        "63 digits": _digits(lambda digits: digits[:-1], f"with {count - 1} digits"),
        "65 digits": _value(scheme.around("f" * (count + 1)), f"with {count + 1} digits"),
        "128 digits": _value(scheme.around("ab" * count)),
        "64 letters that are no digits": _value(stranger * count),
        "64 characters of two bytes": _value(("é" * count).encode()),
        "a byte that is not ASCII": _value(b"\xe9" + b"a" * (count - 1)),
        "1000 digits": _value(scheme.around("ab" * 500)),
        "a bare prefix": _value(scheme.lead or f"{scheme.hash_name}="),
        "the word null": _value("null"),
        "braces": _value('{"signature": true}'),
    }


def junk_around_the_signature(maker: Maker) -> dict[str, Case]:
    """The right value with something more: a comparison that stops early takes it."""

    def around(before: str, after: str) -> Case:
        return _made(lambda delivery: before + delivery.signature + after, "with junk around the signature")

    behind = {
        "letters after": around("", "zz"),
        "a digit after": around("", "0"),
        "an equals sign after": around("", "=x"),
    }
    value = maker.signer.scheme.value if maker.signer else ""
    listed = {
        "a list, junk last": around("", ",junk"),
        "a list, junk first": around("junk,", ""),
    }
    return {
        **(
            {} if "base64" in value else behind
        ),  # what stands behind the padding many decoders pass over, and compare the right bytes
        "letters before": around("zz", ""),
        **({} if "[," in value else listed),  # where commas part a list, what nobody knows in it is passed over
    }


def parts_of_the_signature(maker: Maker) -> dict[str, Case]:
    """A comparison of as many digits as were sent takes these."""
    part = "with part of the signature"
    return {
        "first digit": _digits(lambda digits: digits[:1], part),
        "first half": _digits(lambda digits: digits[: len(digits) // 2], "with half of the signature"),
        "all but the last two": _digits(lambda digits: digits[:-2], part),
        "last half": _digits(lambda digits: digits[len(digits) // 2 :], part),
    }


def changed_digits(maker: Maker) -> dict[str, Case]:
    """One digit of the digest is another one."""
    if not maker.signer:
        return {}
    scheme = maker.signer.scheme
    last = len(scheme.zeros.removesuffix(scheme.tail).rstrip("=")) - len(scheme.lead) - 1

    def change(at: int) -> Case:
        def other(digits: str) -> str:
            here = at % len(digits)
            return digits[:here] + scheme.other_digit(digits[here]) + digits[here + 1 :]

        return _digits(other, "with one digit changed")

    end = last if scheme.covers_the_body else -1
    found = {"first": change(0), "ninth": change(8), "middle": change(scheme.digit_count // 2), "last": change(end)}
    if scheme.covers_the_body and not scheme.hexed:
        found["letters in the other case"] = _digits(str.swapcase, "with letters in the other case")
    return found


def other_algorithms(maker: Maker) -> dict[str, Case]:
    """Digests that are no HMAC-SHA256 with the secret; some need no secret at all."""
    if not maker.signer or not maker.signer.scheme.covers_the_body:
        return {}
    scheme = maker.signer.scheme

    def made(make: Callable[[bytes, bytes], bytes | str]) -> Case:
        def other(delivery: Delivery) -> Delivery:
            assert isinstance(delivery.signer, KeyedSigner)
            value = make(delivery.signer.key, delivery.body)
            text = value if isinstance(value, str) else delivery.signer.scheme.spell(value)
            return delivery.with_signature(text, "with another algorithm")

        return other

    def keyed(name: str) -> Case:
        def other(delivery: Delivery) -> Delivery:
            assert isinstance(delivery.signer, KeyedSigner)
            mine = delivery.signer.scheme
            digest = hmac.digest(delivery.signer.key, mine.text(delivery.body, delivery.signer.key), name)
            return delivery.with_signature(mine.spell(digest), "with another algorithm")

        return other

    others = {name: keyed(name) for name in ("sha1", "sha256", "sha512") if name != scheme.hash_name}
    return {
        "a digest without a key": made(lambda key, body: hashlib.new(scheme.hash_name, body).digest()),
        **{f"HMAC-{name.upper()}": case for name, case in others.items()},
        "HMAC-MD5, labelled": made(lambda key, body: "md5=" + hmac.digest(key, body, "md5").hex()),
        "zeros": made(lambda key, body: scheme.zeros),
        "a digest of nothing": made(lambda key, body: hashlib.new(scheme.hash_name, b"").digest()),
    }


def other_encodings(maker: Maker) -> dict[str, Case]:
    """The right digest, spelled otherwise; harmless, but not what is documented."""
    if not maker.signer or not maker.signer.scheme.covers_the_body:
        return {}
    scheme, label = maker.signer.scheme, "spelled otherwise"

    def spelled(spell: Callable[[bytes], str]) -> Case:
        def other(delivery: Delivery) -> Delivery:
            assert isinstance(delivery.signer, KeyedSigner)
            digest = delivery.signer.scheme.signature(delivery.signer.key, delivery.body)
            return delivery.with_signature(spell(digest), label)

        return other

    bare = _made(lambda delivery: delivery.digest, label)
    led = _made(lambda delivery: f"{scheme.hash_name}={delivery.digest}", label)
    in_base64 = spelled(lambda digest: scheme.around(base64.b64encode(digest).decode()))
    return {
        **({"upper case": _digits(str.upper, label)} if scheme.hexed else {}),
        **({"without the prefix": bare} if scheme.lead else {"with a prefix": led}),
        **({"base64": in_base64} if scheme.hexed else {"hex": spelled(lambda digest: scheme.around(digest.hex()))}),
        "in quotes": _made(lambda delivery: f'"{delivery.signature}"', label),
    }


def forgeries(maker: Maker) -> dict[str, Case]:
    """Deliveries of fresh events that nobody with the secret signed, whatever the delivery was."""
    found: dict[str, Case] = {
        "without a signature": lambda delivery: maker.make(plain=True).unsigned(),
        "signed with another secret": lambda delivery: maker.make(plain=True).signed(
            "signed with another secret", secret=b"another secret"
        ),
    }
    if "signature" in maker.surface.features:
        found["one byte longer than signed"] = lambda delivery: _longer(maker.make(plain=True))
    return found


def _longer(delivery: Delivery) -> Delivery:
    return delivery.with_body(delivery.body + b" ", "one byte longer than signed")


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
    found["one more member"] = edited(lambda payload: first_object(payload).update(injected="yes"))
    found["the last letter of a long text"] = _late_change(maker)
    if not maker.writing.is_json:
        return {**found, "one byte more": _longer}
    return {
        **found,
        "white space": lambda delivery: delivery.with_body(
            json.dumps(delivery.read(), indent=1, ensure_ascii=False).encode(), "reformatted after signing"
        ),
        "a byte that is no UTF-8 added": _extra_byte,
        "a replacement character made a stray byte": _stray_byte(maker),
        "a byte order mark before": lambda delivery: delivery.with_body(
            b"\xef\xbb\xbf" + delivery.body, "with a byte order mark added after signing"
        ),
        "one byte more": _longer,
    }


def _extra_byte(delivery: Delivery) -> Delivery:
    """Where a text begins: a member's, else an item's, else the name of a member."""
    begins = next((mark for mark in (b':"', b'["', b'{"') if mark in delivery.body), b"")
    body = delivery.body.replace(begins, begins + b"\xff", 1)
    return delivery.with_body(body, "with a byte that is no UTF-8 added after signing")


def _stray_byte(maker: Maker) -> Case:
    """Readers that replace what is no UTF-8 see the text that was signed."""

    def changed(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        first_object(payload)["x_mark"] = "\ufffd"
        signed = delivery.with_signed_body(COMPACT.write(payload), "with a mark")
        body = signed.body.replace("\ufffd".encode(), b"\xff")
        return signed.with_body(body, "with a stray byte in place of a replacement character")

    return changed


def _late_change(maker: Maker) -> Case:
    def changed(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        first_object(payload)["padding"] = "x" * 40_000 + "y"
        long = delivery.with_payload(payload, "with a long text")
        return long.with_body(long.body.replace(b"xy", b"xz"), "changed at its end after signing")

    return changed


def header_spellings(maker: Maker) -> dict[str, Case]:
    """HTTP header names have no case (RFC 9110, 5.1)."""
    if not (maker.signer and maker.signer.header):
        return {}
    name = maker.signer.header

    def spelled(spelling: str) -> Case:
        def renamed(delivery: Delivery) -> Delivery:
            label = f"with {spelling}"
            return delivery.without_header(name, label).with_header(spelling, delivery.signature, label).as_genuine()

        return renamed

    return {"lower": spelled(name.lower()), "title": spelled(name.title()), "upper": spelled(name.upper())}


_HEX = re.compile("[0-9A-Fa-f]{8}")


def similar_ids(maker: Maker) -> dict[str, Callable[[Delivery], list[Delivery]]]:
    """Pairs of events whose ids a careless key takes for one."""
    pointer = maker.id_pointer

    def pair(make: Callable[[str], tuple[str, str]]) -> Callable[[Delivery], list[Delivery]]:
        def both(delivery: Delivery) -> list[Delivery]:
            first, second = make(str(get(delivery.payload, pointer)))
            return [_with_id(maker, delivery, pointer, id_) for id_ in (first, second)]

        return both

    countable = maker.surface.events[maker.default_kind].required
    if not pointer or not countable or any(identity.pattern for identity in maker.surface.identities):
        return {}
    numeric = pair(lambda id_: (id_[:-2] + "41", id_[:-2] + "42"))
    example = get(maker.payload(maker.default_kind), pointer)
    if isinstance(example, int):  # counted: a number made up may be another event's
        return {"only the end differs": pair(lambda _: (str(maker.number()), str(maker.number())))}
    if not str(example)[:1].isalpha() or _HEX.match(str(example)):  # random digits begin with a letter by chance only
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

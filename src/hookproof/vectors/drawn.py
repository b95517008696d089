"""Entries over bodies drawn by chance: any JSON at all, genuine or with one change. The seed decides everything."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from hookproof.delivery.model import Delivery
from hookproof.providers.events import TEXTS, Maker
from hookproof.vectors.genuine import covers_bytes
from hookproof.vectors.question import VectorEntry

_TEXTS = tuple(TEXTS.values())


def drawn_entries(maker: Maker, seed: int, count: int, *, accept: bool) -> Iterator[VectorEntry]:
    """So many entries; to be accepted, or each with a change that must be refused."""
    if not covers_bytes(maker):
        return
    chance, plain = random.Random(f"{seed}:{accept}"), maker.make(plain=True)
    escaped = maker.surface.fields.escaped
    for number in range(count):
        body, more = _body(chance, escaped=escaped), random.Random(chance.random())
        make = partial(_signed, maker, plain, body)
        make = make if accept else partial(_forged, maker, plain, body, more)
        yield VectorEntry("drawn" if accept else "drawn-forged", str(number), make, accept=accept)


def _signed(maker: Maker, plain: Delivery, body: bytes) -> Delivery:
    """A delivery of its own with that body, signed now."""
    made = replace(plain, id=maker.delivery_id(), body=body)
    return made.signed_at(maker.moment(), "genuine, with content drawn by chance")


def _forged(maker: Maker, plain: Delivery, body: bytes, chance: random.Random) -> Delivery:
    """One byte of the body, or one digit of the signature, is another."""
    signed = _signed(maker, plain, body)
    if chance.random() < 0.5:
        at = chance.randrange(len(body))
        other = bytes([body[at] ^ (1 << chance.randrange(8))])
        return signed.with_body(body[:at] + other + body[at + 1 :], f"with byte {at} changed after signing")
    assert signed.signer
    digits = signed.digest
    at = chance.randrange(len(digits.rstrip("=")) - 1)
    changed = digits[:at] + signed.signer.scheme.other_digit(digits[at]) + digits[at + 1 :]
    return signed.with_signature(signed.signer.scheme.around(changed), f"with digit {at} of the signature changed")


def _body(chance: random.Random, *, escaped: bool) -> bytes:
    """A JSON object in some spelling; with whatever is not ASCII `escaped`, where the sender always writes it so."""
    style: dict[str, Any] = chance.choice(({}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": escaped}))
    return json.dumps({f"m{at}": _value(chance, 2) for at in range(chance.randint(1, 5))}, **style).encode()


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(7 if depth else 5)
    if kind == 0:
        return chance.choice(_TEXTS)
    if kind == 1:
        return chance.choice((True, False, None, "", 0, -1, 1e300, 2**53 + 1))
    if kind in (2, 3):
        return "".join(chr(chance.randrange(32, chance.choice((127, 0x2000)))) for _ in range(12))
    if kind == 4:
        return chance.random() * 10 ** chance.randrange(9)
    inner = [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if kind == 5 else {f"k{at}": value for at, value in enumerate(inner)}

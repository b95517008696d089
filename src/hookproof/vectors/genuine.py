"""Entries that a verifier accepts: what the provider itself could have sent, with the key of the endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from hookproof.cases import freshness, spellings
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import put
from hookproof.providers.events import TEXTS, Maker
from hookproof.vectors.question import VectorEntry

SIZES = {"1 kB": 1000, "16 kB": 16_000, "64 kB": 64_000}
MOST_KINDS = 12
FRESH = "receiver.freshness.accepts-a-time-within-the-tolerance"
FOREIGN = (("Accept", "*/*"), ("X-Request-Id", "7b1c"), ("X-Forwarded-Proto", "https"), ("Cookie", "a=1; b=2"))


def genuine_entries(maker: Maker) -> Iterator[VectorEntry]:
    """Everything that must be accepted, and what may be although no sender means to send it."""
    for kind in maker.kinds[:MOST_KINDS]:
        yield VectorEntry("genuine", kind, partial(maker.make, kind, plain=True), accept=True)
    for name, case in _accepted(maker):
        flag, _, rest = name.partition("/")
        yield VectorEntry(flag, rest, partial(_of, maker, case), accept=True)
    for name, case in freshness.tolerated_times(maker).items():
        make = partial(_of, maker, case)
        yield VectorEntry("tolerated-time", name, make, accept=True, check=FRESH, documented=True)
    if covers_bytes(maker):
        for name, body in ODD_BODIES.items():
            make = partial(_of, maker, _signed(body, f"signed over {name}"))
            yield VectorEntry("odd-body", name, make, accept=True, left_open=True)


def _of(maker: Maker, case: Case) -> Delivery:
    return case(maker.make(plain=True))


def _accepted(maker: Maker) -> Iterator[tuple[str, Case]]:
    """Name, with its flag before a slash, and case of what must be accepted."""
    tables: dict[str, dict[str, Case]] = {
        "scripts": {name: _with_text(maker, said) for name, said in TEXTS.items()},
        "sizes": {name: _padded(maker, size) for name, size in SIZES.items()},
        "spelling": {**spellings.odd_bytes(maker), **_more_spellings(maker)} if _in_json(maker) else {},
        "header-name": {name: _renamed(name, change) for name, change in NAMES.items()},
        "other-headers": _other_headers(maker),
        "rotation": _lists(maker),
    }
    for flag, table in tables.items():
        for name, case in table.items():
            yield f"{flag}/{name}", case


def _in_json(maker: Maker) -> bool:
    """Whether bodies are JSON objects under a signature, whose spelling then matters."""
    return covers_bytes(maker) and maker.writing.is_json and isinstance(maker.payload(plain=True), dict)


def covers_bytes(maker: Maker) -> bool:
    """Whether a signature in a header covers the body as it was sent, whatever it says."""
    scheme = maker.signer.scheme if maker.signer else None
    return scheme is not None and "{body}" in scheme.signs and scheme.covers_the_body and not scheme.place


def _with_text(maker: Maker, said: str) -> Case:
    def written(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        if maker.text_pointer:
            put(payload, maker.text_pointer, said)
        elif isinstance(payload, dict):
            payload["text"] = said
        return delivery.with_payload(payload, "genuine, with text in another script")

    return written


def _padded(maker: Maker, size: int) -> Case:
    def long(delivery: Delivery) -> Delivery:
        return _with_text(maker, "x" * size)(delivery).labelled(f"genuine, with a text of {size:,} letters")

    return long


def _more_spellings(maker: Maker) -> dict[str, Case]:
    """JSON as some sender could write it, signed over those very bytes."""

    def spelled(write: Callable[[Any], str], label: str) -> Case:
        return lambda delivery: delivery.with_signed_body(write(delivery.read()).encode(), f"genuine, {label}")

    def more(member: str, label: str) -> Case:
        return spelled(lambda payload: f"{json.dumps(payload)[:-1]}, {member}}}", label)

    return {
        "lines ended by CRLF": spelled(
            lambda payload: json.dumps(payload, indent=2).replace("\n", "\r\n"), "with lines ended by CRLF"
        ),
        "indented by tabs": spelled(lambda payload: json.dumps(payload, indent="\t"), "indented by tabs"),
        "a number as 1.0": more('"number": 1.0', "with a number written 1.0"),
        "a number as 1E+2": more('"number": 1E+2', "with a number written 1E+2"),
        "a number beyond 2^53": more('"number": 9007199254740993', "with a number beyond 2^53"),
        "a member twice": more('"again": 1, "again": 2', "with a member twice"),
        "an escaped NUL": more('"text": "a\\u0000b"', "with an escaped NUL in a text"),
        "a lone surrogate": more('"text": "\\ud83d"', "with a lone surrogate, escaped"),
        "many blanks": spelled(lambda payload: json.dumps(payload, indent=1).replace(" ", " " * 9), "with many blanks"),
        "blanks at the end": spelled(lambda payload: json.dumps(payload) + " \n\n", "with blanks at the end"),
    }


ODD_BODIES = {
    "nothing": b"",
    "an empty object": b"{}",
    "an empty array": b"[]",
    "a word": b"hello",
    "NUL bytes": b"\x00\x00\x00",
    "a NUL at the end": b'{"a": 1}\x00',
    "bytes that are no UTF-8": b'{"a": "\xff\xfe\xc3"}',
    "Latin-1": b'{"a": "gr\xfc\xdfe"}',
    "a byte order mark first": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16-le"),
    "every byte there is": bytes(range(256)),
}
"""Bodies that no sender means to send."""


def _signed(body: bytes, label: str) -> Case:
    return lambda delivery: delivery.with_signed_body(body, label)


NAMES: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "title case": str.title,
    "upper case": str.upper,
    "mixed case": lambda name: "".join(one.upper() if at % 2 else one.lower() for at, one in enumerate(name)),
}


def _renamed(name: str, change: Callable[[str], str]) -> Case:
    """Every header's name in another case."""

    def renamed(delivery: Delivery) -> Delivery:
        headers = tuple((change(key.decode("latin-1")).encode("latin-1"), value) for key, value in delivery.headers)
        return replace(delivery, headers=headers, label=f"genuine, header names in {name}")

    return renamed


def _other_headers(maker: Maker) -> dict[str, Case]:
    """Headers that nobody signs, and the signature at another place among them."""
    assert maker.signer
    name = maker.signer.header or "x-signature"
    foreign = tuple((key.encode(), value.encode()) for key, value in FOREIGN)

    def among(before: bool, more: tuple[tuple[bytes, bytes], ...], label: str) -> Case:
        def other(delivery: Delivery) -> Delivery:
            headers = (*more, *delivery.headers) if before else (*delivery.headers, *more)
            return replace(delivery, headers=headers, label=f"genuine, {label}")

        return other

    def turned(delivery: Delivery) -> Delivery:
        return replace(delivery, headers=delivery.headers[::-1], label="genuine, its headers in another order")

    similar = ((f"old-{name}".encode(), b"0"), (f"{name}-old".encode(), b"0"))
    return {
        "before it": among(True, foreign, "with other headers before"),
        "behind it": among(False, foreign, "with other headers behind"),
        "of similar names": among(True, similar, "with headers of similar names"),
        "in another order": turned,
    }


def _lists(maker: Maker) -> dict[str, Case]:
    """A list with the right signature in it, as it is sent while keys rotate."""
    if not (maker.signer and maker.signer.scheme.lists):
        return {}

    def with_others(before: int, after: int) -> Case:
        def listed(delivery: Delivery) -> Delivery:
            old = delivery.signed("", secret=b"the former key").signature
            values = (*[old] * before, delivery.signature, *[old] * after)
            return delivery.with_list(*values, label="genuine, signed with the former key too")

        return listed

    more = {
        "the former key first": with_others(1, 0),
        "the former key last": with_others(0, 1),
        "four former keys": with_others(2, 2),
    }
    return {**freshness.lists_with_the_right_signature(maker), **more}

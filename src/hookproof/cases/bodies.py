"""Bodies that break parsers, stores and processes; signed where the check is about what lies behind the signature."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import islice
from typing import Any

from hookproof.cases.signatures import malformed_signatures
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import first_object, get, put
from hookproof.providers.events import Maker


def _body(body: bytes | Callable[[bytes], bytes], label: str, *, signed: bool = True) -> Case:
    def replaced(delivery: Delivery) -> Delivery:
        raw = body(delivery.body) if callable(body) else body
        return delivery.with_signed_body(raw, label) if signed else delivery.with_body(raw, label).unsigned()

    return replaced


def _not_json() -> dict[str, bytes | Callable[[bytes], bytes]]:
    return {
        "a cut-off object": lambda body: body[: len(body) // 2],
        "a word": b"hello",
        "a form": b"event_type=incoming_message&event_id=evt_1",
        "two objects": lambda body: body + body,
        "single quotes": b"{'event_type': 'incoming_message'}",
        "a trailing comma": lambda body: body[:-1] + b",}",
    }


def not_json(maker: Maker) -> dict[str, Case]:
    """Correctly signed, but not JSON."""
    return {name: _body(body, f"not JSON: {name}") for name, body in _not_json().items()}


def _hostile() -> dict[str, bytes | Callable[[bytes], bytes]]:
    return {
        **_not_json(),
        "nothing": b"",
        "null": b"null",
        "true": b"true",
        "a number": b"42",
        "a text": b'"event"',
        "an empty array": b"[]",
        "an array of events": lambda body: b"[" + body + b"]",
        "an empty object": b"{}",
        "50 000 open brackets": b"[" * 50_000,
        "50 000 nested arrays": b"[" * 50_000 + b"]" * 50_000,
        "20 000 nested objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        "a number of 5000 digits": lambda body: body[:-1] + b',"n":' + b"9" * 5000 + b"}",
        "a number beyond doubles": lambda body: body[:-1] + b',"n":1e999}',
        "NaN": lambda body: body[:-1] + b',"n":NaN}',
        "NUL bytes": b"\x00" * 64,
        "bytes that are not UTF-8": lambda body: body[:-1] + b',"x":"\xff\xfe\xc3"}',
        "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
        "UTF-16": lambda body: body.decode().encode("utf-16"),
        "prototype keys": lambda body: body[:-1] + b',"__proto__":{"admin":true},"constructor":{"prototype":{}}}',
        "duplicate keys": lambda body: body[:-1] + b"," + body[1:],
        "2 MiB of text": lambda body: body[:-1] + b',"x":"' + b"x" * (2 * 1024 * 1024) + b'"}',
    }


def hostile_bodies(maker: Maker) -> dict[str, Case]:
    """Correctly signed bodies that no sender means to send, and texts that stores choke on."""
    found = {name: _body(body, f"hostile: {name}") for name, body in _hostile().items()}
    return {**found, **_hostile_texts(maker), **_wrong_types(maker)}


def _hostile_texts(maker: Maker) -> dict[str, Case]:
    """Valid JSON with a text that databases and encoders refuse."""
    pointer = maker.text_pointer
    if not pointer:
        return {}

    def escaped(escape: bytes) -> Case:
        def changed(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            put(payload, pointer, "before~~after")
            body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
            return delivery.with_signed_body(body.replace(b"~~", escape), "hostile text")

        return changed

    return {
        "a NUL in a text": escaped(b"\\u0000"),
        "a lone high surrogate in a text": escaped(b"\\ud83d"),
        "a lone low surrogate in a text": escaped(b"\\udc00"),
        "a noncharacter in a text": escaped(b"\\uffff"),
        "markup in a text": escaped(b"<script>alert(1)</script>${7*7}{{7*7}}"),
    }


def _wrong_types(maker: Maker) -> dict[str, Case]:
    """Valid JSON in which what matters has another type."""
    sample = maker.payload(maker.default_kind)
    first_id = maker.id_pointer
    values: dict[str, Any] = {"null": None, "a number": 7, "an object": {"a": 1}, "an array": [1], "empty": ""}

    def put_(pointer: str, value: Any) -> Case:
        def changed(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            put(payload, pointer, value)
            return delivery.with_payload(payload, f"hostile: {pointer} is {json.dumps(value)}")

        return changed

    found = {f"{first_id} is {name}": put_(first_id, value) for name, value in values.items() if first_id}
    lead = "/0" if isinstance(sample, list) else ""
    inner = first_object(sample).items()
    for pointer in [f"{lead}/{key}" for key, value in inner if isinstance(value, (dict, list))]:
        found[f"{pointer} is null"] = put_(pointer, None)
        found[f"{pointer} is a text"] = put_(pointer, "text")
        found[f"{pointer} is empty"] = put_(pointer, type(get(sample, pointer))())
    return found


def unsigned_hostile_bodies(maker: Maker) -> dict[str, Case]:
    """What an attacker without the secret can send."""
    chosen = ("a cut-off object", "a word", "null", "50 000 open brackets", "50 000 nested arrays", "NUL bytes")
    found = {name: _body(_hostile()[name], name, signed=False) for name in chosen}
    found["8 MiB"] = _body(b'{"x":"' + b"x" * (8 * 1024 * 1024) + b'"}', "8 MiB", signed=False)
    return found


def unsigned_garbage(maker: Maker) -> dict[str, Case]:
    """Unsigned, and not even an event: the signature must be looked at before the body is."""
    return {
        name: _body(_hostile()[name], f"garbage: {name}", signed=False)
        for name in ("a cut-off object", "a word", "null", "an empty array", "50 000 nested arrays")
    }


def provocations(maker: Maker) -> dict[str, Case]:
    """A few requests that make careless code raise."""
    wanted = ("null", "a cut-off object", "50 000 nested arrays", "bytes that are not UTF-8", "an array of events")
    hostile = hostile_bodies(maker) if maker.writing.is_json else {}
    malformed = dict(islice(malformed_signatures(maker).items(), 3))
    return {**{name: hostile[name] for name in wanted if name in hostile}, **malformed}


def compressed_bodies(maker: Maker) -> dict[str, Case]:
    """Content-Encoding: gzip, signed over either form of the bytes, and a bomb."""

    def compressed(delivery: Delivery, raw: bytes, *, over_plain: bool) -> Delivery:
        label, sent = "compressed", gzip.compress(raw, mtime=0)
        plain = delivery.with_signed_body(raw, label)
        packed = plain.with_body(sent, label) if over_plain else plain.with_signed_body(sent, label)
        return packed.with_header("Content-Encoding", "gzip", label)

    def bomb(delivery: Delivery) -> Delivery:
        sent = delivery.with_body(gzip.compress(b"0" * (10 * 1024 * 1024), mtime=0), "a gzip bomb")
        return sent.with_header("Content-Encoding", "gzip", "a gzip bomb").unsigned()

    def not_gzip(delivery: Delivery) -> Delivery:
        return delivery.with_header("Content-Encoding", "gzip", "declared gzip, but plain")

    return {
        "signed as sent": lambda delivery: compressed(delivery, delivery.body, over_plain=False),
        "signed before compression": lambda delivery: compressed(delivery, delivery.body, over_plain=True),
        "declared but plain": not_gzip,
        "unknown coding": lambda delivery: delivery.with_header("Content-Encoding", "zstd", "declared zstd"),
        "an unsigned bomb": bomb,
    }

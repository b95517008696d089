"""Bodies that break parsers, stores and processes; signed where the check is about what lies behind the signature."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from hookproof.events import Maker
from hookproof.model import Case, Delivery
from hookproof.pointers import get, put


def _body(body: bytes | Callable[[bytes], bytes], label: str, *, signed: bool = True) -> Case:
    def replaced(delivery: Delivery) -> Delivery:
        raw = body(delivery.body) if callable(body) else body
        changed = delivery.with_body(raw, label)
        return changed.signed() if signed else changed.unsigned()

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

    def escaped(escape: bytes) -> Case:
        def changed(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            put(payload, pointer, "before~~after")
            body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
            return delivery.with_body(body.replace(b"~~", escape), "hostile text").signed()

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

    found = {f"{first_id} is {name}": put_(first_id, value) for name, value in values.items()}
    for pointer in [f"/{key}" for key, value in sample.items() if isinstance(value, (dict, list))]:
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


def compressed_bodies(maker: Maker) -> dict[str, Case]:
    """Content-Encoding: gzip, signed over either form of the bytes, and a bomb."""

    def packed(delivery: Delivery, raw: bytes, *, over_plain: bool) -> Delivery:
        plain = delivery.with_body(raw).signed(label="compressed")
        sent = plain.with_body(gzip.compress(raw, mtime=0)).with_header("Content-Encoding", "gzip")
        return sent if over_plain else sent.signed()

    def bomb(delivery: Delivery) -> Delivery:
        sent = delivery.with_body(gzip.compress(b"0" * (10 * 1024 * 1024), mtime=0), "a gzip bomb")
        return sent.unsigned().with_header("Content-Encoding", "gzip")

    def not_gzip(delivery: Delivery) -> Delivery:
        return delivery.with_header("Content-Encoding", "gzip").labelled("declared gzip, but plain")

    return {
        "signed as sent": lambda delivery: packed(delivery, delivery.body, over_plain=False),
        "signed before compression": lambda delivery: packed(delivery, delivery.body, over_plain=True),
        "declared but plain": not_gzip,
        "unknown coding": lambda delivery: delivery.with_header("Content-Encoding", "zstd").labelled("declared zstd"),
        "an unsigned bomb": bomb,
    }

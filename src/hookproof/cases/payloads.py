"""Payloads as they may come tomorrow: unknown values and fields, fields left out; derived from the schema."""

from __future__ import annotations

import json
from typing import Any

from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import drop, get, identify, put
from hookproof.providers.events import TEXTS, Maker

UNKNOWN_FIELD = "x_added_in_2031"


def kinds(maker: Maker) -> dict[str, Case]:
    """Every documented kind of event."""
    return {kind: maker.of_kind(kind) for kind in maker.kinds}


def countable_kinds(maker: Maker) -> dict[str, Case]:
    """Every documented kind that a receiver has to act on, and whose effects can be told apart."""
    return {kind: maker.of_kind(kind) for kind in maker.kinds if maker.make(kind).event_ids}


def optional_kinds(maker: Maker) -> dict[str, Case]:
    """Kinds that have an id and that a receiver need not act on: echoes, edits, changes of state."""
    chosen = [kind for kind in maker.kinds if not maker.surface.events[kind].required]
    return {kind: maker.of_kind(kind) for kind in chosen if maker.make(kind).all_ids}


def batches(maker: Maker) -> dict[str, Case]:
    """Several events in one body, as documented, and fifty of them."""
    found = {kind: maker.of_kind(kind) for kind in maker.surface.kinds("batch")}
    if found and maker.writing.is_json:
        found["fifty events"] = lambda delivery: many(maker, 50)
    return found


def tainted_batches(maker: Maker) -> dict[str, Case]:
    """One event of a kind of tomorrow among good ones."""
    return {kind: maker.of_kind(kind) for kind in maker.surface.kinds("tainted")}


def damaged_batches(maker: Maker) -> dict[str, Case]:
    """One broken item among good ones."""
    return {kind: maker.of_kind(kind) for kind in maker.surface.kinds("damaged")}


def empty_bodies(maker: Maker) -> dict[str, Case]:
    """Bodies of the documented form without any event in them."""
    return {kind: maker.of_kind(kind) for kind in maker.surface.kinds("empty")}


def many(maker: Maker, count: int, text: str = "") -> Delivery:
    """One body with so many events of one customer, each with an id of its own."""
    payload = maker.payload(plain=True)
    named = identify(payload, maker.surface.identities)[0]
    place, each = _list_around(payload, named.item)
    if text and maker.text_pointer:
        put(payload, maker.text_pointer, text)
    item = get(payload, each)
    items = []
    for _ in range(count):
        copy = json.loads(json.dumps(item))
        fresh = maker.payload(plain=True)
        for pointer in named.pointers:
            put(copy, pointer.removeprefix(each), get(fresh, pointer))
        items.append(copy)
    if place:
        put(payload, place, items)
    return maker.deliver(payload if place else items, maker.default_kind)


def _list_around(payload: Any, item: str) -> tuple[str, str]:
    """Where the innermost list is that an event stands in, and the item of it that the event is or is inside of."""
    each = item
    while each:
        place, _, _ = each.rpartition("/")
        if isinstance(get(payload, place), list):
            return place, each
        each = place
    raise ValueError(f"{item} is in no list")


def batches_with_it(maker: Maker) -> dict[str, Case]:
    """The delivery's event in a batch of fresh ones."""

    def among_others(delivery: Delivery) -> Delivery:
        payload = many(maker, 3).read()
        own = identify(delivery.payload, maker.surface.identities)[0]
        second = identify(payload, maker.surface.identities)[1]
        put(payload, second.item, get(delivery.payload, own.item))
        return maker.deliver(payload, delivery.kind).labelled("genuine, in a batch with others")

    return {"among two fresh ones": among_others} if maker.surface.kinds("batch") else {}


def _changed(pointer: str, value: Any, label: str, *, genuine: bool = False) -> Case:
    def changed(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        put(payload, pointer, value)
        return delivery.with_payload(payload, f"genuine, {label}" if genuine else label, genuine=genuine)

    return changed


def unknown_values(maker: Maker) -> dict[str, Case]:
    """Types and versions that the documents do not know yet."""
    found = {
        f"{pointer} is {value}": _changed(pointer, value, f"with {pointer} = {value!r}")
        for pointer, value in maker.surface.fields.unknown.items()
    }
    return {**found, **{kind: maker.of_kind(kind) for kind in maker.surface.kinds("unknown")}}


def added_fields(maker: Maker) -> dict[str, Case]:
    """One unknown member in each object of a documented payload."""
    sample = maker.surface.events[maker.default_kind].payload
    value: Any = {"since": "2031", "list": [1, None]} if maker.writing.is_json else "2031"
    return {
        pointer or "at the top": _changed(f"{pointer}/{UNKNOWN_FIELD}", value, f"with {pointer}/{UNKNOWN_FIELD}")
        for pointer in _objects(sample)
    }


def _objects(node: Any, pointer: str = "") -> list[str]:
    """Pointers to every object; of an array only the first item, and nothing under a name made of values."""
    found = [pointer] if isinstance(node, dict) else []
    children = (
        [pair for pair in node.items() if "{{" not in pair[0]]
        if isinstance(node, dict)
        else enumerate(node[:1])
        if isinstance(node, list)
        else ()
    )
    for key, value in children:
        found += _objects(value, f"{pointer}/{key}")
    return found


def without_optional_fields(maker: Maker) -> dict[str, Case]:
    """Each optional field left out, and all of them."""
    pointers = [pointer for pointer, optional in _fields(maker) if optional]

    def without(*gone: str) -> Case:
        def reduced(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            for pointer in gone:
                drop(payload, pointer)
            return delivery.with_payload(payload, f"without {', '.join(gone)}")

        return reduced

    deepest_first = sorted(pointers, key=lambda pointer: -pointer.count("/"))
    return {
        **{pointer: without(pointer) for pointer in pointers},
        **({"all of them": without(*deepest_first)} if len(pointers) > 1 else {}),
    }


def nulls(maker: Maker) -> dict[str, Case]:
    """Each documented field null, one at a time."""
    return {pointer: _changed(pointer, None, f"with {pointer} null") for pointer, _ in _fields(maker)}


def _fields(maker: Maker) -> list[tuple[str, bool]]:
    """Every field of the example payload that the schema knows: (pointer, whether it is optional)."""
    schema = maker.surface.schema(maker.default_kind)
    return _walk(schema, schema, maker.payload(maker.default_kind), "")


def _walk(schema: dict[str, Any], root: dict[str, Any], node: Any, pointer: str) -> list[tuple[str, bool]]:
    schema = _resolve(schema, root)
    found: list[tuple[str, bool]] = []
    if isinstance(node, dict):
        required = {name for part in _parts(schema, root) for name in part.get("required", [])}
        properties = {name: sub for part in _parts(schema, root) for name, sub in part.get("properties", {}).items()}
        for name, value in node.items():
            if name in properties:
                here = f"{pointer}/{name}"
                found.append((here, name not in required))
                found += _walk(properties[name], root, value, here)
    elif isinstance(node, list) and node and "items" in schema:
        found += _walk(schema["items"], root, node[0], f"{pointer}/0")
    return found


def _parts(schema: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *(_resolve(part, root) for part in schema.get("allOf", []))]


def _resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = get(root, schema["$ref"].removeprefix("#"))
    return schema


def scripts(maker: Maker) -> dict[str, Case]:
    """A text message in many scripts, raw and escaped."""
    pointer, genuine = maker.text_pointer, maker.text_pointer != maker.id_pointer
    if not pointer:
        return {}
    found = {name: _changed(pointer, text, f"text: {name}", genuine=genuine) for name, text in TEXTS.items()}

    def escaped(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        put(payload, pointer, TEXTS["emoji"])
        label = "genuine, text: escaped" if genuine else "text: escaped"
        return delivery.with_signed_body(json.dumps(payload).encode(), label, genuine=genuine)

    return {**found, "emoji, escaped": escaped} if maker.writing.is_json else found


def past_times(maker: Maker) -> dict[str, Case]:
    """Events that happened a while ago and are delivered now; none where the time in the body is a signed one."""
    scheme = maker.signer.scheme if maker.signer else None
    if scheme and scheme.timestamp.startswith("/"):
        return {}

    def happened(ago_s: float) -> Case:
        return lambda delivery: maker.make_past(ago_s)

    return {"ten minutes ago": happened(600), "three hours ago": happened(3 * 3600)}


def late_times(maker: Maker) -> dict[str, Case]:
    """Times after 2038, which 32 bits cannot hold: every integer in the payload that is a time.

    Where the body says when it was signed, that time is left as it is: another one would be too far ahead.
    """
    sample = maker.payload(maker.default_kind)
    signed = maker.signer.scheme.timestamp if maker.signer else ""
    return {
        pointer: _changed(pointer, 4_102_444_800, f"with {pointer} in the year 2100")
        for pointer in _integers(sample)
        if pointer != signed
    }


def _integers(node: Any, pointer: str = "") -> list[str]:
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in _integers(value, f"{pointer}/{key}")]
    is_time = isinstance(node, int) and not isinstance(node, bool) and node > 1_000_000_000
    return [pointer] if is_time else []


def largest(maker: Maker) -> dict[str, Case]:
    """The longest delivery that the documents allow: every text at its documented length."""
    text = "ক" * 4096

    def grown(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        for pointer in maker.surface.fields.long_text:
            put(payload, pointer, text)
        for pointer in maker.surface.fields.long_lists:
            items = get(payload, pointer)
            put(payload, pointer, [items[at % len(items)] for at in range(10)])
        return delivery.with_payload(payload, "genuine, the largest documented delivery", genuine=True)

    found: dict[str, Case] = {"largest": grown}
    if maker.surface.kinds("batch") and maker.writing.is_json:
        found["fifty long texts"] = lambda delivery: many(maker, 50, "x" * 4096)
    return found

"""Bodies of deliveries that schemathesis makes from the documented schemas, and how it is told to be quick about it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import requests
from hypothesis import strategies as st

from hookproof.delivery.pointers import get
from hookproof.plugin.generated.drawing import coverage_cases, draw, mode, only_operation, why
from hookproof.plugin.generated.kept import GeneratedBody
from hookproof.providers.events import Maker

COVERAGE = 6
"""Boundary values sent for each generated example."""
# Made once in a process: seconds of work, the same for every target.
_OPERATIONS: dict[tuple[str, str, int], list[tuple[str, Any]]] = {}


def made(maker: Maker, seed: int, examples: int, *, valid: bool) -> list[GeneratedBody]:
    """The boundary values of every keyword in the schemas, as many as are wanted, and then drawn bodies."""
    operations = _operations(maker, seed)
    found = [(kind, case) for kind, one in operations for case in coverage_cases(one, valid=valid)]
    cases = [(kind, case) for kind, case in found if case.method == "POST"]
    step = -(-len(cases) // (COVERAGE * examples)) or 1
    bodies = [_body(kind, case, drawn=False) for kind, case in cases[::step]]
    drawn: list[GeneratedBody] = []
    draw_each(maker, seed, examples, drawn.append, valid=valid)
    return bodies + drawn


def draw_each(maker: Maker, seed: int, examples: int, check: Callable[[GeneratedBody], None], *, valid: bool) -> None:
    """Check as many drawn bodies; where one fails, the smallest that fails raises."""
    operations = _operations(maker, seed)
    kinds = [st.tuples(st.just(kind), one.as_strategy(generation_mode=mode(valid))) for kind, one in operations]
    draw(st.one_of(kinds), lambda pair: check(_body(*pair, drawn=True)), seed=seed, examples=examples)


def _operations(maker: Maker, seed: int) -> list[tuple[str, Any]]:
    key = (maker.surface.provider.name, maker.surface.name, seed)
    if key not in _OPERATIONS:
        _OPERATIONS[key] = [(kind, _operation(maker, kind, seed)) for kind in _distinct_kinds(maker)]
    return _OPERATIONS[key]


def _body(kind: str, case: Any, *, drawn: bool) -> GeneratedBody:
    """The bytes that a case would have sent."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()
    raw = prepared.body or b""
    return GeneratedBody(kind, raw.encode() if isinstance(raw, str) else bytes(raw), why(case), drawn)  # type: ignore[arg-type]


def _distinct_kinds(maker: Maker) -> list[str]:
    """The plain kind, one with a file, and one for each further schema: three at most."""
    events = maker.surface.events
    chosen = [maker.default_kind, *[kind for kind in maker.kinds if events[kind].media][:1]]
    for kind in maker.kinds:
        if events[kind].webhook and events[kind].webhook not in {events[one].webhook for one in chosen}:
            chosen.append(kind)
    return list(dict.fromkeys(chosen))[:3]


def _operation(maker: Maker, kind: str, seed: int) -> Any:
    """Deliveries of one kind as the one operation of a document of its own; webhooks are not generated from."""
    surface = maker.surface
    root = copy.deepcopy(surface.schema(kind))
    body = _closed(_settled(root, root, maker.payload(kind)))
    named = surface.provider.openapi.get("components", {}).get("schemas", {})
    alone = {
        "openapi": "3.1.0",
        "info": {"title": surface.subject, "version": "1"},
        "paths": {"/hook": {"post": {
            "requestBody": {"required": True, "content": {surface.fields.content_type: {"schema": body}}},
            "responses": {"2XX": {"description": "acknowledged"}},
        }}},
        "components": {"schemas": _closed(copy.deepcopy(named))},
    }  # fmt: skip
    return only_operation(alone, seed)


def _settled(schema: Any, root: dict[str, Any], sample: Any) -> Any:
    """The schema with its conditions decided as they are for `sample`: what remains is closed and quick."""
    if not isinstance(schema, dict):
        return schema
    while "$ref" in schema:
        schema = get(root, schema["$ref"].removeprefix("#"))
    schema = {word: value for word, value in schema.items() if word not in ("components", "if", "then", "else")} | (
        _decided(schema, root, sample) if "if" in schema else {}
    )
    if isinstance(sample, dict) and "properties" in schema:
        schema["properties"] = {
            name: _settled(value, root, sample[name]) if name in sample else value
            for name, value in schema["properties"].items()
            if value is not False
        }
    elif isinstance(sample, list) and sample and "items" in schema:
        schema["items"] = _settled(schema["items"], root, sample[0])
    return schema


def _decided(schema: dict[str, Any], root: dict[str, Any], sample: Any) -> dict[str, Any]:
    """The members that `if` gives: the branch's own, with what the condition asks about pinned to the sample."""
    holds = jsonschema_rs.is_valid({**schema["if"], "components": root.get("components", {})}, sample)
    branch = schema.get("then" if holds else "else", {})
    properties = schema.get("properties", {})
    pinned = {name: {"const": sample[name]} for name in schema["if"].get("properties", {}) if name in sample}
    narrowed = {
        name: value if value is False else {**_plain(properties.get(name, {}), root), **value}
        for name, value in branch.get("properties", {}).items()
    }
    required = [*schema.get("required", []), *branch.get("required", [])]
    return {"properties": {**properties, **narrowed, **pinned}, "required": list(dict.fromkeys(required))}


def _plain(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = get(root, schema["$ref"].removeprefix("#"))
    return schema


_COMPOSED = ("allOf", "anyOf", "oneOf", "if", "then", "else")


def _closed(node: Any) -> Any:
    """A view to generate from: closed objects and short arrays are ten times as fast and read like real events.

    An object that is composed with branches stays open, because a branch knows only some of the members.
    """
    if isinstance(node, dict):
        composed = "properties" in node and any(word in node for word in _COMPOSED)
        if "properties" in node and not composed:
            node.setdefault("additionalProperties", False)
        if "format" in node:  # the format's own strategy decides; searching it for one of another length takes seconds
            if node.get("maxLength") == 0:
                node["const"] = ""
            for word in ("minLength", "maxLength", "pattern", *(["format"] if "const" in node else [])):
                node.pop(word, None)
        if node.get("type") == "array":
            node["maxItems"] = max(1, node.get("minItems", 0))
        for word, value in node.items():
            if not (composed and word in _COMPOSED):
                _closed(value)
    elif isinstance(node, list):
        for value in node:
            _closed(value)
    return node

"""Generated deliveries: schemathesis makes payloads from the documented schema, we sign and send them.

Only this and `operations` know schemathesis, whose coverage generator is not public: a test pins what is used of it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import jsonschema_rs
import requests
from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from hookproof.events import TEXTS, Maker
from hookproof.model import Delivery
from hookproof.pointers import get, identify, put, take
from hookproof.verdict import Inconclusive, Reason

_EPOCH, _LATEST = datetime(2001, 1, 1), datetime(2037, 1, 1)
COVERAGE = 6
"""Boundary values sent for each generated example."""
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


# Nobody who downloads what a generated event points to is sent to a stranger's host.
_URL = re.compile(rb'https?://[^"\\\s]*')
_NOWHERE = b"https://files.example.invalid/file"


# Made once in a process: seconds of work, the same for every target.
_OPERATIONS: dict[tuple[str, str, int], list[tuple[str, Any]]] = {}
_CASES: dict[tuple[str, str, int, bool], list[tuple[str, Any]]] = {}


class Generator:
    """Deliveries of one provider that fit its schema, or that do not."""

    def __init__(self, maker: Maker, seed: int, examples: int) -> None:
        self._maker, self._seed, self._examples = maker, seed, examples
        key = (maker.surface.provider.name, maker.surface.name, seed)
        if key not in _OPERATIONS:
            _OPERATIONS[key] = [(kind, _operation(maker, kind, seed)) for kind in _distinct_kinds(maker)]
        self._operations = _OPERATIONS[key]

    def coverage(self, *, valid: bool) -> Iterator[Delivery]:
        """The boundary values of every keyword in the schema, one after the other, always the same."""
        key = (self._maker.surface.provider.name, self._maker.surface.name, self._seed, valid)
        if key not in _CASES:
            found = [(kind, case) for kind, made in self._operations for case in coverage_cases(made, valid=valid)]
            _CASES[key] = [(kind, case) for kind, case in found if case.method == "POST"]
        cases = _CASES[key]
        step = -(-len(cases) // (COVERAGE * self._examples)) or 1
        for kind, case in cases[::step]:
            yield self._delivery(kind, case, valid=valid)

    def for_all(self, *, valid: bool) -> Callable[[Callable[[Delivery], None]], None]:
        """A decorator that runs a property at once: over the coverage cases, then over generated ones."""

        def run(check: Callable[[Delivery], None]) -> None:
            for delivery in self.coverage(valid=valid):
                check(delivery)
            strategy = st.one_of(
                [
                    st.tuples(st.just(kind), made.as_strategy(generation_mode=mode(valid)))
                    for kind, made in self._operations
                ]
            )

            @hypothesis_seed(self._seed)
            @hypothesis_settings(
                max_examples=self._examples,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def generated(drawn: tuple[str, Any]) -> None:
                check(self._delivery(*drawn, valid=valid))

            try:
                generated()
            except Flaky as contradiction:
                raise Inconclusive(Reason.CONFLICTING_EVIDENCE, first_line(contradiction)) from None

        return run

    def _delivery(self, kind: str, case: Any, *, valid: bool) -> Delivery:
        """Sign the bytes that the case would have sent; a valid event gets an id of its own."""
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()
        raw = prepared.body or b""
        body = raw.encode() if isinstance(raw, str) else bytes(raw)  # type: ignore[arg-type]
        body = _URL.sub(_NOWHERE, body)
        if valid:
            payload = json.loads(body, parse_float=_number)
            return self._maker.deliver(self._identified(payload, kind)).labelled(f"fitting the schema{why(case)}"[:160])
        return self._maker.make(kind).with_body(body).signed(label=f"not fitting the schema{why(case)}"[:160])

    def _identified(self, payload: Any, kind: str) -> Any:
        """The payload with fresh ids wherever it has an event."""
        identities = self._maker.surface.identities
        source = self._maker.payload(kind)
        likes = identify(source, identities)
        for named in identify(payload, identities) if likes else []:
            for here, there in zip((*named.pointers, *named.also), (*likes[0].pointers, *likes[0].also), strict=False):
                put(payload, here, get(source, there))
        self._maker.renew(payload, source, kind)
        take(payload, source, self._maker.own_places(kind))
        return payload


def first_line(error: Exception) -> str:
    return f"the same delivery was answered differently: {str(error).splitlines()[0]}"


def why(case: Any) -> str:
    """What schemathesis says of a case."""
    described = getattr(getattr(case.meta, "phase", None), "data", None)
    text = getattr(described, "description", None)
    return f": {text}" if text else ""


def _number(text: str) -> float | int:
    """JSON Schema takes 7.0 for an integer; senders write 7."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def coverage_cases(operation: Any, *, valid: bool) -> list[Any]:
    from schemathesis.generation.drivers import CoverageGenerator
    from schemathesis.generation.feedback import NO_FEEDBACK
    from schemathesis.generation.overrides import Override

    return list(CoverageGenerator(
        operation=operation,
        generation_modes=[mode(valid)],
        generation_config=operation.schema.config.generation_for(operation=operation, phase="coverage"),
        auth_storage=None,
        override=Override(),
        feedback=NO_FEEDBACK,
    ))  # fmt: skip


def mode(valid: bool) -> Any:
    from schemathesis import GenerationMode

    return GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE


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
    import schemathesis

    register_formats(schemathesis)
    surface = maker.surface
    root = copy.deepcopy(surface.schema(kind))
    body = _closed(_settled(root, root, maker.payload(kind)))
    alone = {
        "openapi": "3.1.0",
        "info": {"title": surface.subject, "version": "1"},
        "paths": {"/hook": {"post": {
            "requestBody": {"required": True, "content": {surface.fields.content_type: {"schema": body}}},
            "responses": {"2XX": {"description": "acknowledged"}},
        }}},
        "components": {"schemas": _closed(copy.deepcopy(surface.provider.openapi["components"]["schemas"]))},
    }  # fmt: skip
    schema = schemathesis.openapi.from_dict(alone, config=schemathesis.Config(seed=seed))
    return next(iter(schema.get_all_operations())).ok()


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


def register_formats(schemathesis: Any) -> None:
    token = st.text(_ALPHANUMERIC, min_size=8, max_size=20)
    for name, strategy in {
        "x-text": st.sampled_from([*TEXTS.values(), "ok", "Hello! How can I help you?"]),
        "x-event-id": token.map("evt_{}".format),
        "x-token": token,
        "x-phone": st.integers(10**9, 10**14).map(str),
        "date-time": st.datetimes(_EPOCH, _LATEST).map(lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ")),
    }.items():
        schemathesis.openapi.format(name, strategy)

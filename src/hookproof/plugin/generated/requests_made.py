"""Requests that schemathesis makes from the documented operations of an API."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hookproof.plugin.generated.drawing import coverage_cases, draw, mode, operation_of, why
from hookproof.plugin.generated.kept import GeneratedCall
from hookproof.providers import Operation, Provider

COVERAGE = 2
"""Boundary values sent for each drawn request."""
_OPERATIONS: dict[tuple[str, str, int], Any] = {}


def made(provider: Provider, operation: Operation, seed: int, examples: int, *, valid: bool) -> list[GeneratedCall]:
    """Boundary values of the operation, as many as are wanted, and then drawn requests."""
    one = _made(provider, operation, seed)
    cases = [case for case in coverage_cases(one, valid=valid) if case.method == operation.method]
    step = -(-len(cases) // (COVERAGE * examples)) or 1
    drawn: list[GeneratedCall] = []
    draw_each(provider, operation, seed, examples, drawn.append, valid=valid)
    return [_call(operation, case) for case in cases[::step]] + drawn


def draw_each(
    provider: Provider,
    operation: Operation,
    seed: int,
    examples: int,
    check: Callable[[GeneratedCall], None],
    *,
    valid: bool,
) -> None:
    """Check as many drawn requests; where one fails, the smallest that fails raises."""
    strategy = _made(provider, operation, seed).as_strategy(generation_mode=mode(valid))
    draw(strategy, lambda case: check(_call(operation, case, drawn=True)), seed=seed, examples=examples)


def _made(provider: Provider, operation: Operation, seed: int) -> Any:
    key = (provider.name, operation.id, seed)
    if key not in _OPERATIONS:
        _OPERATIONS[key] = _operation(provider, operation, seed)
    return _OPERATIONS[key]


def _call(operation: Operation, case: Any, *, drawn: bool = False) -> GeneratedCall:
    """What a case of schemathesis would have sent, as far as it is ours to send."""
    parameters = case.path_parameters or {}
    body, has_body = case.body, "requestBody" in operation.document
    absent = type(body).__name__ == "NotSet" or not has_body
    raw = b"" if absent and has_body else body if isinstance(body, bytes) else None
    payload = None
    if raw is None and not absent:
        try:
            payload = json.dumps(body)
        except (TypeError, ValueError, RecursionError):
            raw = repr(body).encode()
    values = {name: quote(str(value), safe="")[:2000] or "%20" for name, value in parameters.items()}
    return GeneratedCall(values, payload, raw, why(case), drawn)


def _operation(provider: Provider, operation: Operation, seed: int) -> Any:
    """One operation as a document of its own, without what authorises it: that is ours."""
    document = copy.deepcopy(provider.openapi)
    item = document["paths"][operation.path]
    kept = {word: item[word] for word in ("parameters", operation.method.lower()) if word in item}
    kept[operation.method.lower()].pop("security", None)
    components = document.get("components", {})
    components.pop("securitySchemes", None)
    alone = {
        "openapi": "3.1.0",
        "info": {"title": operation.id, "version": "1"},
        "paths": _quick({**document["paths"], operation.path: kept}),
        "components": _quick({word: entry for word, entry in components.items() if word != "schemas"})
        | {"schemas": _quick(_reachable(components.get("schemas", {}), document["paths"]))},
    }
    return operation_of(alone, operation.path, operation.method, seed)


def _reachable(schemas: dict[str, Any], paths: Any) -> dict[str, Any]:
    """The schemas that calls refer to, directly or through others; those of deliveries are many."""
    found: dict[str, Any] = {}
    nodes = [paths]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/components/schemas/").partition("/")[0]
            if name in schemas and name not in found:
                found[name] = schemas[name]
                nodes.append(schemas[name])
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node
    return found


def _quick(node: Any) -> Any:
    """A schema that is quick to generate from: without formats, because every URL is replaced by one of ours anyway."""
    if isinstance(node, list):
        return [_quick(value) for value in node]
    if not isinstance(node, dict):
        return node
    if "format" in node:
        return {word: value for word, value in node.items() if word in ("type", "description")}
    return {word: _quick(value) for word, value in node.items()}

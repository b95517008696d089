"""Generated calls of a management API: schemathesis makes requests from the documented operations, we send them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Flaky

from hookproof.api.generated import Request
from hookproof.plugin.properties import coverage_cases, first_line, mode, register_formats, why
from hookproof.specs import Operation, Provider
from hookproof.verdict import Inconclusive, Reason

COVERAGE = 2
"""Boundary values sent for each generated request."""
_MADE: dict[tuple[str, str, int, bool], tuple[Any, list[Any]]] = {}


class Calls:
    """Requests of one provider's operations that fit the document, or that do not."""

    def __init__(self, provider: Provider, seed: int, examples: int) -> None:
        self._provider, self._seed, self._examples = provider, seed, examples

    def _made(self, operation: Operation, *, valid: bool) -> tuple[Any, list[Any]]:
        """The operation as schemathesis knows it, and its boundary values: seconds of work, done once."""
        key = (self._provider.name, operation.id, self._seed, valid)
        if key not in _MADE:
            made = _operation(self._provider, operation, self._seed)
            cases = [case for case in coverage_cases(made, valid=valid) if case.method == operation.method]
            _MADE[key] = (made, cases)
        return _MADE[key]

    def for_all(self, operation: Operation, *, valid: bool) -> Callable[[Callable[[Request], None]], None]:
        """A decorator that runs a property at once: over boundary values, then over generated requests."""
        varies = "requestBody" in operation.document or "{" in operation.path

        def run(check: Callable[[Request], None]) -> None:
            if not varies:  # there is one such request only
                if valid:
                    check(Request(operation, {}, label=f"{operation.id}, as documented"))
                return
            made, cases = self._made(operation, valid=valid)
            step = -(-len(cases) // (COVERAGE * self._examples)) or 1
            for case in cases[::step]:
                check(_request(operation, case, valid=valid))

            @hypothesis_seed(self._seed)
            @hypothesis_settings(
                max_examples=self._examples,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            @given(made.as_strategy(generation_mode=mode(valid)))
            def generated(case: Any) -> None:
                check(_request(operation, case, valid=valid))

            try:
                generated()
            except Flaky as contradiction:
                raise Inconclusive(Reason.CONFLICTING_EVIDENCE, first_line(contradiction)) from None

        return run


def _request(operation: Operation, case: Any, *, valid: bool) -> Request:
    """What the case would have sent, as far as it is ours to send."""
    values = {name: quote(str(value), safe="")[:2000] or "%20" for name, value in (case.path_parameters or {}).items()}
    body, has_body = case.body, "requestBody" in operation.document
    absent = type(body).__name__ == "NotSet" or not has_body
    label = f"{operation.id}, {'fitting' if valid else 'not fitting'} the document{why(case)}"[:160]
    raw = b"" if absent and has_body else body if isinstance(body, bytes) else None
    if raw is None and not absent:
        try:
            json.dumps(body)
        except (TypeError, ValueError, RecursionError):
            raw = repr(body).encode()
    return Request(operation, values, None if absent or raw is not None else body, raw, has_body, label, valid)


def _operation(provider: Provider, operation: Operation, seed: int) -> Any:
    """One operation as a document of its own, without what authorises it: that is ours."""
    import schemathesis

    register_formats(schemathesis)
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
    schema = schemathesis.openapi.from_dict(alone, config=schemathesis.Config(seed=seed))
    return schema[operation.path][operation.method]


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
    """The same to generate from: where a URL or a text belongs, any text is tried; the former is led to us anyway."""
    if isinstance(node, list):
        return [_quick(value) for value in node]
    if not isinstance(node, dict):
        return node
    if "format" in node:
        return {word: value for word, value in node.items() if word in ("type", "description")}
    return {word: _quick(value) for word, value in node.items()}

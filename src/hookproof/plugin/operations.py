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
from hookproof.plugin.properties import COVERAGE, coverage_cases, first_line, mode, register_formats, why
from hookproof.specs import Operation, Provider
from hookproof.verdict import Inconclusive, Reason


class Calls:
    """Requests of one provider's operations that fit the document, or that do not."""

    def __init__(self, provider: Provider, seed: int, examples: int) -> None:
        self._provider, self._seed, self._examples = provider, seed, examples

    def for_all(self, operation: Operation, *, valid: bool) -> Callable[[Callable[[Request], None]], None]:
        """A decorator that runs a property at once: over boundary values, then over generated requests."""
        made = _operation(self._provider, operation, self._seed)

        def run(check: Callable[[Request], None]) -> None:
            if not (made.body or operation.path.count("{") or valid):
                return  # nothing in it can be wrong
            cases = [case for case in coverage_cases(made, valid=valid) if case.method == operation.method]
            step = -(-len(cases) // (COVERAGE * self._examples)) or 1
            for case in cases[::step]:
                check(_request(operation, case, valid=valid))
            if not (made.body or operation.path.count("{")):
                return  # there is one such request only

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
        "paths": {**document["paths"], operation.path: kept},
        "components": components,
    }
    schema = schemathesis.openapi.from_dict(alone, config=schemathesis.Config(seed=seed))
    return schema[operation.path][operation.method]

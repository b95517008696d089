"""Generated deliveries: schemathesis makes payloads from the documented schema, we sign and send them.

The only place that knows schemathesis, whose coverage generator is not public: a test pins what is used of it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hookproof.events import TEXTS, Maker, get, put
from hookproof.model import Delivery

EXAMPLES = 25
COVERAGE_CAP = 150
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


# Nobody who downloads what a generated event points to is sent to a stranger's host.
_URL = re.compile(rb'https?://[^"\\\s]*')
_NOWHERE = b"https://files.example.invalid/file"


class Generator:
    """Deliveries of one provider that fit its schema, or that do not."""

    def __init__(self, maker: Maker, seed: int) -> None:
        self._maker, self._seed = maker, seed
        self._operation = _operation(maker, seed)

    def coverage(self, *, valid: bool) -> Iterator[Delivery]:
        """The boundary values of every keyword in the schema, one after the other, always the same."""
        from schemathesis.generation.drivers import CoverageGenerator
        from schemathesis.generation.feedback import NO_FEEDBACK
        from schemathesis.generation.overrides import Override

        config = self._operation.schema.config.generation_for(operation=self._operation, phase="coverage")
        found = CoverageGenerator(
            operation=self._operation,
            generation_modes=[_mode(valid)],
            generation_config=config,
            auth_storage=None,
            override=Override(),
            feedback=NO_FEEDBACK,
        )
        cases = [case for case in found if case.method == "POST"]
        step = max(1, len(cases) // COVERAGE_CAP)
        for case in cases[::step]:
            yield self._delivery(case, valid=valid)

    def for_all(self, *, valid: bool) -> Callable[[Callable[[Delivery], None]], None]:
        """A decorator that runs a property at once: over the coverage cases, then over generated ones."""

        def run(check: Callable[[Delivery], None]) -> None:
            for delivery in self.coverage(valid=valid):
                check(delivery)
            strategy = self._operation.as_strategy(generation_mode=_mode(valid))

            @hypothesis_seed(self._seed)
            @hypothesis_settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def generated(case: Any) -> None:
                check(self._delivery(case, valid=valid))

            generated()

        return run

    def _delivery(self, case: Any, *, valid: bool) -> Delivery:
        """Sign the bytes that the case would have sent; a valid event gets an id of its own."""
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()
        raw = prepared.body or b""
        body = raw.encode() if isinstance(raw, str) else bytes(raw)  # type: ignore[arg-type]
        body = _URL.sub(_NOWHERE, body)
        if valid:
            payload = json.loads(body)
            fresh = self._maker.payload(self._maker.default_kind)
            for pointer in self._maker.form.event_id:
                put(payload, pointer, get(fresh, pointer))
            return self._maker.deliver(payload).labelled("generated to fit the schema")
        described = getattr(getattr(case.meta, "phase", None), "data", None)
        why = getattr(described, "description", None) or "generated not to fit the schema"
        return self._maker.make().with_body(body).signed(label=f"not fitting the schema: {why}"[:160])


def _mode(valid: bool) -> Any:
    from schemathesis import GenerationMode

    return GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE


def _operation(maker: Maker, seed: int) -> Any:
    """The delivery as the one operation of a document of its own; webhooks themselves are not generated from."""
    import schemathesis

    _register_formats(schemathesis)
    document = maker.provider.openapi
    operation = copy.deepcopy(document["webhooks"][maker.form.webhook]["post"])
    operation.pop("parameters", None)  # the signature is ours, never generated
    components = _closed(copy.deepcopy(document.get("components", {})))
    alone = {
        "openapi": "3.1.0",
        "info": {"title": maker.provider.name, "version": "1"},
        "paths": {"/hook": {"post": _closed(operation)}},
        "components": {"schemas": components.get("schemas", {})},
    }
    schema = schemathesis.openapi.from_dict(alone, config=schemathesis.Config(seed=seed))
    return next(iter(schema.get_all_operations())).ok()


_COMPOSED = ("allOf", "anyOf", "oneOf", "if", "then", "else")


def _closed(node: Any) -> Any:
    """A view to generate from: closed objects and short arrays are ten times as fast and read like real events.

    An object that is composed with branches stays open, because a branch knows only some of the members.
    """
    if isinstance(node, dict):
        composed = "properties" in node and any(word in node for word in _COMPOSED)
        if "properties" in node and not composed:
            node.setdefault("additionalProperties", False)
        if node.get("type") == "array":
            node["maxItems"] = max(1, node.get("minItems", 0))
        for word, value in node.items():
            if not (composed and word in _COMPOSED):
                _closed(value)
    elif isinstance(node, list):
        for value in node:
            _closed(value)
    return node


def _register_formats(schemathesis: Any) -> None:
    token = st.text(_ALPHANUMERIC, min_size=8, max_size=20)
    for name, strategy in {
        "x-text": st.sampled_from([*TEXTS.values(), "ok", "Hello! How can I help you?"]),
        "x-event-id": token.map("evt_{}".format),
        "x-token": token,
        "x-phone": st.integers(10**9, 10**14).map(str),
    }.items():
        schemathesis.openapi.format(name, strategy)

"""Generated calls of a management API: requests that were made from the documented operations, sent by us."""

from __future__ import annotations

import json
from collections.abc import Callable

from hookproof.cases.api.api_request import ApiRequest
from hookproof.plugin.generated.deliveries import contradiction
from hookproof.plugin.generated.kept import GeneratedCall, kept
from hookproof.providers import Operation, Provider
from hookproof.verdict import Inconclusive, Reason


class GeneratedCalls:
    """Requests of one provider's operations that fit the document, or that do not."""

    def __init__(self, provider: Provider, seed: int, examples: int) -> None:
        self._provider, self._seed, self._examples = provider, seed, examples

    def for_all(self, operation: Operation, *, valid: bool) -> Callable[[Callable[[ApiRequest], None]], None]:
        """A decorator that runs a property at once: over boundary values, then over drawn requests.

        Where one fails, the smallest that fails so is looked for, and raises.
        """
        varies = "requestBody" in operation.document or "{" in operation.path

        def run(check: Callable[[ApiRequest], None]) -> None:
            if not varies:  # there is one such request only
                if valid:
                    check(ApiRequest(operation, self._provider.openapi, label=f"{operation.id}, as documented"))
                return
            for call in self.calls(operation, valid=valid):
                try:
                    check(self._request(operation, call, valid=valid))
                except Inconclusive:
                    raise
                except Exception as error:
                    if not call.drawn:
                        raise
                    self._smallest(operation, check, valid=valid)
                    raise Inconclusive(Reason.CONFLICTING_EVIDENCE, contradiction(error)) from None

        return run

    def calls(self, operation: Operation, *, valid: bool) -> list[GeneratedCall]:
        """Always the same for the same document, seed and number of examples."""
        about = {"document": self._provider.openapi, "method": operation.method, "path": operation.path}

        def make() -> list[GeneratedCall]:
            from hookproof.plugin.generated.requests_made import made  # schemathesis takes 0.6 s to import

            return made(self._provider, operation, self._seed, self._examples, valid=valid)

        return kept(about, self._seed, self._examples, valid, make, GeneratedCall)

    def _smallest(self, operation: Operation, check: Callable[[ApiRequest], None], *, valid: bool) -> None:
        from hookproof.plugin.generated.requests_made import draw_each

        draw_each(
            self._provider,
            operation,
            self._seed,
            self._examples,
            lambda call: check(self._request(operation, call, valid=valid)),
            valid=valid,
        )

    def _request(self, operation: Operation, call: GeneratedCall, *, valid: bool) -> ApiRequest:
        platform = self._provider.fields.platform
        return ApiRequest(
            operation,
            self._provider.openapi,
            values=dict(call.values),
            payload=None if call.payload is None else json.loads(call.payload),
            raw=call.raw,
            has_body="requestBody" in operation.document,
            label=f"{operation.id}, {'fitting' if valid else 'not fitting'} the document{call.why}"[:160],
            valid=valid,
            settings=platform is not None and platform.single,
        )

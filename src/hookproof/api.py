"""The management API under test as one check sees it: calls as documented, and as they should not be."""

from __future__ import annotations

from typing import Any

from hookproof.model import Attempt, Headers, Secret
from hookproof.platform import Platform
from hookproof.requests import reproduce_calls
from hookproof.specs import Operation
from hookproof.verdict import Inconclusive, Reason


class Api:
    """What the checks in suites/api use."""

    def __init__(self, platform: Platform, item: dict[str, Any]) -> None:
        self._platform, self._item = platform, item
        self._calls: list[Attempt] = []

    @property
    def operations(self) -> dict[str, Operation]:
        """The documented operations by id."""
        return self._platform.surface.provider.operations

    async def operate(self, id_: str, payload: Any = None, *, token: Secret | None = None, **values: Any) -> Attempt:
        """Call a documented operation, authorised with the run's token or another."""
        made = await self._platform.operate(
            self.operations[id_], self._item, more=payload, token=token, label=id_, **values
        )
        self._calls.append(made)
        return made

    async def call(
        self,
        method: str,
        path: str,
        *,
        payload: Any = None,
        raw: bytes | None = None,
        headers: Headers = (),
        label: str,
    ) -> Attempt:
        """Any request below the base URL; nothing is added to it."""
        made = await self._platform.call(
            method, self._platform.base + path, self._item, payload=payload, raw=raw, headers=headers, label=label
        )
        self._calls.append(made)
        return made

    def needs_token(self) -> Secret:
        """The run's token. Raises Inconclusive without one."""
        if self._platform.token is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"put the API's token in ${self._platform.token_env}")
        return self._platform.token

    # -- for the report -------------------------------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        return [call.n for call in self._calls]

    drawn: tuple[dict[str, Any], ...] = ()

    def explain(self) -> str:
        return ""

    def reproduce(self) -> str:
        """Shell text that makes the same calls."""
        return reproduce_calls(self._platform, self._calls, [])

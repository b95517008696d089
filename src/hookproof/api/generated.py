"""Requests for every operation: one that changes little, those without the right token, and generated ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from hookproof.api.endpoints import NAME, Endpoints
from hookproof.model import Attempt
from hookproof.specs import Operation
from hookproof.verdict import Inconclusive, Reason

_URL = re.compile(r"https?://.*", re.DOTALL)


@dataclass(frozen=True)
class Request:
    """One generated request. `payload` is what its body says in JSON; `raw` are its bytes if it is none."""

    operation: Operation
    values: dict[str, str]
    payload: Any = None
    raw: bytes | None = None
    has_body: bool = False
    label: str = ""
    valid: bool = True


class Generated(Endpoints):
    """Whole requests, for operations that nobody here knows by name."""

    # -- one of each ----------------------------------------------------------------------------------------------

    async def prepare(self, operation: Operation) -> tuple[Any, dict[str, str]]:
        """A body as documented that changes little, and what belongs into the path. Raises Inconclusive."""
        values = {}
        if "{id}" in operation.path:
            values["id"] = await self.id_of(await self.registered())
        return self._modest(operation), values

    def _modest(self, operation: Operation) -> Any:
        """What must be in a body, and where to deliver; None for an operation without a body."""
        schema = self.schema(operation)
        properties = {name: self.resolved(entry) for name, entry in schema.get("properties", {}).items()}
        wanted = [name for name in properties if name in schema.get("required", []) or "url" in name.lower()]
        found = {name: self._plain(name, properties[name]) for name in wanted or list(properties)[:1]}
        return found or None

    def _plain(self, name: str, entry: dict[str, Any]) -> Any:
        if "url" in name.lower():
            return self._platform.make_place().url
        if "enum" in entry:
            return entry["enum"][0]
        return {"boolean": False, "array": self._platform.fields.events}.get(str(entry.get("type")), NAME)

    async def once(self, operation: Operation, **how: Any) -> Attempt:
        """One modest request; `how` says with what token. What it registers is removed in the end."""
        payload, values = await self.prepare(operation)
        return await self.track(operation, payload, values=values, **how)

    # -- who asks -------------------------------------------------------------------------------------------------

    async def authorised(self, operation: Operation) -> None:
        """See that the operation serves a call with the right token. Raises Inconclusive if it does not."""
        self.needs_token()
        made = await self.once(operation)
        if not self.has(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no such call: {made}")
        if not self.served(made):
            raise Inconclusive(Reason.CONTROL_FAILED, f"not even the right token does: {made}")
        if not self.single:
            await self.restore()

    async def without_token(self, operation: Operation) -> Attempt:
        """A call of nobody."""
        await self.authorised(operation)
        return await self.once(operation, bare=True, label=f"{operation.id} without a token")

    async def with_wrong_tokens(self, operation: Operation) -> list[Attempt]:
        """The same call with every wrong token."""
        await self.authorised(operation)
        payload, values = await self.prepare(operation)
        return [
            await self.track(operation, payload, values=values, token=token, label=f"{operation.id} with {name}")
            for name, token in self.wrong_tokens().items()
        ]

    async def with_other_schemes(self, operation: Operation) -> list[Attempt]:
        """The same call with the token under another scheme."""
        await self.authorised(operation)
        payload, values = await self.prepare(operation)
        return [
            await self.track(
                operation, payload, values=values, bare=True, headers=headers, label=f"{operation.id}, {name}"
            )
            for name, headers in self.other_schemes().items()
        ]

    async def with_the_token_elsewhere(self, operation: Operation) -> list[Attempt]:
        """The same call with the token where no document puts it."""
        await self.authorised(operation)
        payload, values = await self.prepare(operation)
        return [
            await self.track(
                operation, payload, values=values, bare=True, headers=headers, query=query,
                label=f"{operation.id}, token {name}",
            )
            for name, (headers, query) in self.other_places(operation).items()
        ]  # fmt: skip

    async def with_a_lower_case_scheme(self, operation: Operation) -> Attempt:
        """The right token after `bearer`."""
        await self.authorised(operation)
        headers = ((b"Authorization", b"bearer " + self.needs_token().reveal()),)
        return await self.once(operation, bare=True, headers=headers, label=f"{operation.id} with `bearer`")

    def served_among(self, calls: list[Attempt]) -> Attempt | None:
        """The first call that was carried out."""
        return next((call for call in calls if self.served(call)), None)

    # -- generated ------------------------------------------------------------------------------------------------

    async def try_request(self, request: Request) -> Attempt:
        """Send a generated request, with URLs and ids of ours, and undo what it did."""
        values, payload, raw, kept = dict(request.values), request.payload, request.raw, len(self._kept)
        if request.valid and "id" in values:
            values["id"] = await self._known_id(request.operation)
            kept = len(self._kept)
        if request.has_body and raw is None:
            payload = self._ours(payload, request)
        if request.has_body and payload is None and raw is None:
            raw = b"null"
        made = await self.track(request.operation, payload, values=values, raw=raw, label=request.label)
        for registered in self._kept[kept:]:
            await self._forget(registered)
        del self._kept[kept:]
        return made

    async def _known_id(self, operation: Operation) -> str:
        """The id of an endpoint of ours: a fresh one for an operation that ends it."""
        if operation.method == "DELETE" or not self._kept:
            await self.registered()
        return await self.id_of(self._kept[-1])

    def _ours(self, payload: Any, request: Request) -> Any:
        """The payload with every URL led to us; a valid one that names none gets one."""
        place = self._platform.make_place()
        if isinstance(payload, dict):
            led = {name: place.url if _leads_away(value) else value for name, value in payload.items()}
            urls = [name for name in self.schema(request.operation).get("properties", {}) if "url" in name.lower()]
            return led | (dict.fromkeys(urls, place.url) if request.valid else {})
        return payload

    def wrongly_taken(self, request: Request, made: Attempt) -> str:
        """Which member of a wrong type was taken as if it were right; empty if none was."""
        if not self.served(made) or not request.has_body or self.single:
            return ""
        document = self._platform.surface.provider.openapi
        schema = {**self.schema(request.operation), "components": document.get("components", {})}
        for error in jsonschema_rs.validator_for(schema).iter_errors(request.payload):
            kind = type(error.kind).__name__
            if kind.endswith(("Type", "Required")) and error.instance is not None:
                return f"{error.message[:120]}: {made}"
        return ""


def _leads_away(value: Any) -> bool:
    """Whether it is a URL of a stranger's host."""
    return isinstance(value, str) and bool(_URL.match(value))

"""Calling documented operations, what their answers mean, and every way to come without the right token."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from hookproof import listings, pointers
from hookproof.internals import internals
from hookproof.model import Attempt, Headers, Secret
from hookproof.platform import Platform
from hookproof.requests import reproduce_calls
from hookproof.specs import Operation
from hookproof.verdict import Inconclusive, Reason

ABSENT = (404, 405, 410, 501)
"""Answers of an API that has no such call."""
REFUSALS = (400, 402, 403, 404, 409, 413, 414, 415, 422, 429)
"""Answers to requests that an API understands and does not carry out; which of them is nowhere documented."""


class Calls:
    """Requests of one check. Every method that touches the network is a coroutine."""

    def __init__(self, platform: Platform, item: dict[str, Any]) -> None:
        self._platform, self._item = platform, item
        self._calls: list[Attempt] = []

    @property
    def operations(self) -> dict[str, Operation]:
        """The documented operations by id."""
        return self._platform.surface.provider.operations

    def needs_token(self) -> Secret:
        """The run's token. Raises Inconclusive without one."""
        if self._platform.token is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"put the API's token in ${self._platform.token_env}")
        return self._platform.token

    async def send(
        self,
        operation: Operation,
        payload: Any = None,
        *,
        raw: bytes | None = None,
        headers: Headers = (),
        token: Secret | None = None,
        query: str = "",
        bare: bool = False,
        label: str = "",
        values: dict[str, str] | None = None,
    ) -> Attempt:
        """One request to an operation, with the run's token or another; with none at all if it is `bare`."""
        path = operation.path
        for name, value in (values or {}).items():
            path = path.replace(f"{{{name}}}", value)
        url = self._platform.base + path
        if not bare:
            url, more = self._platform.authorised(operation, url, token or self._platform.token)
            headers = (*headers, *more)
        if query:
            url += ("&" if "?" in url else "?") + query
        made = await self._platform.call(
            operation.method, url, self._item, payload=payload, raw=raw, headers=headers,
            label=label or operation.document.get("summary", operation.id),
        )  # fmt: skip
        self._calls.append(made)
        if shown := internals(made.exchange.body):
            self._platform.leaks.append(f"{made}; it shows {shown!r}")
        return made

    # -- what an answer means -------------------------------------------------------------------------------------

    def served(self, made: Attempt) -> bool:
        """The call was carried out."""
        return made.succeeded

    def refused(self, made: Attempt) -> bool:
        """The call was understood and not carried out."""
        return made.answered and (made.status or 0) // 100 == 4

    def has(self, made: Attempt) -> bool:
        """Whether there is such a call at all; a document may name one that nobody has to offer."""
        return made.status not in ABSENT

    def documented(self, operation: Operation, made: Attempt) -> bool:
        """Whether an answer has a status that the document names, or one that says the same."""
        if self.served(made) or self._described(operation, made.status or 0) is not None:
            return made.survived
        return made.answered and made.status in REFUSALS

    def misfit(self, operation: Operation, made: Attempt) -> str:
        """What in an answer is not as documented; empty if nothing is."""
        described = self._described(operation, made.status or 0)
        media = described.get("content", {}).get("application/json") if described else None
        if not media or not media.get("schema"):
            return ""
        payload = listings.read(made.exchange.body)
        schema = {**media["schema"], "components": self._platform.surface.provider.openapi.get("components", {})}
        error = next(jsonschema_rs.validator_for(schema).iter_errors(payload), None)
        return f"{error.message[:160]}: {made}" if error else ""

    def _described(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """What the document says of an answer with this status; None if nothing."""
        responses = operation.document["responses"]
        found = responses.get(str(status), responses.get(f"{status // 100}XX"))
        return self.resolved(found) if found is not None else None

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """What a reference in the document stands for."""
        while "$ref" in node:
            node = pointers.get(self._platform.surface.provider.openapi, node["$ref"].removeprefix("#"))
        return node

    def schema(self, operation: Operation) -> dict[str, Any]:
        """The schema of an operation's body; empty if it has none."""
        content = operation.document.get("requestBody", {}).get("content", {}).get("application/json", {})
        return self.resolved(content.get("schema", {}))

    # -- tokens -------------------------------------------------------------------------------------------------------

    def wrong_tokens(self) -> dict[str, Secret]:
        """Tokens that are nearly the right one, and one that is not."""
        right = self.needs_token().reveal()
        first = b"x" if right[:1] != b"x" else b"y"
        wrong = {
            "another token": secrets.token_urlsafe(24).encode(),
            "its first letter changed": first + right[1:],
            "one letter less": right[:-1],
            "one letter more": right + b"x",
            "twice": right + right,
        }
        for value in wrong.values():
            self._platform.redactor.add(value, "<a wrong token>")
        return {name: Secret(value) for name, value in wrong.items() if value}

    def other_schemes(self) -> dict[str, Headers]:
        """The right token, but not as a bearer token."""
        token = self.needs_token().reveal()
        basic = base64.b64encode(token + b":")
        self._platform.redactor.add(basic, "<the token in base64>")
        values = {
            "Basic": b"Basic " + basic,
            "Basic, in the clear": b"Basic " + token,
            "Digest": b"Digest " + token,
            "Token": b"Token " + token,
            "no word before it": token,
        }
        return {name: ((b"Authorization", value),) for name, value in values.items()}

    def other_places(self, operation: Operation) -> dict[str, tuple[Headers, str]]:
        """The right token where no document puts it: headers and a query."""
        token = self.needs_token().reveal()
        text = quote(token.decode("latin-1"), safe="")
        places: dict[str, tuple[Headers, str]] = {
            "in X-Api-Key": (((b"X-Api-Key", token),), ""),
            "in a cookie": (((b"Cookie", b"token=" + token),), ""),
        }
        if operation.security and operation.security["type"] == "http":
            return places | {"in ?token=": ((), f"token={text}"), "in ?access_token=": ((), f"access_token={text}")}
        return places | {"in Authorization": (((b"Authorization", b"Bearer " + token),), "")}

    # -- for the report -------------------------------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        return [call.n for call in self._calls]

    drawn: tuple[dict[str, Any], ...] = ()
    differences: tuple[Any, ...] = ()

    def explain(self) -> str:
        return ""

    def reproduce(self) -> str:
        """Shell text that makes the last calls again: those that decided."""
        return reproduce_calls(self._platform, self._calls[-4:], [])

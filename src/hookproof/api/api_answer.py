"""What an API answered to a call, as a value: every question about an answer is asked here. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from hookproof.cases.api.api_request import resolved
from hookproof.delivery.attempt import Attempt
from hookproof.delivery.pointers import leaves
from hookproof.providers import Operation
from hookproof.providers.files.schemas import in_words
from hookproof.target import listings

NO_SUCH_CALL = (404, 405, 410, 501)
"""Statuses by which an API says that it does not have an operation."""
REFUSALS = (400, 402, 403, 404, 409, 413, 414, 415, 422, 429)
"""Statuses by which an API says that it understands a call and does not carry it out, whatever its document names."""


@dataclass(frozen=True, repr=False)
class ApiAnswer:
    """One call and what came back. `operation`: None for a call that no document describes; `token`: the account's."""

    attempt: Attempt
    operation: Operation | None = None
    openapi: dict[str, Any] = field(default_factory=dict)
    token: bytes = b""

    def __str__(self) -> str:
        return str(self.attempt)

    __repr__ = __str__

    @property
    def status(self) -> int | None:
        return self.attempt.status

    @property
    def survived(self) -> bool:
        """The API answered and did not break."""
        return self.attempt.survived

    @property
    def carried_out(self) -> bool:
        """The API did what it was asked for, by its own account."""
        return self.attempt.succeeded

    @property
    def refused(self) -> bool:
        """The API understood the call and did not carry it out."""
        return self.attempt.answered and (self.status or 0) // 100 == 4

    @property
    def unknown_call(self) -> bool:
        """The API does not have the operation; a document may describe one that nobody has to offer."""
        return self.status in NO_SUCH_CALL

    @property
    def documented(self) -> bool:
        """The document names the status, or one that says as much."""
        if self.carried_out or self._description is not None:
            return self.survived
        return self.attempt.answered and self.status in REFUSALS

    @property
    def misfit(self) -> str:
        """What in the answer is not as documented; empty if nothing is."""
        media = (self._description or {}).get("content", {}).get("application/json")
        if not media or not media.get("schema"):
            return ""
        schema = {**media["schema"], "components": self.openapi.get("components", {})}
        if jsonschema_rs.validator_for(schema).is_valid(self.payload):
            return ""
        return f"{in_words(schema, self.payload) or 'it does not fit its documented schema'}: {self}"

    @property
    def _description(self) -> dict[str, Any] | None:
        """What the document says of an answer with this status; None if nothing."""
        responses = self.operation.document["responses"] if self.operation else {}
        status = self.status or 0
        found = responses.get(str(status), responses.get(f"{status // 100}XX"))
        return resolved(self.openapi, found) if found is not None else None

    @property
    def payload(self) -> Any:
        """What the answer says in JSON; None if it is not JSON."""
        return listings.read(self.attempt.exchange.body)

    @property
    def asked(self) -> Any:
        """What the call said in JSON; None if it was not JSON."""
        return listings.read(self.attempt.delivery.body)

    def contains(self, text: str) -> bool:
        """Whether a text stands anywhere in the answer."""
        return text.encode() in self.attempt.exchange.body

    def names_status(self, status: int) -> bool:
        """Whether a member of the answer is an HTTP status, or has it in its text."""
        values = [value for _, value in leaves(self.payload)]
        return any(value == status or (isinstance(value, str) and str(status) in value) for value in values)

    @property
    def shows_token(self) -> bool:
        """The caller's token stands in the answer."""
        return bool(self.token) and self.token in self.attempt.exchange.body


@dataclass(frozen=True)
class ApiAnswers:
    """The answers to several calls, in order."""

    each: list[ApiAnswer]

    @property
    def carried_out(self) -> list[ApiAnswer]:
        """The answers to calls that were carried out."""
        return [answer for answer in self.each if answer.carried_out]

    @property
    def broken(self) -> list[ApiAnswer]:
        """The answers, or their absence, by which the API shows that it broke."""
        return [answer for answer in self.each if not answer.survived]

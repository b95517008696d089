"""Sending requests that were prepared beforehand, with ids and URLs of ours in them, and undoing what they did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from hookproof.api.account import Account
from hookproof.api.api_answer import ApiAnswer, ApiAnswers
from hookproof.api.calls import Calls
from hookproof.api.endpoints import Endpoints
from hookproof.api.own_inbox import OwnInbox
from hookproof.api.registration import Registration
from hookproof.cases.api.api_request import ID_OF_OURS, ApiRequest, body_schema
from hookproof.target import listings
from hookproof.verdict import Inconclusive, Reason

_URL = re.compile(r"https?://.*|\{scheme\}://.*", re.DOTALL)


class Trials:
    """Tries requests of any operation, also of those that nobody here knows by name."""

    def __init__(self, calls: Calls, account: Account, endpoints: Endpoints) -> None:
        self._calls, self._account, self._endpoints = calls, account, endpoints

    async def send(self, request: ApiRequest) -> ApiAnswer:
        """Send a request, and undo what it did. Raises Inconclusive where the API does not have the operation."""
        self._calls.needs_token()
        values, endpoint = dict(request.values), None
        if "id" in values and (request.valid or values["id"] == ID_OF_OURS):
            endpoint = await self._endpoints.one_of_ours()
            values["id"] = await self._endpoints.id_of(endpoint)
        inbox = self._calls.inbox()
        payload, raw = self._led_to(inbox.url, request), request.raw
        if request.has_body and payload is None and raw is None:
            raw = b"null"
        if request.twice and isinstance(payload, dict):
            again = json.dumps({request.twice: payload.get(request.twice)})
            raw = f"{json.dumps(payload)[:-1]}, {again[1:]}".encode()
        answer = await self._calls.send(
            request.operation, payload, raw=raw, media_type=request.media_type, credential=request.credential,
            label=request.label, values=values,
        )  # fmt: skip
        if answer.carried_out and endpoint and request.operation.method == "DELETE":
            self._endpoints.gone(endpoint)
        await self._undo(request, payload, answer, inbox)
        if request.plain and answer.unknown_call:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no such call: {answer}")
        return answer

    async def send_all(self, requests: Iterable[ApiRequest]) -> ApiAnswers:
        """Send requests one after the other, and undo what they did."""
        return ApiAnswers([await self.send(request) for request in requests])

    def _led_to(self, url: str, request: ApiRequest) -> Any:
        """The body with every URL led to us; if it fits the document and names no URL, with one of ours."""
        if not request.has_body or request.raw is not None or not isinstance(request.payload, dict):
            return request.payload
        led = {name: url if _leads_away(value) else value for name, value in request.payload.items()}
        documented = body_schema(request.openapi, request.operation).get("properties", {})
        return led | ({name: url for name in documented if "url" in name.lower()} if request.valid else {})

    async def _undo(self, request: ApiRequest, payload: Any, answer: ApiAnswer, inbox: OwnInbox) -> None:
        """Delete the endpoint that a request registered, if it did."""
        call = self._calls.platform.fields.register
        if call is None or request.operation.id != call.operation or not answer.carried_out or self._account.single:
            return
        url = payload.get("url", "") if isinstance(payload, dict) else ""
        endpoint = Registration(url, inbox, answer, listings.id_of(answer.payload), taken=True)
        self._endpoints.keep(endpoint)
        await self._endpoints.forget(endpoint)


def _leads_away(value: Any) -> bool:
    """Whether a value is a URL that is not ours yet."""
    return isinstance(value, str) and bool(_URL.match(value))

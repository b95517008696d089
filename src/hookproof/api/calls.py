"""Calls of documented operations, with the right token or another; and what they leave for the report."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.own_inbox import OwnInbox
from hookproof.cases.api.api_request import RIGHT, Credential
from hookproof.cases.api.endpoints import ABSENT
from hookproof.cases.api.operations import OUR_NAME
from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Headers
from hookproof.delivery.secret import Secret
from hookproof.evidence.leaks import internals
from hookproof.providers import Operation
from hookproof.providers.fields.platform_tables import CallFields
from hookproof.target.calls import reproduce_calls
from hookproof.target.check_key import CheckKey
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import Answer, Arrival

TICK_S = 0.02
"""Seconds between two looks at whether something has arrived."""
CALM_S = 0.3
"""Seconds without an arrival after which nothing more is expected."""


class Calls:
    """The calls of one check, and what arrived because of them. `before_change` is awaited before any but a GET."""

    def __init__(self, platform: SendingPlatform, item: CheckKey) -> None:
        self.platform, self.item = platform, item
        self.before_change: Callable[[], Awaitable[None]] | None = None
        self._made: list[Attempt] = []
        self._arrived: list[int] = []

    def needs_token(self) -> Secret:
        """The run's token. Raises Inconclusive without one."""
        if self.platform.token is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"put the API's token in ${self.platform.token_env}")
        return self.platform.token

    def parameter(self, name: str) -> str:
        """What the run says of a parameter; empty if nothing."""
        return self.platform.surface.parameters.get(name, "")

    def operation(self, call: CallFields | None) -> Operation:
        """The documented operation behind a call. Raises Inconclusive if none is documented."""
        if call is None:
            raise Inconclusive(Reason.NOT_TRIGGERED, "no such call is documented")
        return self.platform.surface.provider.operations[call.operation]

    def registration(self, url: Any) -> dict[str, Any]:
        """What the document says that a registration says; a member that is ABSENT is left out."""
        call = self.platform.fields.register
        values = {"{url}": url, "{name}": OUR_NAME, "{events}": self.platform.fields.events}
        body = {name: values.get(value, value) for name, value in (call.body if call else {}).items()}
        return {name: value for name, value in body.items() if value is not ABSENT}

    async def send(
        self,
        operation: Operation,
        payload: Any = None,
        *,
        raw: bytes | None = None,
        media_type: str = "",
        credential: Credential = RIGHT,
        label: str = "",
        values: dict[str, str] | None = None,
    ) -> ApiAnswer:
        """One call of an operation. `values` stand in the path in place of {…}."""
        if self.before_change and operation.method != "GET":
            await self.before_change()
        path = operation.path
        for name, value in (values or {}).items():
            path = path.replace(f"{{{name}}}", value)
        url, headers = self._authorised(operation, self.platform.base + path, credential)
        if media_type and media_type != "application/json":
            headers = ((b"Content-Type", media_type.encode()), *headers)
        attempt = await self.platform.call(
            operation.method, url, self.item, payload=payload, raw=raw, headers=headers,
            label=label or operation.document.get("summary", operation.id),
        )  # fmt: skip
        return self._noted(attempt, operation)

    async def get(self, path: str, label: str) -> ApiAnswer:
        """Read what no document describes."""
        url = self.platform.base + "/" + path.lstrip("/")
        attempt = await self.platform.call("GET", url, self.item, headers=self.platform.bearer, label=label)
        return self._noted(attempt, None)

    def _noted(self, attempt: Attempt, operation: Operation | None) -> ApiAnswer:
        self._made.append(attempt)
        if shown := internals(attempt.exchange.body):
            self.platform.leaks.append(f"{attempt}; it shows {shown!r}")
        token = self.platform.token.reveal() if self.platform.token else b""
        return ApiAnswer(attempt, operation, self.platform.surface.provider.openapi, token)

    def _authorised(self, operation: Operation, url: str, credential: Credential) -> tuple[str, Headers]:
        """The URL and the headers of a caller with this credential."""
        if credential is RIGHT:
            return self.platform.authorised(operation, url, self.platform.token)
        right = self.needs_token().reveal()
        headers: Headers = ()
        if credential.token:
            token = credential.token(right)
            self._hide(token, "<a wrong token>")
            url, headers = self.platform.authorised(operation, url, Secret(token))
        if credential.headers:
            self._hide(base64.b64encode(right + b":"), "<the token in base64>")
            headers = (*headers, *((name, made(right)) for name, made in credential.headers))
        if credential.query:
            text = quote(right.decode("latin-1"), safe="")
            url += f"{'&' if '?' in url else '?'}{credential.query}={text}"
        return url, headers

    def _hide(self, value: bytes, name: str) -> None:
        if value:
            self.platform.redactor.add(value, name)

    # -- what comes to us -----------------------------------------------------------------------------------------

    def inbox(self, status: int = 200) -> OwnInbox:
        """An inbox of ours that nobody knows yet, which answers every delivery with a status."""
        if status == 200:
            return OwnInbox(self.platform.make_endpoint())
        endpoint = OwnEndpoint("")

        def answer(arrival: Arrival) -> Answer:
            endpoint.arrivals.append((None, arrival))
            return Answer(status)

        endpoint.url = self.platform.inbox.add_url(answer)
        return OwnInbox(endpoint)

    async def arrivals(self, inbox: OwnInbox) -> list[Arrival]:
        """What comes to an inbox, once nothing more comes or patience is over."""
        for _ in range(int(self.platform.patience_s / TICK_S)):
            if inbox.endpoint.arrivals:
                await asyncio.sleep(CALM_S)
                break
            await asyncio.sleep(TICK_S)
        found = [arrival for _, arrival in inbox.endpoint.arrivals]
        for number, arrival in enumerate(found, 1):
            self.platform.record(arrival, self.item, f"attempt {number}, as it arrived")
            self._arrived.append(arrival.n)
        return found

    async def trigger(self) -> str:
        """Have a message come in; the text of it that nothing else has. Raises Inconclusive without --trigger."""
        if not self.platform.trigger_url:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "say by what URL a message comes in: --trigger URL")
        trigger = self.platform.make_trigger()
        await self.platform.emit(trigger, self.item)
        if trigger.call:
            self._made.append(trigger.call)
        return trigger.token

    # -- for the report -------------------------------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        """The numbers of the calls, and of the attempts that arrived."""
        return [*(attempt.n for attempt in self._made), *self._arrived]

    def reproduce(self, message: str = "") -> str:
        """Shell text that makes the last calls again: those that decided."""
        return reproduce_calls(self.platform, self._made[-4:], [])

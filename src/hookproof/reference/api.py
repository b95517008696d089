"""What every call of a platform's API has in common: who asks, what the body says, how it is refused."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hookproof.delivery.secret import Secret
from hookproof.reference.addresses import complaint
from hookproof.reference.dispatcher import Dispatcher

BODY_CAP = 1024 * 1024
Handler = Callable[[Request], Awaitable[Response]]
BEARER: dict[str, Any] = {"type": "http", "scheme": "bearer"}


class ApiRefusal(Exception):
    """An answer that refuses a call."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        self.response = JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def wrong(message: str) -> ApiRefusal:
    """What was sent is not what may be sent."""
    return ApiRefusal(400, "ERROR_CODE_BAD_REQUEST", message)


class ReferenceApi(Dispatcher):
    """Authentication and reading, for the calls that subclasses answer."""

    token: Secret | None = None

    def route(self, path: str, method: str, answer: Handler, security: dict[str, Any] | None = BEARER) -> Route:
        """A route whose caller must prove who it is by `security`, a scheme of OpenAPI; None: anybody may call."""

        async def endpoint(request: Request) -> Response:
            try:
                if security is not None and not self.authorised(request, security):
                    raise self.unauthorised(security)
                return await answer(request)
            except ApiRefusal as refused:
                return refused.response
            except ClientDisconnect:
                return Response(status_code=400)

        return Route(path, endpoint, methods=[method])

    def authorised(self, request: Request, security: dict[str, Any]) -> bool:
        """Whether the call carries the token, once and where it belongs."""
        if self.token is None:
            return True
        found = self.credentials(request, security)
        wanted = self.token.reveal()
        return len(found) == 1 and hmac.compare_digest(found[0].encode("utf-8", "replace"), wanted)

    def credentials(self, request: Request, security: dict[str, Any]) -> list[str]:
        """Every token that came with the call."""
        if security["type"] == "apiKey":
            return request.query_params.getlist(security["name"])
        values = request.headers.getlist("authorization")
        return [value[7:].strip() if value[:7].lower() == "bearer " else "" for value in values]

    def unauthorised(self, security: dict[str, Any]) -> ApiRefusal:
        headers = {"WWW-Authenticate": "Bearer"} if security["type"] == "http" else {}
        return ApiRefusal(401, "ERROR_CODE_UNAUTHORIZED", "This needs the account's token.", headers)

    async def read_json(self, request: Request) -> dict[str, Any]:
        """The body, an object of at most 1 MiB."""
        raw = bytearray()
        async with contextlib.aclosing(request.stream()) as parts:
            async for part in parts:
                raw += part
                if len(raw) > BODY_CAP:
                    raise ApiRefusal(413, "ERROR_CODE_TOO_LARGE", "larger than 1 MiB")
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            raise wrong("The body is no JSON.") from None
        if not isinstance(found, dict):
            raise wrong("The body is an object.")
        return found

    def text(self, body: dict[str, Any], name: str, most: int = 1024) -> str:
        """A member that is a text; empty if it is not there."""
        value = body.get(name, "")
        if not isinstance(value, str) or len(value) > most or not encodable(value):
            raise wrong(f"{name} is a text of at most {most} characters")
        return value

    def accepts_url(self, url: object) -> bool:
        """Whether deliveries may go there."""
        return not self.url_complaint(url)

    def url_complaint(self, url: object) -> str:
        return complaint(url, production=self.production)

    def checked_url(self, body: dict[str, Any], name: str = "url") -> str:
        """The member that says where to deliver."""
        url = body.get(name)
        if not self.accepts_url(url):
            raise wrong(self.url_complaint(url) or "url is not one that can be delivered to")
        return str(url)


def encodable(text: str) -> bool:
    """Whether it is text that can be written down: without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

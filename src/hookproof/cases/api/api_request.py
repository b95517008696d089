"""A request to a documented operation as a value: what it says, and how it says who sends it. Sends nothing."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import jsonschema_rs

from hookproof.delivery import pointers
from hookproof.providers import Operation


@dataclass(frozen=True)
class Credential:
    """How a request says who sends it. Each part is made from the account's right token.

    label    what the evidence says of the request, after the operation's id
    token    what stands where the document wants the token; None: nothing stands there
    headers  further headers with the token in them
    query    the name of a further parameter of the URL with the token in it; empty: none
    """

    label: str = ""
    token: Callable[[bytes], bytes] | None = None
    headers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = ()
    query: str = ""


RIGHT = Credential(token=lambda right: right)
"""The right token, where the document wants it."""
NOBODY = Credential(" without a token")
"""No token at all."""
LOWER_CASE_SCHEME = Credential(" with `bearer`", headers=((b"Authorization", lambda right: b"bearer " + right),))
"""The right token, with the name of its scheme in lower case."""
WRONG_TOKENS = (
    Credential(" with another token", lambda right: secrets.token_urlsafe(24).encode()),
    Credential(" with its first letter changed", lambda right: (b"y" if right[:1] == b"x" else b"x") + right[1:]),
    Credential(" with one letter less", lambda right: right[:-1]),
    Credential(" with one letter more", lambda right: right + b"x"),
    Credential(" with it twice", lambda right: right + right),
)
"""Tokens that are nearly the right one, and one that is not."""
OTHER_SCHEMES = tuple(
    Credential(f", {name}", headers=((b"Authorization", value),))
    for name, value in {
        "Basic": lambda right: b"Basic " + base64.b64encode(right + b":"),
        "Basic, in the clear": lambda right: b"Basic " + right,
        "Digest": lambda right: b"Digest " + right,
        "Token": lambda right: b"Token " + right,
        "no word before it": lambda right: right,
    }.items()
)
"""The right token, but not as a bearer token."""
_ANYWHERE = (
    Credential(", token in X-Api-Key", headers=((b"X-Api-Key", lambda right: right),)),
    Credential(", token in a cookie", headers=((b"Cookie", lambda right: b"token=" + right),)),
)
_IN_THE_URL = (
    Credential(", token in ?token=", query="token"),
    Credential(", token in ?access_token=", query="access_token"),
)
_IN_A_HEADER = (
    Credential(", token in Authorization", headers=((b"Authorization", lambda right: b"Bearer " + right),)),
)


ID_OF_OURS = "that of an endpoint of ours"
"""Stands in a path for the id of an endpoint that is registered for the request."""


@dataclass(frozen=True)
class ApiRequest:
    """One request to an operation, not yet sent.

    values      what stands in the path in place of {…}
    payload     what the body says in JSON
    raw         the bytes of a body that is not JSON made from `payload`
    media_type  the body's, where it is not JSON's
    has_body    whether a body is sent at all
    valid       whether the request fits the document; it is then sent with an id and a URL of ours
    plain       whether it is as plain as can be: an API that answers "not found" does not have the operation
    settings    whether the operation changes settings, where a value of a wrong type may also be ignored
    twice       the member of the body that is written twice; empty: none
    """

    operation: Operation
    openapi: dict[str, Any] = field(repr=False)
    values: dict[str, str] = field(default_factory=dict)
    payload: Any = None
    raw: bytes | None = None
    media_type: str = ""
    has_body: bool = False
    label: str = ""
    valid: bool = True
    plain: bool = False
    settings: bool = False
    credential: Credential = RIGHT
    twice: str = ""

    def without_member(self, name: str) -> ApiRequest:
        """The request without a member of its body."""
        kept = {key: value for key, value in self.payload.items() if key != name}
        label = f"{self.operation.id} without {name}"
        return replace(self, payload=kept, valid=False, plain=False, label=label)

    def with_a_member_twice(self, name: str) -> ApiRequest:
        """The request with a member of its body twice, both times the same."""
        return replace(self, twice=name, plain=False, label=f"{self.operation.id} with {name} twice")

    def sent_by(self, credential: Credential) -> ApiRequest:
        """The request, sent by somebody who shows another credential."""
        return replace(self, credential=credential, label=self.operation.id + credential.label, plain=False)

    def without_token(self) -> ApiRequest:
        """The request of nobody."""
        return self.sent_by(NOBODY)

    def with_wrong_tokens(self) -> list[ApiRequest]:
        """The request with every wrong token."""
        return [self.sent_by(each) for each in WRONG_TOKENS]

    def with_other_schemes(self) -> list[ApiRequest]:
        """The request with the right token under every scheme but Bearer."""
        return [self.sent_by(each) for each in OTHER_SCHEMES]

    def with_the_token_elsewhere(self) -> list[ApiRequest]:
        """The request with the right token where no document puts it."""
        in_a_header = bool(self.operation.security and self.operation.security["type"] == "http")
        return [self.sent_by(each) for each in (*_ANYWHERE, *(_IN_THE_URL if in_a_header else _IN_A_HEADER))]

    def with_a_lower_case_scheme(self) -> ApiRequest:
        """The request with the right token after `bearer`."""
        return self.sent_by(LOWER_CASE_SCHEME)

    @property
    def mistake(self) -> str:
        """Which member of the body has a wrong type, or is missing; empty if none, or if the API may ignore it."""
        if not self.has_body or self.settings:
            return ""
        schema = {**body_schema(self.openapi, self.operation), "components": self.openapi.get("components", {})}
        for error in jsonschema_rs.validator_for(schema).iter_errors(self.payload):
            if type(error.kind).__name__.endswith(("Type", "Required")) and error.instance is not None:
                return error.message[:120]
        return ""


def resolved(openapi: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a reference in the document stands for."""
    while "$ref" in node:
        node = pointers.get(openapi, node["$ref"].removeprefix("#"))
    return node


def body_schema(openapi: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """The schema of an operation's body; empty if it has none."""
    content = operation.document.get("requestBody", {}).get("content", {}).get("application/json", {})
    return resolved(openapi, content.get("schema", {}))

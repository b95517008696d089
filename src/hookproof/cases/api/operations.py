"""The documented operations of a management API, each as a plain request; its settings and its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookproof.cases.api.api_request import ID_OF_OURS, ApiRequest, body_schema, resolved
from hookproof.providers import Operation
from hookproof.providers.events import Maker
from hookproof.providers.fields.platform_tables import PlatformFields

OUR_URL = "{scheme}://{inbox}/{token}"
"""Stands for a URL of an inbox of ours."""
OUR_NAME = "hookproof, one of its inboxes"
"""What an endpoint of ours is called."""


@dataclass(frozen=True)
class Switch:
    """A setting that is on or off. `mixed`: an address and all switches, every second one on."""

    name: str
    mixed: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def on(self) -> dict[str, Any]:
        return self.to(True)

    @property
    def off(self) -> dict[str, Any]:
        return self.to(False)

    def to(self, value: object) -> dict[str, Any]:
        """What is sent to give the setting a value."""
        return {self.name: value}


def operations(maker: Maker) -> dict[str, ApiRequest]:
    """For every operation a request that fits the document and changes little."""
    return {id_: _plain(maker, each) for id_, each in maker.surface.provider.operations.items()}


def secured_operations(maker: Maker) -> dict[str, ApiRequest]:
    """The operations that need a token."""
    return {id_: each for id_, each in operations(maker).items() if each.operation.security}


def bearer_operations(maker: Maker) -> dict[str, ApiRequest]:
    """The operations that need a token in the header Authorization."""
    found = {id_: (each, each.operation.security) for id_, each in operations(maker).items()}
    return {id_: each for id_, (each, security) in found.items() if security and security["type"] == "http"}


def damaged_bodies(maker: Maker) -> dict[str, ApiRequest]:
    """The plain requests with each member of the body left out, and with each member twice."""
    found: dict[str, ApiRequest] = {}
    for id_, each in operations(maker).items():
        for name in each.payload or {}:
            found[f"{id_} without {name}"] = each.without_member(name)
            found[f"{id_} with {name} twice"] = each.with_a_member_twice(name)
    return found


def described_answers(maker: Maker) -> dict[str, ApiRequest]:
    """The operations that only read, and whose answer has a documented form."""
    reading = {id_: each for id_, each in operations(maker).items() if each.operation.method == "GET"}
    return {id_: each for id_, each in reading.items() if _form(each.operation)}


def _form(operation: Operation) -> object:
    response = operation.document["responses"].get("200", {})
    return response.get("content", {}).get("application/json", {}).get("schema")


def _plain(maker: Maker, operation: Operation) -> ApiRequest:
    """A request as the document's own example has it, whole; without one, what must be in it, and where to deliver."""
    openapi = maker.surface.provider.openapi
    values = {"id": ID_OF_OURS} if "{id}" in operation.path else {}
    if example := _example(operation):
        body = {name: OUR_URL if "url" in name.lower() else value for name, value in example.items()}
        return ApiRequest(operation, openapi, values, body, has_body=True, plain=True)
    schema = body_schema(openapi, operation)
    properties = {name: resolved(openapi, entry) for name, entry in schema.get("properties", {}).items()}
    wanted = [name for name in properties if name in schema.get("required", []) or "url" in name.lower()]
    body = {name: _plain_value(maker, name, properties[name]) for name in wanted or list(properties)[:1]}
    return ApiRequest(operation, openapi, values, body or None, has_body=bool(body), plain=True)


def _example(operation: Operation) -> dict[str, Any]:
    """The first example of a body that the document has; empty without one."""
    content = operation.document.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = [entry.get("value") for entry in content.get("examples", {}).values()]
    first = next((one for one in [content.get("example"), *named] if one), None)
    return first if isinstance(first, dict) else {}


def _plain_value(maker: Maker, name: str, entry: dict[str, Any]) -> Any:
    if "url" in name.lower():
        return OUR_URL
    if "enum" in entry:
        return entry["enum"][0]
    return {"boolean": False, "array": _platform(maker).events}.get(str(entry.get("type")), OUR_NAME)


def _platform(maker: Maker) -> PlatformFields:
    return maker.surface.provider.fields.platform or PlatformFields()


def switches(maker: Maker) -> dict[str, Switch]:
    """The settings that are on or off."""
    platform = _platform(maker)
    names = [name for name, value in platform.settings.items() if isinstance(value, bool)]
    addresses = [
        name for name, value in (platform.register.body if platform.register else {}).items() if value == "{url}"
    ]
    mixed = {name: bool(number % 2) for number, name in enumerate(names)} | dict.fromkeys(addresses, OUR_URL)
    return {name: Switch(name, mixed) for name in names}


def samples(maker: Maker) -> dict[str, str]:
    """The kinds of sample that can be asked for."""
    call = _platform(maker).simulate
    if call is None:
        return {}
    body = maker.surface.provider.operations[call.operation].document["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    kinds = [kind for entry in schema["properties"].values() for kind in entry.get("enum", [])]
    return {kind: kind for kind in kinds}

"""The documented operations of a management API, by id."""

from __future__ import annotations

from hookproof.events import Maker
from hookproof.specs import Operation


def operations(maker: Maker) -> dict[str, Operation]:
    """All of them."""
    return maker.surface.provider.operations


def secured_operations(maker: Maker) -> dict[str, Operation]:
    """Those that need a token."""
    return {id_: each for id_, each in operations(maker).items() if each.security}


def bearer_operations(maker: Maker) -> dict[str, Operation]:
    """Those that need it in the header Authorization."""
    secured = secured_operations(maker)
    return {id_: each for id_, each in secured.items() if each.security and each.security["type"] == "http"}


def described_answers(maker: Maker) -> dict[str, Operation]:
    """Those that only read, and whose answer has a documented form."""
    reading = {id_: each for id_, each in operations(maker).items() if each.method == "GET"}
    return {id_: each for id_, each in reading.items() if _form(each)}


def _form(operation: Operation) -> object:
    response = operation.document["responses"].get("200", {})
    return response.get("content", {}).get("application/json", {}).get("schema")


def switches(maker: Maker) -> dict[str, str]:
    """The settings that are on or off."""
    platform = maker.surface.provider.fields.platform
    return {name: name for name, value in (platform.settings if platform else {}).items() if isinstance(value, bool)}


def samples(maker: Maker) -> dict[str, str]:
    """The kinds of sample that can be asked for."""
    platform = maker.surface.provider.fields.platform
    call = platform.simulate if platform else None
    if call is None:
        return {}
    body = maker.surface.provider.operations[call.operation].document["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    kinds = [kind for entry in schema["properties"].values() for kind in entry.get("enum", [])]
    return {kind: kind for kind in kinds}

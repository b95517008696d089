"""Reading answers whose form no document fixes: the object that names a URL wherever it stands, and its id. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

IDS = ("id", "webhook_id", "endpoint_id", "_id", "uuid", "webhookId", "endpointId")
"""Names of the member that holds an endpoint's id, the likeliest first."""
GONE = ("deleted", "removed", "disabled", "inactive")
"""Words by which a listing marks an endpoint as one that is no longer there."""


def read(body: bytes) -> Any:
    """What a body says in JSON; None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a payload, the outermost first."""
    nodes = [node]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, dict):
            yield node
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node


def id_of(payload: Any) -> str:
    """The id in the outermost object that has one; empty if none has."""
    for level in objects(payload):
        for name in IDS:
            value = level.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
                return str(value)
    return ""


def entries(payload: Any, text: str) -> list[dict[str, Any]]:
    """The objects of a payload that have a member with exactly this text."""
    return [each for each in objects(payload) if any(value == text for value in each.values())]


def entry(payload: Any, text: str) -> dict[str, Any]:
    """The first object of a payload that has a member with exactly this text; empty if none has."""
    return next(iter(entries(payload, text)), {})


def mentioning(payload: Any, text: str) -> dict[str, Any]:
    """The first object of a payload that has a member whose text contains this one; empty if none has."""
    found = (each for each in objects(payload) if any(isinstance(v, str) and text in v for v in each.values()))
    return next(found, {})


def is_gone(listed: dict[str, Any]) -> bool:
    """Whether a listed endpoint is marked as one that is no longer there."""
    values = [value for value in listed.values() if isinstance(value, str)]
    marked = any(listed.get(name) for name in (*GONE[:2], "deleted_at", "removed_at"))
    switched_off = any(listed.get(name) is False for name in ("enabled", "active", "is_active"))
    return marked or switched_off or any(value.lower() in GONE for value in values)

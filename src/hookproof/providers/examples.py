"""A provider that is known by example events alone: what in them is new for every event, and the schemas they show."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hookproof.delivery.pointers import Identity, expand, get, leaves, put
from hookproof.providers.placeholders import IN_EVENTS
from hookproof.providers.tables import EventFields, ProviderFields, SurfaceFields

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_TIMES = {
    "{{iso}}": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)"),
    "{{iso.ms}}": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)"),
}
_PREFIXED = re.compile(r"(?P<prefix>[A-Za-z][A-Za-z0-9]*[_-])[A-Za-z0-9]{6,}")
_INTEGERS = ("number", "big", "unix", "unix.ms", "media.size")
_NUMBERS = ("latitude", "longitude")
_REPEATED = 6
"""A text of so many characters that is an id in one place is the same id wherever else it stands."""


def templated(body: Any, identities: Sequence[Identity]) -> Any:
    """A body as it came, with placeholders for what every event has of its own: its ids, and times in ISO 8601."""
    made = copy.deepcopy(body)
    fresh: dict[Any, str] = {}
    for identity in identities:
        for item in expand(made, identity.items) if identity.items else [""]:
            for place in (*identity.id, *identity.also):
                for pointer in expand(made, f"{item}{place}") if place.startswith("/") else ():
                    value = get(made, pointer)
                    if _simple(value) and value not in fresh:
                        fresh[value] = _like(value, len(fresh))
    for pointer, value in list(leaves(made)):
        is_id = _simple(value) and value in fresh and (len(str(value)) >= _REPEATED or _at_an_id(pointer, identities))
        if is_id:
            put(made, pointer, fresh[value])
        elif isinstance(value, str):
            put(made, pointer, next((word for word, form in _TIMES.items() if form.fullmatch(value)), value))
    return made


def is_body(entry: Any) -> bool:
    """Whether a file of events/ holds the body as it came, instead of a table with `payload`."""
    known = {field.encode_name for field in msgspec.structs.fields(EventFields)}
    return isinstance(entry, dict) and bool(set(entry) - known) and not {"payload", "payloads"} & set(entry)


def identities(fields: SurfaceFields) -> list[Identity]:
    return [Identity(each.items, tuple(each.id), each.pattern, tuple(each.also)) for each in fields.identity]


def documented(
    fields: ProviderFields, payloads: Mapping[str, Mapping[str, Any]]
) -> tuple[ProviderFields, dict[str, Any]]:
    """The provider and its document, where nobody wrote one: both from its example payloads, by surface and kind."""
    named = {
        name: msgspec.structs.replace(surface, webhook=_sent(name), accepts=name)
        for name, surface in fields.surfaces.items()
    }
    media_types = {name: surface.content_type for name, surface in fields.surfaces.items()}
    return msgspec.structs.replace(fields, surfaces=named), _document(payloads, media_types)


def _simple(value: Any) -> bool:
    return (isinstance(value, (str, int)) and not isinstance(value, bool)) and "{{" not in str(value)


def _at_an_id(pointer: str, identities: Sequence[Identity]) -> bool:
    places = [f"{identity.items}{place}" for identity in identities for place in (*identity.id, *identity.also)]
    patterns = [re.escape(place).replace(r"\*", "[^/]+") for place in places if place.startswith("/")]
    return any(re.fullmatch(pattern, pointer) for pattern in patterns)


def _like(value: Any, count: int) -> str:
    """A placeholder whose values look like this one. `count`: how many ids the body has before it."""
    again = f"#{count + 1}" if count else ""
    if isinstance(value, int):
        return f"{{{{{'number' if value < 2**31 else 'big'}{again}}}}}"
    if _UUID.fullmatch(value):
        return f"{{{{uuid{again}}}}}"
    if re.fullmatch(r"[0-9a-f]{24,}", value):
        return f"{{{{hex{again}}}}}"
    if value.isdigit():
        return f"{{{{number.text{again}}}}}"
    found = _PREFIXED.fullmatch(value)
    return f"{found['prefix'] if found else ''}{{{{id{again}}}}}"


def _document(payloads: Mapping[str, Mapping[str, Any]], media_types: Mapping[str, str]) -> dict[str, Any]:
    """An OpenAPI document of the surfaces that have these example payloads, by kind.

    For each surface `webhooks` has two entries: `SURFACE`, which takes whatever has members of the types that were
    seen, and `SURFACESent`, from which is generated only what was seen: nobody is sent what no example shows.
    """
    webhooks = {}
    for surface, examples in payloads.items():
        seen = list(examples.values())
        for name, schema in ((surface, _merged(seen)), (_sent(surface), {"anyOf": [_exactly(one) for one in seen]})):
            content = {media_types[surface]: {"schema": schema}}
            webhooks[name] = {
                "post": {
                    "requestBody": {"required": True, "content": content},
                    "responses": {"2XX": {"description": "acknowledged"}},
                }
            }
    return {
        "openapi": "3.1.0",
        "info": {"title": "What the example events show", "version": "1"},
        "webhooks": webhooks,
        "components": {"schemas": {}},
    }


def _sent(surface: str) -> str:
    """The name of the schema of what is sent to a surface."""
    return f"{surface}Sent"


def _merged(seen: Sequence[Any]) -> dict[str, Any]:
    """What takes each of the values, and whatever else has members of the same types."""
    types = sorted({_type(one) for one in seen})
    if "null" in types:
        return {}
    made: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    objects = [one for one in seen if isinstance(one, dict)]
    if objects:
        names = dict.fromkeys(name for one in objects for name in one if "{{" not in name)
        made["properties"] = {name: _merged([one[name] for one in objects if name in one]) for name in names}
    items = [item for one in seen if isinstance(one, list) for item in one]
    if items:
        made["items"] = _merged(items)
    return made


def _exactly(value: Any) -> dict[str, Any]:
    """What takes this value alone, but for its placeholders."""
    if isinstance(value, dict):
        named = {name: _exactly(one) for name, one in value.items() if "{{" not in name}
        return {"type": "object", "properties": named, "required": list(named)}
    if isinstance(value, list):
        return {"type": "array", "items": {"anyOf": [_exactly(one) for one in value]} if value else {}, "minItems": 1}
    if isinstance(value, str) and "{{" in value:
        return {"type": _type(value)}
    return {"const": value}


def _type(value: Any) -> str:
    """The JSON type of a value, with its placeholder filled in."""
    if isinstance(value, str):
        alone = IN_EVENTS.fullmatch(value)
        word = alone[1] if alone else ""
        return "integer" if word in _INTEGERS else "number" if word in _NUMBERS else "string"
    kinds = {bool: "boolean", int: "integer", float: "number", dict: "object", list: "array", type(None): "null"}
    return kinds[type(value)]

"""Kinds of event out of an OpenAPI document (`webhooks`, `callbacks`) or an AsyncAPI one (2 or 3). Pure.

Schemas become self-contained: what a `$ref` means stands in its place, and what refers to itself is left open there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hookproof.delivery.pointers import escape

Json = dict[str, Any]
_JSON = re.compile(r"application/(.*\+)?json")
_ID = re.compile(r"^(uuid|guid|(event|message|delivery|notification|webhook)?[_-]?id)$", re.I)
_DEEPEST = 24
_FORMATS = {
    "date-time": "{{iso}}", "uuid": "{{uuid#9}}", "email": "ada@orchard.example", "uri": "https://orchard.example/pears",
    "url": "https://orchard.example/pears", "date": "2031-05-04", "time": "10:08:11Z", "hostname": "orchard.example",
    "ipv4": "203.0.113.9", "ipv6": "2001:db8::9", "byte": "cGVhcg==",
}  # fmt: skip
_LEFT_OUT = (
    "example",
    "examples",
    "xml",
    "discriminator",
    "externalDocs",
    "deprecated",
    "readOnly",
    "writeOnly",
    "nullable",
)


@dataclass(frozen=True)
class DocumentedKind:
    """A kind of event: its name, the JSON Schema of its body, and an example of one, if the document has any."""

    name: str
    schema: Json
    example: Any = None


def is_document(found: Any) -> bool:
    """Whether this is an OpenAPI or an AsyncAPI document."""
    return isinstance(found, dict) and bool({"openapi", "asyncapi"} & set(found))


def kinds(document: Json) -> list[DocumentedKind]:
    """Every kind of event that the document describes, in its order; the first of a name counts."""
    found: dict[str, DocumentedKind] = {}
    for name, schema, example in _asyncapi(document) if "asyncapi" in document else _openapi(document):
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "event"
        plain = _plain(schema, document)
        if isinstance(plain, dict) and slug not in found:
            found[slug] = DocumentedKind(slug, plain, _followed(example, document))
    return list(found.values())


def _openapi(document: Json) -> Iterator[tuple[str, Any, Any]]:
    for name, item in _members(document.get("webhooks")):
        yield from _posted(name, item, document)
    for _, path in _members(document.get("paths")):
        for _, operation in _members(_followed(path, document)):
            callbacks = operation.get("callbacks") if isinstance(operation, dict) else None
            for name, callback in _members(callbacks):
                for _, item in _members(_followed(callback, document)):
                    yield from _posted(name, item, document)


def _posted(name: str, item: Any, document: Json) -> Iterator[tuple[str, Any, Any]]:
    """The JSON that a POST or a PUT of this path item carries."""
    methods = dict(_members(_followed(item, document)))
    operation = methods.get("post") or methods.get("put") or {}
    body = _followed(operation.get("requestBody"), document) or {}
    for media, content in _members(body.get("content")):
        if _JSON.match(media) and "schema" in content:
            examples = [_followed(each, document) for _, each in _members(content.get("examples"))]
            shown = next((each["value"] for each in examples if isinstance(each, dict) and "value" in each), None)
            yield name, content["schema"], content.get("example", shown)
            return


def _asyncapi(document: Json) -> Iterator[tuple[str, Any, Any]]:
    for address, channel in _members(document.get("channels")):
        there = _followed(channel, document)
        told = [message for _, message in _members(there.get("messages"))]  # version 3
        for verb in ("subscribe", "publish"):  # version 2
            message = _followed((there.get(verb) or {}).get("message"), document) or {}
            told += message.get("oneOf", [message] if message else [])
        for each in told:
            message = _followed(each, document)
            name = message.get("name") or _last(each) or address
            examples = [one.get("payload") for one in message.get("examples") or () if isinstance(one, dict)]
            payload = message.get("payload")
            if isinstance(payload, dict) and "schemaFormat" in payload:
                payload = payload.get("schema")
            yield str(name), payload, next(iter(examples), None)


def _last(node: Any) -> str:
    return str(node["$ref"]).rpartition("/")[2] if isinstance(node, dict) and "$ref" in node else ""


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield from ((str(name), value) for name, value in node.items())


def _followed(node: Any, document: Json, seen: int = 0) -> Any:
    """The node, or what its `$ref` means; an empty one where that leads nowhere."""
    if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)) or seen > _DEEPEST:
        return node
    found: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return _followed(found if found is not None else {}, document, seen + 1)


def _plain(node: Any, document: Json, inside: tuple[str, ...] = ()) -> Any:
    """A schema with every `$ref` in place, as JSON Schema 2020-12 has it, whichever OpenAPI wrote it."""
    if isinstance(node, list):
        return [_plain(each, document, inside) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(ref := node.get("$ref"), str):
        if ref in inside or len(inside) > _DEEPEST:
            return {}
        return _plain(_followed(node, document), document, (*inside, ref))
    made: Json = {}
    for name, value in node.items():
        if name == "properties" and isinstance(value, dict):
            made[name] = {key: _plain(each, document, inside) for key, each in value.items()}
        elif name not in _LEFT_OUT and not name.startswith("x-"):
            made[name] = _plain(value, document, inside)
    for bound in ("Minimum", "Maximum"):
        flag = made.get(f"exclusive{bound}")
        if isinstance(flag, bool):  # OpenAPI 3.0
            del made[f"exclusive{bound}"]
            if flag and bound.lower() in made:
                made[f"exclusive{bound}"] = made.pop(bound.lower())
    if node.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    return made


def sample(schema: Any, name: str = "", depth: int = 0) -> Any:
    """A body that a schema describes, with placeholders for ids, times and texts; members that need not be are left out
    below the first two levels."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    if "allOf" in schema:
        parts = [sample(part, name, depth) for part in schema["allOf"]]
        whole = [part for part in parts if isinstance(part, dict)]
        own = {key: value for key, value in schema.items() if key != "allOf"}
        rest = sample(own, name, depth) if "properties" in own else {}
        return {key: value for part in [*whole, rest] for key, value in part.items()}
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            return sample(schema[word][0], name, depth)
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        needed = set(schema.get("required") or ())
        told = {key: each for key, each in (schema.get("properties") or {}).items() if key in needed or depth < 2}
        return {key: sample(each, key, depth + 1) for key, each in told.items()}
    if kind == "array":
        return [sample(schema.get("items"), name, depth + 1)] * max(1, int(schema.get("minItems") or 1))
    if kind in ("integer", "number"):
        return "{{number}}" if _ID.match(name) else schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    return _text(schema, name)


def _text(schema: Json, name: str) -> str:
    if _ID.match(name):
        return "{{uuid}}" if schema.get("format") == "uuid" else "{{id}}"
    if schema.get("format") in _FORMATS:
        return _FORMATS[str(schema["format"])]
    return "{{text}}" if not schema.get("pattern") and int(schema.get("maxLength") or 999) >= 200 else "pear"


def id_place(body: Any, at: str = "", depth: int = 0) -> str:
    """Where a body of `sample` has its id: the shallowest member that is called like one; empty if there is none."""
    if not isinstance(body, dict) or depth > 3:
        return ""
    for name, value in body.items():
        if _ID.match(str(name)) and not isinstance(value, (dict, list)):
            return f"{at}/{escape(str(name))}"
    for name, value in body.items():
        if found := id_place(value, f"{at}/{escape(str(name))}", depth + 1):
            return found
    return ""


def openapi_of(title: str, found: list[DocumentedKind]) -> Json:
    """An openapi.yaml with a webhook for each kind, and `event` for any of them."""

    def hook(name: str, schema: Json) -> Json:
        content = {"application/json": {"schema": schema}}
        answers = {"2XX": {"description": "Taken."}}
        return {"post": {"operationId": name, "requestBody": {"content": content}, "responses": answers}}

    any_of = {"anyOf": [each.schema for each in found]}
    named = {key_of(each.name): hook(key_of(each.name), each.schema) for each in found}
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": {},
            "webhooks": {"event": hook("event", any_of), **named}}  # fmt: skip


def key_of(kind: str) -> str:
    """The key of a kind under `webhooks`, which is no file's name: letters and digits."""
    return "of" + "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", kind))

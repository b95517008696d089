"""How a type becomes the JSON Schema of a file of specs/, and how a file is judged by that schema before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Any

import jsonschema_rs
import msgspec

from hookproof.providers.fields.words import NOT_BEFORE_A_LINE_BREAK
from hookproof.providers.files.reading import SpecError

LOOKED_AT = 100
"""Faults of one file among which the first to be said is looked for."""
SHOWN = 60
"""Characters of a wrong value that a complaint shows."""
MOST = 200
"""Characters of a sentence."""


@dataclass(frozen=True, eq=False)
class FileType:
    """One kind of file in specs/: what it is called there, and the type of what stands in it."""

    name: str
    type: Any

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of such a file, printed from the type."""
        printed = _without_null(msgspec.json.schema(self.type))
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.name, **printed}

    @cached_property
    def _judge(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True, mask="it")

    def convert(self, data: Any, name: str) -> Any:
        """The data as a value of the type; `name` is the file's. Raises SpecError naming the first wrong key."""
        if not data and isinstance(data, dict):
            raise SpecError(f"{name}: is empty; write what specs/README.md shows")
        try:
            wrong = sorted(islice(self._judge.iter_errors(data), LOOKED_AT), key=_rank)
            if wrong:
                raise SpecError(self._complaint(wrong[0], name))
            return msgspec.convert(data, self.type)
        except (msgspec.ValidationError, ValueError) as error:
            raise SpecError(f"{name}: {error}; see specs/README.md") from None

    def complaints(self, data: Any, name: str) -> list[str]:
        """Every wrong key of the data, one line each; `name` is the file's."""
        wrong = sorted(islice(self._judge.iter_errors(data), LOOKED_AT), key=_rank)
        return [self._complaint(one, name) for one in wrong]

    def _complaint(self, wrong: jsonschema_rs.ValidationError, name: str) -> str:
        """One line: file, key, what is wrong there, and what belongs there."""
        path = list(wrong.instance_path)
        if inner := self._of_one_form(wrong, path):
            wrong, path = inner, [*path, *inner.instance_path]
        kind, fault = wrong.kind.name, wrong.kind.as_dict()
        about, keys = _described(self.schema, path)
        if kind == "required":
            path = [*path, fault["property"]]
            return f"{name}: {key(path)}: is missing; {_described(self.schema, path)[0]}"
        where = f"{name}: {key(path)}: " if path else f"{name}: "
        if kind == "additionalProperties":
            return where + _unknown(fault["unexpected"][0], keys)
        return f"{where}{_fault(kind, fault, wrong.instance)}; {about}"

    def _of_one_form(
        self, wrong: jsonschema_rs.ValidationError, path: list[str | int]
    ) -> jsonschema_rs.ValidationError | None:
        """What is wrong with a table, or a list, where either may stand; None where something else is wrong."""
        if wrong.kind.name != "anyOf" or not isinstance(wrong.instance, (dict, list)):
            return None
        form = _form(
            self.schema, _node(self.schema, path)[0], "array" if isinstance(wrong.instance, list) else "object"
        )
        judge = jsonschema_rs.Draft202012Validator({**form, "$defs": self.schema.get("$defs", {})}, mask="it")
        return next(iter(sorted(islice(judge.iter_errors(wrong.instance), LOOKED_AT), key=_rank)), None)


def _rank(wrong: jsonschema_rs.ValidationError) -> int:
    """What is said first of several faults: a misspelt key rather than the one that is missing for it."""
    order = ("additionalProperties", "propertyNames", "type")
    return order.index(wrong.kind.name) if wrong.kind.name in order else len(order) + wrong.kind.name.endswith("Of")


def in_words(schema: dict[str, Any], data: Any) -> str:
    """Where the data does not fit the schema, and how; empty if it fits.

    jsonschema knows which fault of a choice matters; jsonschema-rs, which judges, is faster and names the choice alone.
    """
    from jsonschema import Draft202012Validator, FormatChecker  # only once something is wrong
    from jsonschema.exceptions import best_match

    found = best_match(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data))
    if found is None:
        return ""
    where = "/".join(map(str, found.absolute_path))
    text = " ".join(f"{where}: {found.message}".split()) if where else " ".join(found.message.split())
    return text if len(text) <= MOST else f"{text[: MOST // 2]} … {text[-MOST // 2 :]}"


_LIMITS = {
    "minimum": "is below {}",
    "maximum": "is above {}",
    "exclusiveMinimum": "is not above {}",
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "minItems": "has fewer items than {}",
    "minProperties": "has fewer keys than {}",
}
_KINDS = {"array": "list", "object": "table", "string": "text"}


def _fault(kind: str, fault: dict[str, Any], value: Any) -> str:
    """What is wrong with a value."""
    match kind:
        case "type":
            return f"{shown(value)} is no {' or '.join(_KINDS.get(one, one) for one in fault['types'])}"
        case "enum":
            return f"{shown(value)} is none of {', '.join(map(str, fault['options']))}"
        case "pattern":
            return f"{shown(value)} does not fit {_readable(fault['pattern'])}"
        case "propertyNames":
            inner = fault["error"]
            return f"{shown(inner.instance)} does not fit {_readable(inner.kind.as_dict()['pattern'])}"
        case "not":
            return f"{shown(value)} holds a placeholder that is none, see specs/README.md"
        case "falseSchema":
            return f"{shown(value)} cannot stand there; leave it out"
        case "uniqueItems":
            return f"{shown(value)} has two items alike; leave one of them out"
        case "format":
            return f"{shown(value)} is no regular expression"
    limit = _LIMITS.get(kind, "is not what belongs there")
    return f"{shown(value)} {limit.format(fault.get('limit'))}"


def _readable(pattern: str) -> str:
    return pattern.removesuffix(NOT_BEFORE_A_LINE_BREAK)


def _unknown(name: str, known: list[str]) -> str:
    """What to say of a key that nobody reads."""
    near = get_close_matches(name, known, 1)
    hint = f"write {near[0]!r}, or one of: " if near else "there are: "
    return f"no key is called {shown(name)}; {hint}{', '.join(known)}"


def key(path: list[str | int]) -> str:
    """The name of a key within its file, as TOML writes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = step.replace("_", "").replace("-", "").isalnum()
            text += ("." if text else "") + (step if bare else f'"{step}"')
    return text


def shown(value: Any) -> str:
    """A wrong value, cut, as a complaint shows it."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _described(schema: dict[str, Any], path: list[str | int]) -> tuple[str, list[str]]:
    """What belongs at this place of a file, and the keys there are."""
    node, about = _node(schema, path)
    node = _form(schema, node, "object")
    return about or node.get("description", ""), list(node.get("properties", {}))


def _node(schema: dict[str, Any], path: list[str | int]) -> tuple[dict[str, Any], str]:
    """The schema of what stands at this place of a file, and what is said of it."""
    node, about = schema, ""
    for step in [None, *path]:
        if step is not None:
            node = _form(schema, node, "array" if isinstance(step, int) else "object")
            inner = "items" if isinstance(step, int) else "additionalProperties"
            node = node.get("properties", {}).get(step) or node.get(inner) or {}
            node = node if isinstance(node, dict) else {}
        own = node.get("description")
        node = _resolved(schema, node)
        about = own or node.get("description") or about
    return node, about


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference leads to."""
    if node.get("$ref", "").startswith("#/"):
        found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return found
    return node


def _form(schema: dict[str, Any], node: dict[str, Any], type_: str) -> dict[str, Any]:
    """Of several forms that may stand at a place, the one of this type."""
    forms = [_resolved(schema, one) for one in node.get("anyOf", [])]
    return next((one for one in forms if one.get("type") == type_), node)


def _without_null(node: Any) -> Any:
    """The schema without null and without defaults that mean an absent key: TOML has no null, and JSON needs none."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _without_null(item) for name, item in node.items()}
    options = made.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        del made["anyOf"]
        made = {**rest[0], **made} if len(rest) == 1 else {**made, "anyOf": rest}
    if "default" in made and not made["default"]:
        del made["default"]
    return made

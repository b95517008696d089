"""Reading the files of specs/, which anybody may have written: capped in size, depth and count; no other file, no
network."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import yaml

from hookproof.pointers import get

T = TypeVar("T")

MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_NODES = 200_000


class SpecError(Exception):
    """What the author of a spec wrote wrong: names file, key and remedy."""


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SpecError(f"{path.parent.name}/{path.name}: a pipe or a device; write a file")
        if not path.resolve().is_relative_to(path.parent.resolve()):
            raise SpecError(f"{path.parent.name}/{path.name}: leads out of its folder; copy the file in")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError(f"{path.parent.name}/{path.name}: {error.strerror}; every provider needs this file") from None
    if len(raw) > MAX_BYTES:
        raise SpecError(f"{path.parent.name}/{path.name}: larger than {MAX_BYTES} bytes; split it or shorten it")
    return raw


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return _shallow(tomllib.loads(_read(path).decode()), path)
    except (ValueError, RecursionError) as error:  # whatever is no TOML, or too long a number
        raise SpecError(f"{path.parent.name}/{path.name}: not TOML: {error}") from None


def read_json(path: Path) -> Any:
    try:
        return _shallow(json.loads(_read(path)), path)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}: not JSON: {error}") from None


def _shallow(data: T, path: Path) -> T:
    """The data, unless it is nested so deeply that whoever walks through it would fall."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return data
    raise SpecError(f"{path.parent.name}/{path.name}: nested deeper than {MAX_DEPTH}; flatten it")


def _inside(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping whose `$ref` all stay inside it."""
    name = f"{path.parent.name}/{path.name}"
    data = load_yaml(_read(path), name)
    _refuse_foreign_references(data, name)
    return data


def load_yaml(raw: bytes, name: str) -> dict[str, Any]:
    """Parse YAML that may be hostile: depth and node count are capped, aliases are counted as what they repeat."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for count, event in enumerate(yaml.parse(raw, Loader=loader)):
            if count > MAX_NODES:
                raise SpecError(f"{name}: more than {MAX_NODES} nodes; shorten it")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise SpecError(f"{name}: nested deeper than {MAX_DEPTH}; flatten it")
            if isinstance(event, yaml.AliasEvent):
                raise SpecError(f"{name}: has a YAML alias (*{event.anchor}); write it out or use $ref")
        data = yaml.load(raw, Loader=loader)  # a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date or number that is none
        raise SpecError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise SpecError(f"{name}: must be a mapping at the top")
    return data


_METASCHEMAS = "json-schema.org/draft"


def _refuse_foreign_references(node: Any, name: str) -> None:
    """References point into the same document or nowhere: using it reads no other file and opens no socket."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in ("$ref", "$dynamicRef"):
                if isinstance(item.get(key), str):
                    _follow(node, item[key], key, name)
            if isinstance(item.get("$id"), str):
                raise SpecError(f"{name}: $id {item['$id']!r} moves what references mean; leave it out")
            if isinstance(item.get("$schema"), str) and _METASCHEMAS not in item["$schema"]:
                raise SpecError(f"{name}: $schema {item['$schema']!r} is elsewhere; leave it out")
            stack += item.values()
        elif isinstance(item, list):
            stack += item


def _follow(document: Any, reference: str, key: str, name: str) -> None:
    """Go where a reference leads, and on from there. Raises SpecError if it leaves, ends nowhere or in a circle."""
    seen: set[str] = set()
    found: Any = {key: reference}
    while isinstance(found, dict) and isinstance(found.get(key), str):
        reference = found[key]
        if not reference.startswith("#/"):
            raise SpecError(f"{name}: {key} {reference!r} leaves the document; copy it in")
        if reference in seen:
            raise SpecError(f"{name}: {key} {reference!r} leads to itself; say what is meant")
        seen.add(reference)
        try:
            found = get(document, unquote(reference[1:]))
        except (LookupError, ValueError, TypeError):
            raise SpecError(f"{name}: {key} {reference!r} leads nowhere; write what it names") from None

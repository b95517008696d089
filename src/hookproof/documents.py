"""Reading the files of specs/, which anybody may have written: capped in size, depth and count; no other file, no
network."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_NODES = 200_000


class SpecError(Exception):
    """What the author of a spec wrote wrong: names file, key and remedy."""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError(f"{path.parent.name}/{path.name}: {error.strerror}; every provider needs this file") from None
    if len(raw) > MAX_BYTES:
        raise SpecError(f"{path.parent.name}/{path.name}: larger than {MAX_BYTES} bytes; split it or shorten it")
    return raw


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}: not TOML: {error}") from None


def read_json(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}: not JSON: {error}") from None


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
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise SpecError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise SpecError(f"{name}: must be a mapping at the top")
    return data


def _refuse_foreign_references(node: Any, name: str) -> None:
    """`$ref` points into the same document or nowhere: loading reads no other file and opens no socket."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            reference = item.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#/"):
                raise SpecError(f"{name}: $ref {reference!r} leaves the document; copy it in")
            stack += item.values()
        elif isinstance(item, list):
            stack += item

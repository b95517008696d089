"""Reading the files of specs/, which anybody may have written: capped in size, depth and count; no other file, no
network."""

from __future__ import annotations

import datetime
import errno
import json
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import yaml

from hookproof.delivery.pointers import get
from hookproof.folders import folder

T = TypeVar("T")

MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_NODES = 200_000
MAX_LINE = 400
"""Characters of a complaint."""


class SpecError(Exception):
    """What the author of a spec wrote wrong: one printable line that names file, key and remedy."""

    def __init__(self, text: str) -> None:
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        super().__init__(line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…")


def specs() -> Path:
    """The folder of the specs."""
    return folder("specs")


def _named(path: Path, name: str) -> str:
    return name or f"{path.parent.name}/{path.name}"


_CIRCLE = "a link that leads to itself; copy the file in"


def _read(path: Path, name: str) -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SpecError(f"{name}: a pipe or a device; write a file")
        if not path.resolve().is_relative_to(path.parent.resolve()):
            raise SpecError(f"{name}: leads out of its folder; copy the file in")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except RuntimeError:  # what Python 3.11 and 3.12 make of links in a circle
        raise SpecError(f"{name}: {_CIRCLE}") from None
    except OSError as error:
        trouble = _CIRCLE if error.errno == errno.ELOOP else f"{error.strerror}; every provider needs this file"
        raise SpecError(f"{name}: {trouble}") from None
    if len(raw) > MAX_BYTES:
        raise SpecError(f"{name}: larger than {MAX_BYTES} bytes; split it or shorten it")
    if not raw.strip():
        raise SpecError(f"{name}: is empty; write what specs/README.md shows")
    return raw


def read_toml(path: Path, name: str = "") -> dict[str, Any]:
    """Read a TOML file; `name` is what it is called in a complaint. Raises SpecError."""
    name = _named(path, name)
    try:
        return _plain(_shallow(tomllib.loads(_read(path, name).decode("utf-8-sig")), name), name)
    except (ValueError, RecursionError) as error:  # whatever is no TOML, or too long a number
        raise SpecError(f"{name}: not TOML: {error}; mend it there") from None


def read_json(path: Path, name: str = "") -> Any:
    """Read a JSON file; `name` is what it is called in a complaint. Raises SpecError."""
    name = _named(path, name)
    try:
        return _plain(_shallow(json.loads(_read(path, name), object_pairs_hook=_members), name), name)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{name}: not JSON: {error}; mend it there") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's members, none of them twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        name = pairs[_second([name for name, _ in pairs])][0]
        raise ValueError(f"an object has the member {name!r} twice")
    return made


def _second(names: list[Any]) -> int:
    """Where the first name stands that has stood before."""
    first = {name: at for at, name in reversed(list(enumerate(names)))}
    return next(at for at, name in enumerate(names) if first[name] < at)


def _plain(data: T, name: str) -> T:
    """The data, unless it holds what JSON cannot: a date of TOML, or a number that is none or infinite."""
    level: list[tuple[str, Any]] = [("", data)]
    while level:
        where, item = level.pop()
        if isinstance(item, (datetime.date, datetime.time)):
            raise SpecError(f"{name}: {where}: {item} is a date; put it in quotation marks")
        if isinstance(item, float) and not math.isfinite(item):
            raise SpecError(f"{name}: {where}: {item} is no number to reckon with; write a finite one")
        if isinstance(item, dict):
            level += [(f"{where}.{key}".lstrip("."), value) for key, value in item.items()]
        elif isinstance(item, list):
            level += [(f"{where}[{at}]", value) for at, value in enumerate(item)]
    return data


def _shallow(data: T, name: str) -> T:
    """The data, unless it is nested so deeply that whoever walks through it would fall."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return data
    raise SpecError(f"{name}: nested deeper than {MAX_DEPTH}; flatten it")


def _inside(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def read_yaml(path: Path, name: str = "") -> dict[str, Any]:
    """Read a YAML mapping whose `$ref` all stay inside it; `name` is what it is called in a complaint."""
    name = _named(path, name)
    data = load_yaml(_read(path, name), name)
    _refuse_foreign_references(data, name)
    return data


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # either is a safe loader
    """Refuses a mapping with one key twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(names)) < len(names):
            name = names[_second(names)][1]
            line = node.start_mark.line + 1
            raise ValueError(f"the mapping in line {line} has the key {name!r} twice")
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


def load_yaml(raw: bytes, name: str) -> dict[str, Any]:
    """Parse YAML that may be hostile: depth and node count are capped, aliases are counted as what they repeat."""
    try:
        depth = 0
        for count, event in enumerate(yaml.parse(raw, Loader=_Loader)):
            if count > MAX_NODES:
                raise SpecError(f"{name}: more than {MAX_NODES} nodes; shorten it")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise SpecError(f"{name}: nested deeper than {MAX_DEPTH}; flatten it")
            if isinstance(event, yaml.AliasEvent):
                raise SpecError(f"{name}: has a YAML alias (*{event.anchor}); write it out or use $ref")
        data = yaml.load(raw, Loader=_Loader)  # a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date or number that is none
        raise SpecError(f"{name}: not YAML: {' '.join(str(error).split())}; mend it there") from None
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

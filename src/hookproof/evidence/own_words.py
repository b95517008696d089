"""Secrets are left out of what came from outside into a journal's line; what of it is ours, its type says.

Our own ids and texts tell nobody a secret, even one that is made of the same words.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from hookproof.evidence.redact import Redactor
from hookproof.folders import folder
from hookproof.verdict import Level, Outcome, Reason, Verdict


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """The names and values that our files and options are made of. A secret that is one of them is no secret there."""
    found: set[str] = {*Level, *Outcome, *Reason, *Verdict, "receiver", "sender", "api", "verifier", "demo"}
    schemas: list[Any] = [
        json.loads(_read(folder("specs") / "schema" / f"{name}.schema.json") or "{}") for name in ("journal", "results")
    ]
    while schemas:
        one = schemas.pop()
        if isinstance(one, dict):
            found |= {str(word) for word in [*one.get("properties", ()), *one.get("enum", ())]}
            schemas += one.values()
        elif isinstance(one, list):
            schemas += one
    return frozenset(found | _of_providers())


def _of_providers() -> set[str]:
    """The names of providers and surfaces, and what their parameters may be chosen from."""
    found: set[str] = set()
    for path in (folder("specs") / "providers").glob("*/provider.toml"):
        fields = tomllib.loads(_read(path))
        found |= {path.parent.name, *fields.get("surfaces", ())}
        for name, parameter in fields.get("parameters", {}).items():
            found |= {name, *parameter.get("choices", ()), str(parameter.get("default", ""))}
    return found


def hidden(line: msgspec.Struct, redactor: Redactor) -> Any:
    """A line as JSON values, without secrets in what came from outside."""
    return _hiding(type(line))(msgspec.to_builtins(line), redactor)


@lru_cache(maxsize=1)
def vocabulary() -> str:
    """All that specs/ and suites/ say, in small letters: a part of a secret that stands there gives nothing away."""
    paths = [*folder("specs").rglob("*.toml"), *folder("suites").rglob("*.py")]
    return "\n".join(_read(path).lower() for path in sorted(paths))


def _read(path: Path) -> str:
    """A file of ours; empty if it cannot be read, and then more is left out of what is written than need be."""
    with contextlib.suppress(OSError):
        return path.read_text("utf-8")
    return ""


Hide = Callable[[Any, Redactor], Any]
"""Returns a value without secrets."""


@lru_cache(maxsize=64)
def _hiding(type_: type[msgspec.Struct]) -> Hide:
    return _hider(inspect.type_info(type_))


def _hider(kind: inspect.Type) -> Hide:
    """What leaves secrets out of values of that kind: by field, item and member, down to what is a text."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            return _TOLD.get((extra or {}).get("words", "")) or _hider(inner)
        case inspect.StructType(fields=fields, array_like=True):
            return _each([_hider(field.type) for field in fields], strict=False)
        case inspect.StructType(fields=fields) | inspect.DataclassType(fields=fields):
            return _members({field.encode_name: _hider(field.type) for field in fields})
        case inspect.ListType(item_type=item):
            one = _hider(item)
            return lambda value, redactor: [one(each, redactor) for each in value]
        case inspect.TupleType(item_types=items):
            return _each([_hider(item) for item in items], strict=True)
        case inspect.DictType(key_type=key, value_type=item):
            name, one = _hider(key), _hider(item)
            return lambda value, redactor: {name(at, redactor): one(each, redactor) for at, each in value.items()}
        case inspect.UnionType(types=kinds):
            return _either(kinds)
        case inspect.EnumType() | inspect.LiteralType() | inspect.IntType() | inspect.FloatType() | inspect.BoolType():
            return lambda value, redactor: value
        case inspect.StrType():
            return lambda value, redactor: redactor.text(value)
    return lambda value, redactor: redactor.value(value, words())


def _each(hiders: list[Hide], *, strict: bool) -> Hide:
    return lambda value, redactor: [hide(one, redactor) for hide, one in zip(hiders, value, strict=strict)]


def _members(known: dict[str, Hide]) -> Hide:
    def hide(value: Any, redactor: Redactor) -> Any:
        return {name: known[name](one, redactor) if name in known else one for name, one in value.items()}

    return hide


def _either(kinds: tuple[inspect.Type, ...]) -> Hide:
    """For a value that may be of several kinds or null: a list, or what else there is."""
    lists = [_hider(kind) for kind in kinds if isinstance(kind, inspect.ListType)]
    others = [_hider(kind) for kind in kinds if not isinstance(kind, (inspect.ListType, inspect.NoneType))]

    def hide(value: Any, redactor: Redactor) -> Any:
        if value is None:
            return None
        return (lists if isinstance(value, list) and lists else others or lists)[0](value, redactor)

    return hide


_OPTION = re.compile(r"--[a-z][a-z-]*")


def _command(value: str, redactor: Redactor) -> str:
    """A command line with the names of options and the values that are words of ours as they were typed."""
    return shlex.join(_typed(word, redactor) for word in shlex.split(value))


def _typed(word: str, redactor: Redactor) -> str:
    name, equals, given = word.partition("=")
    if equals and (name in words() or _OPTION.fullmatch(name)):
        return f"{name}={_typed(given, redactor)}"
    ours = word in words() or _OPTION.fullmatch(word)
    return word if ours else redactor.text(word)


_TOLD: dict[str, Hide] = {"ours": lambda value, redactor: value, "command": _command}
"""How each mark of a field, `Ours` and `Command` in `lines`, has its text written."""

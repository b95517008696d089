"""Reading specs/: providers, requirements, events, OpenAPI. Loading is inert: no network, no other file, capped."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from hookproof.resources import folder
from hookproof.signature import Scheme
from hookproof.verdict import Level

MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_NODES = 200_000
ROLES = ("receiver", "sender", "api", "operator")


class SpecError(Exception):
    """What the author of a spec wrote wrong: names file, key and remedy."""


class Form(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One documented form of the payload. Pointers are JSON pointers (RFC 6901)."""

    webhook: str
    event_id: list[str]
    kind: str = ""
    unknown: dict[str, Any] = {}
    long_text: list[str] = []


class Parameter(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a document leaves open, chosen with --set."""

    text: str
    choices: list[str] = []
    default: str = ""


class SchemeFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    algorithm: str
    signs: str
    header: str
    value: str


class ProviderFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """provider.toml as it stands; see specs/README.md."""

    title: str
    source: str
    roles: list[str]
    deadline_s: float
    acknowledges: list[int | str]
    rejects: list[int]
    concurrency: int = 25
    content_type: str = "application/json"
    signature: SchemeFields | None = None
    parameters: dict[str, Parameter] = {}
    payloads: dict[str, Form]


class Requirement(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One normative sentence."""

    id: str = ""
    role: str | list[str]
    level: Level
    text: str
    source: str
    checks: list[str] = []
    excluded: str | None = None
    planned: str | None = None
    when: str | None = None

    @property
    def roles(self) -> list[str]:
        return [self.role] if isinstance(self.role, str) else self.role

    def applies(self, parameters: dict[str, str]) -> bool:
        """Whether the run's parameters make this requirement count."""
        if self.when is None:
            return True
        name, _, value = self.when.partition("=")
        return parameters.get(name) == value


@dataclass(frozen=True)
class Provider:
    """Who documents the behaviour, with everything its folder says."""

    name: str
    fields: ProviderFields
    requirements: dict[str, Requirement]
    kinds: dict[str, dict[str, Any]]
    openapi: dict[str, Any]

    @property
    def scheme(self) -> Scheme | None:
        signature = self.fields.signature
        if signature is None:
            return None
        try:
            return Scheme(**msgspec.structs.asdict(signature))
        except ValueError as error:
            raise SpecError(f"specs/providers/{self.name}/provider.toml [signature]: {error}") from None

    @property
    def acknowledges(self) -> frozenset[int]:
        """The statuses that acknowledge; "2xx" stands for all of a class."""
        found: set[int] = set()
        for entry in self.fields.acknowledges:
            first = int(str(entry)[0]) * 100
            found |= set(range(first, first + 100)) if str(entry).endswith("xx") else {int(entry)}
        return frozenset(found)

    def parameters(self, given: dict[str, str]) -> dict[str, str]:
        """Every parameter's value. Raises SpecError for an unknown one or a value that is not offered."""
        known = self.fields.parameters
        for name, value in given.items():
            if name not in known:
                offered = ", ".join(known) or "none"
                raise SpecError(f"--set {name}=…: {self.name} has no parameter {name!r}; it has: {offered}")
            if known[name].choices and value not in known[name].choices:
                raise SpecError(f"--set {name}={value}: choose one of {', '.join(known[name].choices)}")
        return {name: given.get(name, parameter.default) for name, parameter in known.items()}

    def form(self, parameters: dict[str, str]) -> tuple[str, Form]:
        """Name and description of the payload form that the run uses."""
        name = parameters.get("payload", "default")
        return name, self.fields.payloads[name]

    def delivery_schema(self, form: Form) -> dict[str, Any]:
        """JSON Schema of a delivery's body, self-contained (`components` beside it)."""
        operation = self.openapi["webhooks"][form.webhook]["post"]
        schema: dict[str, Any] = operation["requestBody"]["content"][self.fields.content_type]["schema"]
        return {**schema, "components": self.openapi.get("components", {})}


def providers() -> list[str]:
    """Names of the known providers: the folders there are."""
    return sorted(path.parent.name for path in (folder("specs") / "providers").glob("*/provider.toml"))


def load(name: str) -> Provider:
    """Read one provider's folder. Raises SpecError naming the file and the remedy."""
    if name not in providers():
        raise SpecError(f"unknown provider {name!r}; known are: {', '.join(providers())}")
    root = folder("specs") / "providers" / name
    fields = _convert(_toml(root / "provider.toml"), ProviderFields, root / "provider.toml")
    kinds = {path.stem: _json(path) for path in sorted((root / "events").glob("*.json"))}
    openapi = _yaml(root / "openapi.yaml")
    _refuse_foreign_references(openapi, root / "openapi.yaml")
    return Provider(name, fields, requirements(root / "requirements.toml"), kinds, openapi)


def baseline() -> dict[str, Requirement]:
    """Requirements that hold for every webhook, whoever documents it."""
    return requirements(folder("specs") / "baseline" / "requirements.toml")


def requirements(path: Path) -> dict[str, Requirement]:
    """Read a requirements.toml; every entry has checks, a plan or a reason to be excluded."""
    found = {}
    for id_, entry in _toml(path).items():
        requirement: Requirement = _convert({**entry, "id": id_}, Requirement, path, id_)
        if unknown := set(requirement.roles) - set(ROLES):
            raise SpecError(
                f"{path.name} [{id_}] role: {', '.join(sorted(unknown))} is no role; use {', '.join(ROLES)}"
            )
        if not (requirement.checks or requirement.excluded or requirement.planned):
            raise SpecError(f"{path.name} [{id_}]: give it `checks`, or `excluded` with the reason")
        found[id_] = requirement
    return found


def _convert(data: Any, type_: Any, path: Path, key: str = "") -> Any:
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        raise SpecError(f"{path.parent.name}/{path.name} {f'[{key}] ' if key else ''}{error}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError(f"{path.parent.name}/{path.name}: {error.strerror}; every provider needs this file") from None
    if len(raw) > MAX_BYTES:
        raise SpecError(f"{path.parent.name}/{path.name}: larger than {MAX_BYTES} bytes; split it or shorten it")
    return raw


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}: not TOML: {error}") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}: not JSON: {error}") from None


def _yaml(path: Path) -> dict[str, Any]:
    return load_yaml(_read(path), f"{path.parent.name}/{path.name}")


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


def _refuse_foreign_references(node: Any, path: Path) -> None:
    """`$ref` points into the same document or nowhere: loading reads no other file and opens no socket."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            reference = item.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#/"):
                raise SpecError(f"{path.parent.name}/{path.name}: $ref {reference!r} leaves the document; copy it in")
            stack += item.values()
        elif isinstance(item, list):
            stack += item


_CHECK = re.compile(r"^(receiver|sender|api)\.[a-z]+\.[a-z0-9-]+$")


def is_check_id(text: str) -> bool:
    return bool(_CHECK.match(text))

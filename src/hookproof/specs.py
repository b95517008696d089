"""What specs/ says of a provider: its surfaces, requirements, events and schemas, as values.

A surface is one documented endpoint, or one of two forms in which a document offers it, as a run's parameters make it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from hookproof.documents import SpecError, read_json, read_toml, read_yaml
from hookproof.fields import (
    FEATURES,
    ROLES,
    ChallengeFields,
    Event,
    Parameter,
    ProviderFields,
    Requirement,
    SurfaceFields,
    filled,
    holds,
)
from hookproof.pointers import Identity, leaves
from hookproof.resources import folder
from hookproof.signature import Scheme
from hookproof.spelling import WRITINGS, Spelling, Writing


@dataclass(frozen=True)
class Surface:
    """One documented endpoint of a provider, as a run's parameters make it."""

    provider: Provider
    name: str
    fields: SurfaceFields
    parameters: dict[str, str]
    alone: bool = True

    @property
    def subject(self) -> str:
        """How results speak of it: the provider's name, with the surface's where there are several."""
        return self.provider.name if self.alone else f"{self.provider.name}.{self.name}"

    @property
    def title(self) -> str:
        return self.fields.title or self.name

    @cached_property
    def scheme(self) -> Scheme | None:
        """How deliveries to it are signed; None if they are not. Raises SpecError."""
        own = self.fields.signature or self.provider.fields.signature
        if own is None or not holds(own.when, self.parameters):
            return None
        known = self.parameters
        braced = {name: value.replace("{", "{{").replace("}", "}}") for name, value in known.items()}
        try:
            return Scheme(filled(own.algorithm, known), filled(own.signs, known), own.header, filled(own.value, braced))
        except ValueError as error:
            raise SpecError(f"specs/providers/{self.provider.name}/provider.toml [signature]: {error}") from None

    @property
    def values(self) -> dict[str, str]:
        """The parameters; of one that names several things, the first."""
        known = self.provider.known
        firsts = {name: self.parameters[name].split(",")[0] or known[name].example for name in self.fields.needs}
        return {**self.parameters, **firsts}

    @property
    def path(self) -> str:
        """What follows the base URL; empty if the target is the endpoint itself."""
        return filled(self.fields.path, self.values)

    def base_of(self, url: str) -> tuple[str, dict[str, str]] | None:
        """The base URL and the parameters, if `url` ends in this surface's path; None otherwise."""
        pattern = re.escape(self.fields.path)
        for number, name in enumerate(self.fields.needs):
            pattern = pattern.replace(re.escape(f"{{{name}}}"), f"(?P<_{number}>[^/?]+)")
        match = re.fullmatch(rf"(.*){pattern}/?", url)
        if match is None:
            return None
        return match[1], {name: match[f"_{number}"] for number, name in enumerate(self.fields.needs)}

    @property
    def unsigned(self) -> str:
        """The --set that makes its deliveries unsigned; empty if they are always signed."""
        own = self.fields.signature or self.provider.fields.signature
        name, _, value = (own.when if own else "").partition("=")
        return f"{name[:-1]}={value}" if name.endswith("!") else ""

    @property
    def guessed(self) -> list[str]:
        """Parameters that the path needs and nobody gave."""
        return [name for name in self.fields.needs if not self.parameters.get(name)]

    @cached_property
    def writing(self) -> Writing:
        """How its senders write a payload."""
        made: Writing = (
            Spelling(escaped=True, slashes=True) if self.fields.escaped else WRITINGS[self.fields.content_type]
        )
        return made

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        return tuple(
            Identity(each.items, tuple(each.id), each.pattern, tuple(each.also)) for each in self.fields.identity
        )

    @cached_property
    def challenges(self) -> tuple[ChallengeFields, ...]:
        """The challenges of this run."""
        return tuple(each for each in self.fields.challenge if holds(each.when, self.parameters))

    @property
    def events(self) -> dict[str, Event]:
        """Its events by kind."""
        return self.provider.events.get(self.name, {})

    def kinds(self, *uses: str) -> list[str]:
        """The kinds of event that are there for these uses."""
        return [kind for kind, event in self.events.items() if event.use in uses]

    def telling(self, kind: str, among: list[str]) -> dict[str, str]:
        """The words in an event of that kind by which it is told from these other kinds, by their pointers."""
        words = {name: _words(self.events[name].payload) for name in among}
        mine, others = words.pop(kind, {}), words.values()
        return {at: word for at, word in mine.items() if any(other.get(at, word) != word for other in others)}

    @cached_property
    def plain(self) -> str:
        """The kind that serves as control."""
        return self.fields.plain if self.fields.plain in self.events else next(iter(self.events))

    @cached_property
    def features(self) -> frozenset[str]:
        """What requirements may need: see FEATURES."""
        uses = {event.use for event in self.events.values()}
        crcs = [each for each in self.challenges if "{hmac" in each.answer]
        has = {
            "signature": bool(self.scheme and self.scheme.covers_the_body),
            "signed": bool(self.scheme),
            "token": bool(self.scheme and not self.scheme.covers_the_body),
            "challenge": len(crcs) < len(self.challenges),
            "crc": bool(crcs),
            "signed-crc": bool(crcs and self.scheme),
            "media": any(event.points_to_a_file for event in self.events.values()),
            "batch": "batch" in uses,
            "tainted": "tainted" in uses,
            "damaged": "damaged" in uses,
            "states": bool(self.fields.states),
            "json": self.writing.is_json,
            "path": bool(self.fields.path),
            "channel": bool(self.fields.needs),
            "handshake": bool(self.challenges),
            **self._platform_features(),
        }
        return frozenset(name for name, there in has.items() if there)

    def _platform_features(self) -> dict[str, bool]:
        platform = self.provider.fields.platform
        if platform is None:
            return {}
        return {
            "settings": bool(platform.settings),
            "single": platform.single,
            "several": not platform.single,
            "switches": bool(platform.switches),
            "removal": bool(platform.remove),
            "deadline": platform.deadline,
            "backoff": platform.backoff,
            "most-attempts": bool(platform.most_attempts),
            "api": bool(self.provider.operations),
            "collection": bool(platform.register and not platform.single),
        }

    def schema(self, kind: str = "") -> dict[str, Any]:
        """JSON Schema of a body, self-contained (`components` beside it): of that kind, or of any on this surface."""
        any_body = self.fields.accepts or self.fields.webhook
        name = (self.events[kind].webhook or self.fields.webhook) if kind else any_body
        schema = _schema(self.provider.openapi, name, self.fields.content_type)
        return {**schema, "components": self.provider.openapi.get("components", {})}


@dataclass(frozen=True)
class Operation:
    """One operation of the management API: an entry of openapi.yaml's `paths`. `security`: how it is authorised."""

    id: str
    method: str
    path: str
    security: dict[str, Any] | None
    document: dict[str, Any]


@dataclass(frozen=True)
class Provider:
    """Who documents the behaviour, with everything its folder says. `events`: by surface, then by kind."""

    name: str
    fields: ProviderFields
    requirements: dict[str, Requirement]
    events: dict[str, dict[str, Event]]
    openapi: dict[str, Any]
    known: dict[str, Parameter] = field(default_factory=dict)

    @property
    def acknowledges(self) -> frozenset[int]:
        """The statuses that acknowledge; "2xx" stands for all of a class."""
        found: set[int] = set()
        for entry in self.fields.acknowledges:
            first = int(str(entry)[0]) * 100
            found |= set(range(first, first + 100)) if str(entry).endswith("xx") else {int(entry)}
        return frozenset(found)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The management API by operationId."""
        schemes = self.openapi.get("components", {}).get("securitySchemes", {})
        found = {}
        for path, item in (self.openapi.get("paths") or {}).items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    entry = item[method]
                    names = [name for option in entry.get("security", []) for name in option]
                    id_ = entry["operationId"]
                    found[id_] = Operation(id_, method.upper(), path, schemes[names[0]] if names else None, entry)
        return found

    @property
    def delivering(self) -> list[str]:
        """The surfaces that are also looked at from the other side: as what a platform delivers to."""
        platform = self.fields.platform
        return [] if platform is None else platform.surfaces or list(self.fields.surfaces)

    @property
    def has_paths(self) -> bool:
        """Whether --target is a base URL to which documented paths are appended."""
        return any(surface.path for surface in self.fields.surfaces.values())

    def parameters(self, given: dict[str, str]) -> dict[str, str]:
        """Every parameter's value. Raises SpecError for an unknown one or a value that is not offered."""
        for name, value in given.items():
            if name not in self.known:
                offered = ", ".join(self.known) or "none"
                raise SpecError(f"--set {name}=…: {self.name} has no parameter {name!r}; it has: {offered}")
            choices = self.known[name].choices
            several = [one for one in value.split(",") if one]
            wrong = [one for one in (several if name == "surfaces" else [value]) if one not in choices]
            if choices and wrong:
                raise SpecError(f"--set {name}={value}: choose one of {', '.join(choices)}")
        return {name: given.get(name, parameter.default) for name, parameter in self.known.items()}

    def surfaces(self, given: dict[str, str]) -> list[Surface]:
        """The surfaces of a run with these parameters. Raises SpecError."""
        parameters = self.parameters(given)
        chosen = [name for name in parameters.get("surfaces", "").split(",") if name]
        active = [
            (name, fields)
            for name, fields in self.fields.surfaces.items()
            if holds(fields.when, parameters) and (not chosen or name in chosen)
        ]
        if not active:
            raise SpecError(f"--set surfaces={parameters.get('surfaces')}: none of them is there with these parameters")
        return [Surface(self, name, fields, parameters, alone=not self.has_paths) for name, fields in active]


def _words(payload: Any) -> dict[str, str]:
    """The texts in a payload that are no placeholders, by their pointers."""
    return {at: value for at, value in leaves(payload) if isinstance(value, str) and "{{" not in value}


_SURFACES = "Which of the documented endpoints the target has, with commas between them; all if not given."


def providers() -> list[str]:
    """Names of the known providers: the folders there are."""
    return sorted(path.parent.name for path in (folder("specs") / "providers").glob("*/provider.toml"))


def load(name: str) -> Provider:
    """Read one provider's folder. Raises SpecError naming the file and the remedy."""
    if name not in providers():
        raise SpecError(f"unknown provider {name!r}; known are: {', '.join(providers())}")
    root = folder("specs") / "providers" / name
    fields: ProviderFields = _convert(read_toml(root / "provider.toml"), ProviderFields, root / "provider.toml")
    known = dict(fields.parameters)
    if any(surface.path for surface in fields.surfaces.values()):
        known["surfaces"] = Parameter(_SURFACES, list(fields.surfaces))
    events = {surface: _events(root / "events", surface) for surface in fields.surfaces}
    openapi = read_yaml(root / "openapi.yaml")
    made = Provider(name, fields, requirements(root / "requirements.toml"), events, openapi, known)
    _check_openapi(made, f"{name}/openapi.yaml")
    return made


def _check_openapi(provider: Provider, name: str) -> None:
    """Whether the document has what the rest of the folder names, in schemas that are some. Raises SpecError."""
    schemas = []
    for surface, fields in provider.fields.surfaces.items():
        named = {fields.webhook, fields.accepts, *(event.webhook for event in provider.events[surface].values())}
        for webhook in filter(None, named):
            try:
                schemas.append(_schema(provider.openapi, webhook, fields.content_type))
            except (LookupError, TypeError):
                where = f"webhooks.{webhook}.post.requestBody.content.{fields.content_type}.schema"
                raise SpecError(f"{name}: {where} is missing, and surface {surface!r} is documented by it") from None
    try:
        components = provider.openapi.get("components", {})
        jsonschema_rs.validator_for({"anyOf": schemas, "components": components})
        assert provider.operations is not None
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise SpecError(f"{name}: no JSON Schema: {str(error).splitlines()[0][:200]}") from None
    except (LookupError, TypeError, AttributeError) as error:
        raise SpecError(f"{name}: an operation in `paths` lacks or misnames {error}; see another provider's") from None


def _schema(openapi: dict[str, Any], webhook: str, content_type: str) -> dict[str, Any]:
    """The schema of a webhook's body. Raises LookupError or TypeError where the document has none."""
    found = openapi["webhooks"][webhook]["post"]["requestBody"]["content"][content_type]["schema"]
    if not isinstance(found, dict):
        raise TypeError
    return found


def _events(root: Path, surface: str) -> dict[str, Event]:
    """The events of a surface: its own folder's files, and those files that have a payload for it among others."""
    found = {}
    for path in sorted(root.glob("*.json")):
        entry = read_json(path)
        payloads = entry.pop("payloads", {}) if isinstance(entry, dict) else None
        if not isinstance(payloads, dict):
            raise SpecError(f"{path.parent.name}/{path.name}: must be an object; if it has `payloads`, that too")
        payload = payloads.get(surface)
        if payload is not None:
            found[path.stem] = _convert({**entry, "payload": payload}, Event, path)
    for path in sorted((root / surface).glob("*.json")):
        found[path.stem] = _convert(read_json(path), Event, path)
    return found


def baseline() -> dict[str, Requirement]:
    """Requirements that hold for every webhook, whoever documents it."""
    return requirements(folder("specs") / "baseline" / "requirements.toml")


def requirements(path: Path) -> dict[str, Requirement]:
    """Read a requirements.toml; every entry has checks, a plan or a reason to be excluded."""
    found = {}
    for id_, entry in read_toml(path).items():
        if not isinstance(entry, dict):
            raise SpecError(f"{path.name} {id_}: must be a table, [{id_}]")
        requirement: Requirement = _convert({**entry, "id": id_}, Requirement, path, id_)
        if unknown := set(requirement.roles) - set(ROLES):
            raise SpecError(
                f"{path.name} [{id_}] role: {', '.join(sorted(unknown))} is no role; use {', '.join(ROLES)}"
            )
        if requirement.needs and requirement.needs not in FEATURES:
            raise SpecError(f"{path.name} [{id_}] needs: {requirement.needs!r} is none of {', '.join(FEATURES)}")
        if not (requirement.checks or requirement.excluded):
            raise SpecError(f"{path.name} [{id_}]: give it `checks`, or `excluded` with the reason")
        found[id_] = requirement
    return found


def _convert(data: Any, type_: Any, path: Path, key: str = "") -> Any:
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        raise SpecError(f"{path.parent.name}/{path.name} {f'[{key}] ' if key else ''}{error}") from None


_CHECK = re.compile(r"^(receiver|sender|api)\.[a-z]+\.[a-z0-9-]+(\[.+\])?$")


def is_check_id(text: str) -> bool:
    return bool(_CHECK.match(text))


__all__ = [
    "ChallengeFields", "Event", "Provider", "Requirement", "SpecError", "Surface", "baseline", "filled", "holds",
    "is_check_id", "load", "providers", "requirements",
]  # fmt: skip

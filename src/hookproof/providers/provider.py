"""Who documents the behaviour, and each endpoint that is documented, as values: all that a folder of specs/ says."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hookproof.delivery.encoding import WRITINGS, JsonInForm, Spelling, Writing
from hookproof.delivery.pointers import Headers, Identity, escape, leaves
from hookproof.delivery.signature import Scheme
from hookproof.providers.fields.challenge_tables import ChallengeFields
from hookproof.providers.files import SpecError
from hookproof.providers.placeholders import filled, holds
from hookproof.providers.requirements import Requirement
from hookproof.providers.signatures import SchemeFields, listed
from hookproof.providers.tables import AnswerFields, Event, Parameter, ProviderFields, SurfaceFields, Vector

ROTATION = "rotation"
"""The parameter by which users say that keys rotate: none, during, over; there where a header lists signatures."""
PUBLIC_URL = "public_url"
"""The parameter by which users say how the platform knows the target; there where a signature covers the URL."""


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
    """Who documents the behaviour, with everything its folder says. `events`: by surface, then by kind.

    `vectors` are the signatures that the vendor prints.
    """

    name: str
    fields: ProviderFields
    requirements: dict[str, Requirement]
    events: dict[str, dict[str, Event]]
    openapi: dict[str, Any]
    known: dict[str, Parameter] = field(default_factory=dict)
    vectors: tuple[Vector, ...] = ()

    @property
    def acknowledges(self) -> frozenset[int]:
        """The statuses that acknowledge; "2xx" stands for all of a class."""
        return _statuses(self.fields.acknowledges)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The management API by operationId. Raises ValueError where two have the same."""
        schemes = self.openapi.get("components", {}).get("securitySchemes", {})
        found = {}
        for path, item in (self.openapi.get("paths") or {}).items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    entry = item[method]
                    names = [name for option in entry.get("security", []) for name in option]
                    id_ = entry["operationId"]
                    if id_ in found:
                        raise ValueError(f"two operations in `paths` have the operationId {id_!r}; rename one of them")
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
            if trouble := self.known[name].trouble(value):
                raise SpecError(f"--set {name}={value}: {trouble}")
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
        alone, typed = not self.has_paths, frozenset(given)
        return [Surface(self, name, fields, parameters, alone, typed) for name, fields in active]


@dataclass(frozen=True)
class Surface:
    """One documented endpoint of a provider, as a run's parameters make it."""

    provider: Provider
    name: str
    fields: SurfaceFields
    parameters: dict[str, str]
    alone: bool = True
    typed: frozenset[str] = frozenset()

    def is_assumed(self, name: str) -> bool:
        """Whether a parameter has a value that is ours: neither a document's nor typed by the user."""
        known = self.provider.known.get(name)
        return name not in self.typed and (known is None or known.assumed)

    @property
    def subject(self) -> str:
        """How results speak of it: the provider's name, with the surface's where there are several."""
        return self.provider.name if self.alone else f"{self.provider.name}.{self.name}"

    @property
    def title(self) -> str:
        return self.fields.title or self.name

    @property
    def acknowledges(self) -> frozenset[int]:
        """The statuses that acknowledge a delivery here."""
        return _statuses(self.fields.acknowledges) or self.provider.acknowledges

    @property
    def rejects(self) -> frozenset[int]:
        """The statuses that refuse a delivery here."""
        return frozenset(self.fields.rejects or self.provider.fields.rejects)

    @property
    def deadline_s(self) -> float:
        """Seconds within which a delivery has to be acknowledged here."""
        return self.fields.deadline_s or self.provider.fields.deadline_s

    @property
    def scheme_fields(self) -> list[SchemeFields]:
        """What says how its deliveries are signed: its own tables, or its provider's."""
        return listed(self.fields.signature) or listed(self.provider.fields.signature)

    @property
    def scheme(self) -> Scheme | None:
        """How deliveries to it are signed, as it is judged: the first of `schemes`; None if they are not signed."""
        return next(iter(self.schemes), None)

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """Every signature that a delivery to it carries. Raises SpecError."""
        return tuple(self._scheme(one) for one in self.scheme_fields if holds(one.when, self.parameters))

    def _scheme(self, own: SchemeFields) -> Scheme:
        known = self.parameters
        braced = {name: value.replace("{", "{{").replace("}", "}}") for name, value in known.items()}
        try:
            return Scheme(
                filled(own.algorithm, known),
                filled(own.signs, braced),
                own.header,
                filled(own.value, braced),
                headers=tuple((name, filled(value, braced)) for name, value in own.headers.items()),
                timestamp=own.timestamp,
                tolerance_s=own.tolerance_s,
                key=own.key,
                key_prefix=own.key_prefix,
                place=own.place,
                items=own.items,
                public_prefix=own.public_prefix,
            )
        except ValueError as error:
            where = f"surfaces.{self.name}.signature" if self.fields.signature else "signature"
            raise SpecError(f"{self.provider.name}/provider.toml: {where}: {error}") from None

    def public_url(self, url: str) -> str:
        """The URL by which the platform knows the endpoint at that URL: what --set public_url says, or that URL."""
        given = self.parameters.get(PUBLIC_URL, "")
        return (given.rstrip("/") + self.path if self.fields.path else given) if given else url

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
        own = self.scheme_fields
        name, _, value = (own[0].when if len(own) == 1 else "").partition("=")
        return f"{name[:-1]}={value}" if name.endswith("!") else ""

    @property
    def guessed(self) -> list[str]:
        """Parameters that the path needs and nobody gave."""
        return [name for name in self.fields.needs if not self.parameters.get(name)]

    @cached_property
    def writing(self) -> Writing:
        """How its senders write a payload."""
        if self.fields.inside:
            return JsonInForm(self.fields.inside)
        made: Writing = (
            Spelling(escaped=True, slashes=True) if self.fields.escaped else WRITINGS[self.fields.content_type]
        )
        return made

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        return tuple(
            Identity(each.items, tuple(each.id), each.pattern, tuple(each.also)) for each in self.fields.identity
        )

    @property
    def named_headers(self) -> set[str]:
        """The documented headers of a delivery, beside its media type and its signature; some kinds may lack some."""
        of_kinds = {name for event in self.events.values() for name in event.headers}
        beside = [name for name, _ in self.scheme.headers] if self.scheme else []
        return {*self.fields.headers, *of_kinds, *beside}

    def headers_of(self, kind: str) -> dict[str, str]:
        """The documented headers of an event of that kind, as templates: what stands in double braces varies."""
        event = self.events.get(kind)
        templates = {**self.fields.headers, **(event.headers if event else {})}
        beside = dict(self.scheme.headers) if self.scheme else {}
        return {**templates, **beside}

    @cached_property
    def challenges(self) -> tuple[ChallengeFields, ...]:
        """The challenges of this run."""
        return tuple(each for each in self.fields.challenge if holds(each.when, self.parameters))

    def says_what_it_must(self, headers: Headers, body: bytes) -> bool:
        """Whether an answer to a delivery has the media type, the members and the text that are documented."""
        wanted = self.fields.answer or AnswerFields()
        types = [value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"]
        typed = not wanted.content_type or (
            bool(types) and types[-1].partition(";")[0].strip().lower() in wanted.content_type
        )
        told = not wanted.text or body.decode("utf-8", "replace").strip() in wanted.text
        return typed and told and all(place in _members(body) for place in wanted.places)

    @property
    def events(self) -> dict[str, Event]:
        """The surface's events by kind."""
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
        crcs = [each for each in self.challenges if each.is_crc]
        echoed = [each for each in self.challenges if each.asks and not each.is_crc]
        has = {
            "signature": bool(self.scheme and self.scheme.covers_all and not self.scheme.place),
            "signed-parts": bool(self.scheme and self.scheme.covers_the_body and not self.scheme.covers_all),
            "signed-url": bool(self.scheme and "{url}" in self.scheme.signs),
            "signed": bool(self.scheme),
            "token": bool(self.scheme and not self.scheme.covers_the_body),
            "timestamped": bool(self.scheme and self.scheme.timestamped),
            "tolerance": bool(self.scheme and self.scheme.timestamped and self.scheme.tolerance_s),
            "signed-id": bool(self.scheme and self.scheme.signs_the_id),
            "signatures": bool(self.scheme and self.scheme.lists),
            "headers": bool(self.named_headers),
            "challenge": bool(echoed),
            "signed-challenge": bool(self.scheme) and any(each.is_signed for each in echoed),
            "signed-crc-challenge": bool(self.scheme) and any(each.is_signed for each in crcs),
            "ping": any(not each.asks for each in self.challenges),
            "answer": self.fields.answer is not None,
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
            "retries": platform.most_attempts != 1,
            "retry-window": bool(platform.retry and platform.retry.window_s),
            "gone": bool(platform.retry and platform.retry.gone),
            "api": bool(self.provider.operations),
            "collection": bool(platform.register and not platform.single),
        }

    def schema(self, kind: str = "") -> dict[str, Any]:
        """JSON Schema of a body, self-contained (`components` beside it): of that kind, or of any on this surface."""
        any_body = self.fields.accepts or self.fields.webhook
        name = (self.events[kind].webhook or self.fields.webhook) if kind else any_body
        schema = body_schema(self.provider.openapi, name, self.fields.content_type)
        return {**schema, "components": self.provider.openapi.get("components", {})}


def _statuses(entries: Iterable[int | str]) -> frozenset[int]:
    """Statuses one by one; "2xx" stands for all of a class."""
    found: set[int] = set()
    for entry in entries:
        first = int(str(entry)[0]) * 100
        found |= set(range(first, first + 100)) if str(entry).endswith("xx") else {int(entry)}
    return frozenset(found)


def body_schema(openapi: dict[str, Any], webhook: str, content_type: str) -> dict[str, Any]:
    """The schema of a webhook's body. Raises LookupError or TypeError where the document has none."""
    found = openapi["webhooks"][webhook]["post"]["requestBody"]["content"][content_type]["schema"]
    if not isinstance(found, dict):
        raise TypeError
    return found


def _members(body: bytes) -> set[str]:
    """Every place in a JSON body; none in any other."""
    found: set[str] = set()
    stack: list[tuple[str, Any]] = []
    with contextlib.suppress(ValueError, RecursionError):
        stack.append(("", json.loads(body)))
    while stack:
        at, node = stack.pop()
        found.add(at)
        inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        stack += [(f"{at}/{escape(str(name))}", value) for name, value in inner]
    return found


def _words(payload: Any) -> dict[str, str]:
    """The texts in a payload that are no placeholders, by their pointers."""
    return {at: value for at, value in leaves(payload) if isinstance(value, str) and "{{" not in value}

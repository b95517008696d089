"""Whose delivery it seems to be, of which kind, and by which id its attempts are known again. Pure.

Nothing here trusts what came: it is bytes of a stranger until a signature says otherwise.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs

from hookproof.delivery import placed
from hookproof.delivery.model import Headers
from hookproof.delivery.pointers import identify, leaves
from hookproof.delivery.signature import Scheme
from hookproof.providers import Surface

_LOOKED_AT = 5000
"""So many values of a payload are looked at to recognise it."""
_LARGE = 256 * 1024
"""Bytes of a body beyond which it is not tried whether every provider's schema fits."""
_SEEN = 4096
"""So many looks of deliveries are remembered."""
NAMED_FROM = 4
"""So many points make a surface the one that a delivery seems to be for."""
_ITEM = re.compile(r"/\d+(?=/|$)")
_NAMES = ("type", "event", "event_type", "eventType", "event_name", "topic", "kind")
_KIND_WORDS = (*_NAMES, "action", "object")
_KIND_HEADER = re.compile(r"(^|-)(event|topic|event-type|event-key|event-name)$")
_ID_HEADER = re.compile(r"(^|-)((webhook|delivery|event|message|notification|request)-?id|delivery)$")
_ID_WORDS = ("id", "event_id", "eventId", "uuid", "delivery_id", "message_id", "messageId", "webhook_id")
_SIGNATURE_HEADER = re.compile("signature|hmac|-sig$")


@dataclass(frozen=True)
class IncomingRequest:
    """A request as it came: `target` is the path with its query."""

    method: str
    target: str
    headers: Headers
    body: bytes

    @cached_property
    def lowered(self) -> tuple[tuple[str, str], ...]:
        """The headers as texts, their names in lower case."""
        return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in self.headers)

    @cached_property
    def first(self) -> dict[str, str]:
        """The first value of each header, by its name in lower case."""
        found: dict[str, str] = {}
        for name, value in self.lowered:
            found.setdefault(name, value)
        return found

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        try:
            return parse_qsl(urlsplit(self.target).query, keep_blank_values=True, max_num_fields=1000)
        except ValueError:
            return []

    @cached_property
    def json(self) -> Any:
        """What the body says as JSON; None where it says nothing."""
        try:
            return json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            return None

    @cached_property
    def signature_headers(self) -> tuple[str, ...]:
        """The names of the headers that look as if they held a signature."""
        return tuple(name for name in self.first if _SIGNATURE_HEADER.search(name))


@dataclass
class KnownSurface:
    """A documented endpoint, with what recognising it takes ready."""

    surface: Surface
    _of_kind: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        return self.surface.schemes

    @cached_property
    def validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(self.surface.schema(), validate_formats=True)

    @cached_property
    def kinds(self) -> list[str]:
        return self.surface.kinds("kind", "batch")

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """The words in each kind's example that are no placeholders and not alike in all of them."""
        found = {
            kind: {at: word for at, word in _leaves(self.surface.events[kind].payload).items() if "{{" not in word}
            for kind in self.kinds
        }
        common = set.intersection(*(set(words.items()) for words in found.values())) if len(found) > 1 else set()
        return {
            kind: {at: word for at, word in words.items() if (at, word) not in common} for kind, words in found.items()
        }

    @cached_property
    def _places(self) -> dict[str, frozenset[str]]:
        """Where each kind's example has values, whichever item of a list they are in."""
        return {kind: _shape(self.surface.events[kind].payload) for kind in self.kinds}

    def kind_of(self, request: IncomingRequest, payload: Any) -> str:
        """The documented kind that the delivery is most like: by headers, by words, by what it has; empty if none."""
        said, shape, best, most = _leaves(payload), _shape(payload), "", 0.0
        for kind in self.kinds:
            headers = {name: text for name, text in self.surface.events[kind].headers.items() if "{" not in text}
            if any(request.first.get(name.lower()) != text for name, text in headers.items()):
                continue
            if self._contradicts(kind, payload):
                continue
            words, places = self.texts[kind], self._places[kind]
            alike = sum(said.get(at) == word for at, word in words.items()) / len(words) if words else 0.0
            likeness = 2 * bool(headers) + alike + len(shape & places) / (len(shape | places) or 1)
            if likeness > max(most, 0.2):
                best, most = kind, likeness
        return best

    def _contradicts(self, kind: str, payload: Any) -> bool:
        """Whether a delivery names another kind where this kind's example names its own."""
        example = self.surface.events[kind].payload
        if not isinstance(example, dict) or not isinstance(payload, dict):
            return False
        named = {name: example[name] for name in _KIND_WORDS if isinstance(example.get(name), str)}
        return any("{{" not in text and payload.get(name) != text for name, text in named.items())

    def own_word(self, kind: str, payload: Any) -> str:
        """What the sender itself calls the kind, where this kind's example says it too; or empty."""
        event = self.surface.events.get(kind)
        if event is None or not isinstance(event.payload, dict) or not isinstance(payload, dict):
            return ""
        alike = [name for name in _NAMES if payload.get(name) == event.payload.get(name)]
        return next((payload[name] for name in alike if isinstance(payload.get(name), str)), "")

    def read(self, request: IncomingRequest) -> Any:
        """The payload as this surface's senders write it; None where it is not written so."""
        if self.surface.writing.is_json:
            return request.json
        try:
            return self.surface.writing.read(request.body) or None
        except (ValueError, RecursionError):
            return None

    def fits(self, payload: Any) -> bool:
        try:
            return bool(self.validator.is_valid(payload))
        except ValueError:  # lone surrogates are no JSON to a strict reader
            return False

    def misfit(self, payload: Any) -> Any:
        """The first error of a payload; None if it fits. Raises ValueError for what a strict reader cannot read."""
        return next(iter(self.validator.iter_errors(payload)), None)

    def nearest(self, kind: str, payload: Any, error: Any) -> tuple[str, Any]:
        """The kind by whose own schema a payload is explained, and its error; no kind where there is none."""
        event = self.surface.events.get(kind)
        if event is None or not event.webhook:
            return "", error
        if kind not in self._of_kind:
            schema = self.surface.schema(kind)
            self._of_kind[kind] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        own = next(iter(self._of_kind[kind].iter_errors(payload)), None)
        return (kind, own) if own is not None else ("", error)

    def _carries(self, scheme: Scheme, request: IncomingRequest, payload: Any) -> bool:
        """Whether something stands where this scheme's signature does."""
        if scheme.place:
            return bool(placed.signature_in(payload, scheme))
        return scheme.header.lower() in request.first

    def points(self, request: IncomingRequest, payload: Any) -> int:
        """How much speaks for this surface."""
        found = 0
        if self.schemes:
            found += 3 if any(self._carries(scheme, request, payload) for scheme in self.schemes) else -2
        templates = {*self.surface.fields.headers, *(name for scheme in self.schemes for name, _ in scheme.headers)}
        there = sum(name.lower() in request.first for name in templates)
        found += min(3, there) if there == len(templates) else -3 if not there else 0
        if self.surface.path and request.path.endswith(self.surface.path):
            found += 3
        if payload is None:
            return found - 1
        if len(request.body) <= _LARGE:
            found += 2 if self.fits(payload) else -2
        found += bool(identify(payload, self.surface.identities, request.headers))
        return found + 2 * bool(self.kind_of(request, payload))


@dataclass(frozen=True)
class Recognised:
    """What a delivery seems to be. `known`: whose; None if nobody's. `payload`: what its body says.

    `kind` is the sender's own word where it has one, `documented` the name of the example that it is like.
    `also`: other surfaces for which as much speaks.
    """

    known: KnownSurface | None = None
    kind: str = ""
    documented: str = ""
    ids: tuple[str, ...] = ()
    payload: Any = None
    also: tuple[str, ...] = ()


class Recogniser:
    """Knows a run's surfaces; those of one provider where the user said whose deliveries come."""

    def __init__(self, surfaces: Sequence[Surface], *, given: bool) -> None:
        self.known = [KnownSurface(surface) for surface in surfaces]
        self.given = given
        self._telling = frozenset(at for known in self.known for words in known.texts.values() for at in words)
        self._seen: dict[int, tuple[KnownSurface | None, str, tuple[str, ...]]] = {}

    def recognise(self, request: IncomingRequest) -> Recognised:
        """What a delivery seems to be; if nobody's documents fit, by words that most senders use."""
        known, kind, also = self._alike(request)
        if known is None:
            return Recognised(None, guessed_kind(request), ids=guessed_ids(request), payload=request.json)
        payload = known.read(request)
        found = identify(payload, known.surface.identities, request.headers) if payload is not None else []
        ids = tuple(dict.fromkeys(one.id for one in found)) or guessed_ids(request)
        called = known.own_word(kind, payload) or kind or guessed_kind(request)
        return Recognised(known, called, kind, ids, payload, also)

    def _alike(self, request: IncomingRequest) -> tuple[KnownSurface | None, str, tuple[str, ...]]:
        """Whose and of which kind; what looks like one that was here before is what that was."""
        said = _leaves(request.json)
        told = tuple((at, said[at]) for at in said if at in self._telling)
        kinds = tuple(value for name, value in request.first.items() if _KIND_HEADER.search(name))
        look = hash((request.method, request.path, frozenset(request.first), kinds, told, _shape(request.json)))
        if request.json is None and request.body:
            return self._compared(request)
        if look not in self._seen:
            if len(self._seen) >= _SEEN:
                self._seen.clear()
            self._seen[look] = self._compared(request)
        return self._seen[look]

    def _compared(self, request: IncomingRequest) -> tuple[KnownSurface | None, str, tuple[str, ...]]:
        """Whose and of which kind, by all there is to compare it with."""
        rows = []
        for known in self.known:
            payload = known.read(request)
            rows.append((known.points(request, payload), known, payload))
        rows.sort(key=lambda row: -row[0])
        if not rows or (rows[0][0] < NAMED_FROM and not self.given):
            return None, "", ()
        points, known, payload = rows[0]
        also = (one.surface.subject for score, one, _ in rows[1:] if score == points)
        return (
            known,
            known.kind_of(request, payload),
            tuple(one for one in dict.fromkeys(also) if one != known.surface.subject),
        )


def guessed_kind(request: IncomingRequest) -> str:
    """The kind that a delivery of an unknown sender names, by the words that most senders use; or empty."""
    for name, value in request.first.items():
        if _KIND_HEADER.search(name) and value:
            return value[:200]
    body = request.json
    if isinstance(body, dict):
        named = {name: body[name] for name in _KIND_WORDS if isinstance(body.get(name), str)}
        entity, action = body.get("entity"), named.get("action")
        if isinstance(entity, str) and action:
            return f"{entity}.{action}"[:200]
        return next((value[:200] for value in named.values()), "")
    return ""


def guessed_ids(request: IncomingRequest) -> tuple[str, ...]:
    """The id that a delivery of an unknown sender carries, by the words that most senders use."""
    for name, value in request.first.items():
        if _is_id(name, request) and value:
            return (value[:200],)
    body = request.json
    for place in (body, body.get("data") if isinstance(body, dict) else None):
        if isinstance(place, dict):
            for name in _ID_WORDS:
                if isinstance(place.get(name), (str, int)) and not isinstance(place[name], bool):
                    return (str(place[name])[:200],)
    return ()


def _is_id(name: str, request: IncomingRequest) -> bool:
    """Whether a header names the delivery: by its words, or as `acme-id` does beside `acme-signature`."""
    return bool(_ID_HEADER.search(name)) or f"{name.removesuffix('-id')}-signature" in request.first


def series_key(request: IncomingRequest) -> str:
    """What the attempts of one delivery have in common and two deliveries do not; empty if nothing tells."""
    if not request.body:
        return ""
    named = "".join(f"{name}={value}\n" for name, value in request.first.items() if _is_id(name, request))
    said = f"{request.method} {request.path}\n{named}".encode("latin-1", "replace") + request.body
    return hashlib.blake2b(said, digest_size=12).hexdigest()


def _shape(payload: Any) -> frozenset[str]:
    """The places in a payload that have values, items of lists not told apart."""
    try:
        return frozenset(_ITEM.sub("/*", at) for at, _ in islice(leaves(payload), _LOOKED_AT))
    except RecursionError:
        return frozenset()


def _leaves(payload: Any) -> dict[str, str]:
    """The texts in a payload by their pointers; nothing of what is nested deeper than any event is."""
    try:
        return {at: value for at, value in islice(leaves(payload), _LOOKED_AT) if isinstance(value, str)}
    except RecursionError:
        return {}

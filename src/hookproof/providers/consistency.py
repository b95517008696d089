"""Whether what the files of a provider say fits together: every name that one uses is there in another.

Each function yields troubles: file and key, what is wrong there, and what to write. The first one is the complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from hookproof.delivery.model import Headers
from hookproof.delivery.pointers import expand, get, identify, leaves
from hookproof.providers import signatures
from hookproof.providers.fields.challenge_tables import ChallengeFields
from hookproof.providers.fields.platform_tables import CallFields
from hookproof.providers.files import SpecError
from hookproof.providers.files.schemas import key, shown
from hookproof.providers.placeholders import TAKEN, holds, names, placeholder, unknown, unknown_in_event
from hookproof.providers.provider import Provider, Surface
from hookproof.providers.signatures import SchemeFields, listed
from hookproof.providers.tables import Event, SurfaceFields

Trouble = tuple[str, str]
_FILLED = {"register": ("url", "name", "events"), "simulate": ("kind", "url"), "inspect": ("on",)}
"""What is filled in, in the body of each call of [platform]; in that of any other call nothing is."""


def check(provider: Provider) -> None:
    """Raises SpecError with the first trouble there is: one line with file, key and remedy."""
    for troubles in _ALL:
        for line in _lines(provider, troubles):
            raise SpecError(line)


def complaints(provider: Provider) -> list[str]:
    """Every trouble of the first kind there is, one line each: what rests on a wrong name is not looked at."""
    return next(filter(None, (list(_lines(provider, troubles)) for troubles in _ALL)), [])


def _lines(provider: Provider, troubles: Callable[[Provider], Iterator[Trouble]]) -> Iterator[str]:
    return (f"{provider.name}/{where}: {text}" for where, text in troubles(provider))


def _at(*path: str | int) -> str:
    """A key of provider.toml."""
    return f"provider.toml: {key(list(path))}"


def _no(what: str, name: str, known: Collection[str]) -> str:
    """What to say of a name that nothing has."""
    return f"no {what} is called {name!r}; there are: {names(known)}"


def _samples(provider: Provider) -> list[dict[str, str]]:
    """Values of the parameters: what they are without --set, and then each other choice of each of them."""
    plain = {name: parameter.default for name, parameter in provider.known.items()}
    more = [
        {**plain, name: choice}
        for name, parameter in provider.known.items()
        for choice in parameter.choices
        if choice != plain[name] and name != "surfaces"
    ]
    return [plain, *more]


def _parameters(provider: Provider) -> Iterator[Trouble]:
    for name, parameter in provider.fields.parameters.items():
        where, choices = _at("parameters", name), names(parameter.choices)
        if name in TAKEN or (name == "surfaces" and provider.has_paths):
            yield where, "the word has a meaning of its own; call the parameter something else"
        if parameter.choices and parameter.default not in parameter.choices:
            yield f"{where}.default", f"{shown(parameter.default)} is none of `choices`; write one of: {choices}"
        if parameter.choices and parameter.example and parameter.example not in parameter.choices:
            yield f"{where}.example", f"{shown(parameter.example)} is none of `choices`; write one of: {choices}"


def _statuses(provider: Provider) -> Iterator[Trouble]:
    if both := sorted(provider.acknowledges & set(provider.fields.rejects)):
        yield _at("rejects"), f"{both[0]} stands in `acknowledges` too; take it out of one of them"
    for name, fields in provider.fields.surfaces.items():
        surface = Surface(provider, name, fields, {})
        if both := sorted(surface.acknowledges & surface.rejects):
            yield _at("surfaces", name, "rejects"), f"{both[0]} acknowledges there too; take it out of one of them"
        if fields.inside and fields.content_type != "application/x-www-form-urlencoded":
            yield _at("surfaces", name, "inside"), "only a form has members; write its `content_type`, or leave it out"
    if {"sender", "api"} & set(provider.fields.roles) and provider.fields.platform is None:
        yield _at("roles"), "sender and api need the table [platform]; write it, or leave them out"


def _conditions(provider: Provider) -> Iterator[Trouble]:
    """Every `when` names a parameter, and a value that can be chosen for it."""
    for where, condition in _whens(provider):
        name, _, value = condition.partition("=")
        name = name.removesuffix("!")
        parameter = provider.known.get(name)
        if parameter is None:
            yield f"{where}.when", _no("parameter", name, provider.known)
        elif parameter.choices and value not in parameter.choices:
            yield f"{where}.when", f"{value!r} cannot be chosen; write one of: {names(parameter.choices)}"


def _whens(provider: Provider) -> Iterator[tuple[str, str]]:
    """Every condition of a provider's files, and where it stands."""
    found: list[tuple[str, str | None]] = [(where, scheme.when) for where, scheme in _schemes(provider)]
    for name, fields in provider.fields.surfaces.items():
        found.append((_at("surfaces", name), fields.when))
        found += [(_at("surfaces", name, "challenge", at), one.when) for at, one in enumerate(fields.challenge)]
    found += [(f"requirements.toml: {id_}", row.when) for id_, row in provider.requirements.items()]
    return ((where, when) for where, when in found if when)


def _schemes(provider: Provider) -> list[tuple[str, SchemeFields]]:
    """Every table that says how deliveries are signed, and where it stands."""
    tables = [(["signature"], provider.fields.signature)]
    tables += [(["surfaces", name, "signature"], one.signature) for name, one in provider.fields.surfaces.items()]
    return [
        (_at(*path, *([at] if isinstance(table, list) else [])), scheme)
        for path, table in tables
        for at, scheme in enumerate(listed(table))
    ]


def _surfaces(provider: Provider) -> Iterator[Trouble]:
    for name, fields in provider.fields.surfaces.items():
        where = _at("surfaces", name)
        if stranger := unknown(fields.path, (), _samples(provider)[0]):
            yield f"{where}.path", placeholder(stranger, (), provider.known)
        for need in fields.needs:
            if need not in provider.known:
                yield f"{where}.needs", _no("parameter", need, provider.known)
            if f"{{{need}}}" not in fields.path:
                yield f"{where}.needs", f"{need!r} is not in `path`; write {{{need}}} there, or leave it out"
        if fields.escaped and fields.content_type != "application/json":
            yield f"{where}.escaped", f"only JSON can be escaped, not {fields.content_type}; leave it out"
        for at, identity in enumerate(fields.identity):
            if trouble := _pattern(identity.pattern):
                yield f"{where}.identity[{at}].pattern", trouble
        if f"{provider.name}/{name}" in fields.foreign:
            yield f"{where}.foreign", f"{provider.name}/{name} is this surface itself; leave it out"


def _pattern(pattern: str) -> str:
    """What is wrong with the pattern of an identity; empty if nothing is."""
    if not pattern:
        return ""
    try:
        groups = re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError) as error:
        return f"no regular expression of Python: {error}; write another"
    return "" if groups else "has no group; put round brackets around what identifies"


def _signatures(provider: Provider) -> Iterator[Trouble]:
    for where, scheme in _schemes(provider):
        for given in _samples(provider):
            if holds(scheme.when, given):
                yield from ((f"{where}.{member}", text) for member, text in signatures.troubles(scheme, given))


def _headers(provider: Provider) -> Iterator[Trouble]:
    """Headers of surfaces and of kinds hold only what is filled in, and none that the transport or a signature sets."""
    for name, fields in provider.fields.surfaces.items():
        taken = {"content-type", "content-length", "host", "user-agent", "connection", "transfer-encoding"}
        for scheme in listed(fields.signature) or listed(provider.fields.signature):
            taken |= {scheme.header, *scheme.headers}
        tables = [(_at("surfaces", name, "headers"), fields.headers)]
        tables += [(f"events: {kind}: headers", event.headers) for kind, event in provider.events[name].items()]
        for where, table in tables:
            for header, template in table.items():
                if header in taken:
                    yield f"{where}.{header}", "is set already; leave it out"
                single = re.sub(r"\{\{[^{}]*\}\}", "", template)
                if stranger := unknown(single, ("id", "kind"), _samples(provider)[0]):
                    yield f"{where}.{header}", placeholder(stranger, ("id", "kind"), provider.known)
                if stranger := unknown_in_event(template, provider.known, has_media=False):
                    yield f"{where}.{header}", f"{stranger} is unknown; specs/README.md lists what is filled in"


def _challenges(provider: Provider) -> Iterator[Trouble]:
    known = _samples(provider)[0]
    for name, fields in provider.fields.surfaces.items():
        for at, challenge in enumerate(fields.challenge):
            for path, text in (*_asked(challenge, known), *_answered(challenge, known)):
                yield _at("surfaces", name, "challenge", at, *path), text


def _asked(challenge: ChallengeFields, known: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the request that challenges."""
    sent, other = ("body", "query") if challenge.has_body else ("query", "body")
    members = challenge.members
    if getattr(challenge, other):
        yield (other,), f"a {challenge.method} sends none; write `{sent}`, or another `method`"
    for table, texts in ((sent, members), ("headers", challenge.headers)):
        for name, value in texts.items():
            if stranger := unknown(name, (), known):
                yield (table, name), placeholder(stranger, (), known)
            if stranger := unknown(value, ("challenge",), known):
                yield (table, name), placeholder(stranger, ("challenge",), known)
    proves = any("{" in text for text in (*challenge.answers, *map(str, challenge.expects.values())))
    if not challenge.asks and (proves or challenge.method == "GET"):
        yield (sent,), "must have a member that is {challenge}, the random text"
    for word in ("token", "mode"):
        if (member := getattr(challenge, word)) and member not in members:
            yield (word,), f"`{sent}` has no member {member!r}; there are: {names(members)}"


def _answered(challenge: ChallengeFields, known: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the answer that is expected."""
    words = ("challenge", "hmac_hex", "hmac_base64")
    told: list[tuple[tuple[str, ...], str]] = [(("answer",), text) for text in challenge.answers]
    told += [(("expects", place), text) for place, text in challenge.expects.items() if isinstance(text, str)]
    told += [(("answer_headers", name), text) for name, text in challenge.answer_headers.items()]
    for where, text in told:
        if stranger := unknown(text, words, known if where[0] == "answer_headers" else {}):
            yield where, placeholder(stranger, words)
    if challenge.asks and not any("{" in text for _, text in told):
        yield ("answer",), "must hold {challenge}, {hmac_hex} or {hmac_base64}: what is always right proves nothing"
    if challenge.pointer and not challenge.answers:
        yield ("pointer",), "nothing is to stand there; write `answer`, or leave it out"
    if stranger := unknown(challenge.pointer or "", (), known):
        yield ("pointer",), placeholder(stranger, (), known)


def _events(provider: Provider) -> Iterator[Trouble]:
    for name, fields in provider.fields.surfaces.items():
        events = provider.events[name]
        documented = [kind for kind, event in events.items() if event.use == "kind"]
        if not events:
            yield f"events/{name}/<kind>.json", "is missing; write an example of each kind of event there"
        if fields.plain not in events and fields.plain != "text":
            yield f"{_at('surfaces', name)}.plain", _no("event", fields.plain, documented)
        if Surface(provider, name, fields, {}).plain not in documented:
            yield f"{_at('surfaces', name)}.plain", f"must be a documented kind; there are: {names(documented)}"


def event_troubles(event: Event, parameters: Collection[str]) -> Iterator[Trouble]:
    """What is wrong with one event: member, and what to write; `parameters`: those of the provider."""
    if stranger := unknown_in_event(event.payload, parameters, has_media=bool(event.media)):
        remedy = "give the event `media`" if stranger.startswith("{{media.") else "specs/README.md has those there are"
        yield "payload", f"{stranger} is unknown; {remedy}, and parameters are: {names(parameters)}"
    for pointer in event.damaged:
        if not _is_there(event.payload, pointer):
            yield "damaged", f"{pointer} is nowhere in the payload; write the pointer to an item"
    if event.damaged and event.use not in ("tainted", "damaged"):
        yield "damaged", f"an event of use {event.use!r} has no such items; write another `use`, or leave it out"


def _is_there(payload: Any, pointer: str) -> bool:
    try:
        get(payload, pointer)
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    return True


def _places(provider: Provider) -> Iterator[Trouble]:
    """The places and kinds that a surface names are in its events."""
    for name, fields in provider.fields.surfaces.items():
        surface, where = Surface(provider, name, fields, {}), _at("surfaces", name)
        plain = surface.events[surface.plain].payload
        for scheme in surface.scheme_fields:
            for member, pointer in _signed_places(scheme):
                if not list(expand(plain, pointer)):
                    text = f"{pointer} is nowhere in the event {surface.plain!r}; name a place in it"
                    yield f"{where}.signature.{member}", text
        for member, pointer in _pointers(fields):
            if not list(expand(plain, pointer)):
                yield f"{where}.{member}", f"{pointer} is nowhere in the event {surface.plain!r}; name a place in it"
        if not identify(plain, surface.identities, _any_header(surface)):
            some = names([pointer for pointer, _ in leaves(plain)][:8])
            yield f"{where}.identity", f"nothing identifies the event {surface.plain!r}; it has: {some}"
        for at, chain in enumerate(fields.states):
            kinds = surface.kinds("kind")
            if strangers := [kind for kind in chain.kinds if kind not in kinds]:
                yield f"{where}.states[{at}].kinds", _no("kind of event", strangers[0], kinds)


def _any_header(surface: Surface) -> Headers:
    """Every header that a delivery has, with a value that stands for any."""
    signed = [name for scheme in surface.scheme_fields for name in scheme.headers]
    names = [*surface.fields.headers, *surface.events[surface.plain].headers, *signed]
    return tuple((name.encode(), b"any") for name in names)


def _signed_places(scheme: SchemeFields) -> Iterator[tuple[str, str]]:
    """The places in a body that a signature names, those that need not be there apart."""
    if scheme.place:
        yield "place", scheme.items + scheme.place
    if scheme.timestamp.startswith("/"):
        yield "timestamp", scheme.timestamp


def _pointers(fields: SurfaceFields) -> Iterator[tuple[str, str]]:
    yield from (("long_text", pointer) for pointer in fields.long_text)
    yield from (("long_lists", pointer) for pointer in fields.long_lists)
    yield from (("unknown", pointer.rpartition("/")[0]) for pointer in fields.unknown)


def _platform(provider: Provider) -> Iterator[Trouble]:
    platform = provider.fields.platform
    if platform is None:
        return
    kinds = sorted({kind for events in provider.events.values() for kind in events})
    for name in platform.surfaces:
        if name not in provider.fields.surfaces:
            yield _at("platform", "surfaces"), _no("surface", name, provider.fields.surfaces)
    for setting, lets in platform.switches.items():
        if setting not in platform.settings:
            yield _at("platform", "switches", setting), _no("setting", setting, platform.settings)
        if strangers := [kind for kind in lets if kind not in kinds]:
            yield _at("platform", "switches", setting), _no("kind of event", strangers[0], kinds)
    for mode, settings in platform.modes.items():
        if strangers := [setting for setting in settings if setting not in platform.settings]:
            yield _at("platform", "modes", mode), _no("setting", strangers[0], platform.settings)
    if platform.settings and platform.register is None:
        yield _at("platform", "settings"), "are set by the call `register`, which is missing; write [platform.register]"
    for name in platform.__struct_fields__:
        if isinstance(call := getattr(platform, name), CallFields):
            yield from _call(name, call, provider)


def _call(name: str, call: CallFields, provider: Provider) -> Iterator[Trouble]:
    if call.operation not in provider.operations:
        yield (
            _at("platform", name, "operation"),
            _no("operationId of openapi.yaml", call.operation, provider.operations),
        )
    words = [f"{{{word}}}" for word in _FILLED.get(name, ())]
    for pointer, value in leaves(call.body):
        if isinstance(value, str) and re.search(r"[{}]", value) and value not in words:
            text = f"{shown(value)} is unknown; what is filled in stands alone, and there are: {names(words)}"
            yield _at("platform", name, "body", *pointer.split("/")[1:]), text


def _rows(provider: Provider) -> Iterator[Trouble]:
    payloads = [event.payload for events in provider.events.values() for event in events.values()]
    for id_, row in provider.requirements.items():
        if id_.startswith("BASE-"):
            yield f"requirements.toml: {id_}", "BASE- is for specs/baseline; begin the id with another word"
        if strangers := [name for name in row.surfaces if name not in provider.fields.surfaces]:
            yield f"requirements.toml: {id_}.surfaces", _no("surface", strangers[0], provider.fields.surfaces)
        for check in row.checks:
            pointer = check.partition("[")[2].removesuffix("]")
            if pointer.startswith("/") and not any(list(expand(payload, pointer)) for payload in payloads):
                yield (
                    f"requirements.toml: {id_}.checks",
                    f"no event has anything at {pointer}; name a member that one has",
                )


_ALL = (
    _parameters,
    _statuses,
    _conditions,
    _surfaces,
    _signatures,
    _headers,
    _challenges,
    _events,
    _places,
    _platform,
    _rows,
)

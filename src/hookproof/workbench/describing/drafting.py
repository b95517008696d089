"""A provider's folder drafted from deliveries that were captured: nothing in it that was not seen. Pure."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hookproof.delivery.pointers import leaves
from hookproof.delivery.secret import Secret
from hookproof.providers.tables import EventFields
from hookproof.workbench.captures import Capture
from hookproof.workbench.describing import documents, signing
from hookproof.workbench.describing.signing import Found, Observed

_KIND_HEADER = re.compile(r"event|topic|type|action|kind", re.I)
_KIND_MEMBER = re.compile(r"^/(data/)?(type|event|event_?type|topic|kind|event_?name|action|name)$", re.I)
_ID_MEMBER = re.compile(r"(^|[/_-])(uuid|guid|(event|message|delivery|notification|webhook)?[_-]?id)$", re.I)
_ID_HEADER = re.compile(r"(id|delivery|uuid|guid)$", re.I)
_TRACING = re.compile(r"request|trace|correlation|span|session", re.I)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_MOST_KINDS = 60


@dataclass
class Draft:
    """What was found: the text of provider.toml, the events by name, and lines for people."""

    toml: str = ""
    events: dict[str, Any] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    openapi: dict[str, Any] = field(default_factory=dict)


class NothingToDraft(Exception):
    """There is no delivery in what was given. Its text is one line."""


def draft(name: str, captures: Sequence[Capture], secret: Secret | None) -> Draft:
    """A folder for the deliveries among these requests. Raises NothingToDraft where there is none."""
    made = Draft()
    attempts = _deliveries(captures, made)
    found = _signature(attempts, secret, made)
    identity, ids = _identity(attempts, found, made)
    if not identity:
        raise NothingToDraft(
            "nothing in these deliveries looks like an id of its own; capture several different ones, or write "
            f"{name}/provider.toml by hand"
        )
    kinds = _kinds(attempts, made)
    _seen(attempts, ids, made)
    headers, differing = _headers(attempts, kinds, identity, found)
    made.toml = _toml(name, found, identity, headers, next(iter(kinds)), form=_is_form(attempts[0]))
    for kind, group in kinds.items():
        made.events[kind] = _event(max(group, key=lambda one: len(one.capture.body)), differing)
    return made


def of_document(name: str, document: dict[str, Any]) -> Draft:
    """A folder for the events that an OpenAPI or AsyncAPI document describes. Raises NothingToDraft."""
    kinds = documents.kinds(document)
    if not kinds:
        raise NothingToDraft("describes no event: no webhooks, no callbacks, no messages whose payload is JSON")
    bodies = {each.name: documents.sample(each.schema) for each in kinds}
    places = {kind: documents.id_place(body) for kind, body in bodies.items()}
    if not (place := next(filter(None, places.values()), "")):
        raise NothingToDraft("no member of these events is called like an id; write provider.toml by hand")
    made = Draft(openapi=documents.openapi_of(name.capitalize(), kinds))
    made.found.append(f"kinds: {len(kinds)} of them: {', '.join(sorted(bodies))}")
    made.found.append(f"id: {place}, because of its name; that it differs between events is assumed")
    without = [kind for kind, found in places.items() if not found]
    if without:
        made.open.append(f"id: none in {', '.join(without)}; their effects cannot be counted")
    told = sorted({found for found in places.values() if found and found != place})
    if told:
        made.open.append(
            f"id: other kinds have theirs at {', '.join(told)}; [[surfaces.events.identity]] has one for each"
        )
    made.open.append("signature: a document of this sort does not say how deliveries are signed; write [signature]")
    made.open.append("deadline_s, retries: nothing that is read here says them")
    lines = [f"# Drafted from an API description. `hookproof check {name}` says what is open.", "",
             f"title = {_text(name.capitalize())}", "", "[surfaces.events]", f"plain = {_text(kinds[0].name)}",
             'webhook = "event"']  # fmt: skip
    for each in [place, *told]:
        lines += ["", "[[surfaces.events.identity]]", f"id = [{_text(each)}]"]
    made.toml = "\n".join(lines) + "\n"
    for kind in kinds:
        made.events[kind.name] = {"webhook": documents.key_of(kind.name), "payload": bodies[kind.name]}
    return made


def _deliveries(captures: Sequence[Capture], made: Draft) -> list[Observed]:
    """The requests that are deliveries whose bodies can be read: POST or PUT, JSON or a form, all of one sort."""
    posted = [one for one in captures if one.method in ("POST", "PUT") and one.body]
    read = [_read(one) for one in posted]
    kept = [one for one in read if one.payload is not None]
    if not kept:
        raise NothingToDraft("none of these requests has a body of JSON or of a form")
    form = _is_form(kept[0])
    same = [one for one in kept if _is_form(one) is form]
    for count, what in (
        (len(captures) - len(posted), "no delivery (no body, or neither POST nor PUT)"),
        (len(posted) - len(kept), "neither JSON nor a form"),
        (len(kept) - len(same), "of another media type than the first"),
    ):
        if count:
            made.open.append(f"{count} of the requests {'is' if count == 1 else 'are'} {what}, and left out")
    return same


def _read(capture: Capture) -> Observed:
    one = signing.observed(capture, None)
    if "form-urlencoded" in one.headers.get("content-type", ""):
        return signing.observed(capture, dict(parse_qsl(capture.body.decode("utf-8", "replace"), True)) or None)
    payload = signing.payload_of(capture)
    return signing.observed(capture, payload if isinstance(payload, (dict, list)) and payload else None)


def _is_form(one: Observed) -> bool:
    return "form-urlencoded" in one.headers.get("content-type", "")


def _signature(attempts: Sequence[Observed], secret: Secret | None, made: Draft) -> Found | None:
    names = [name for name in signing.own_headers(attempts) if signing.LOOKS_SIGNED.search(name)]
    hidden = sorted({name for one in attempts for name in one.capture.hidden})
    if hidden and set(map(str.lower, hidden)) & {*names, "authorization"}:
        made.open.append(
            f"{', '.join(hidden)}: left out of the capture; listen with --keep-signatures to have it tried"
        )
        return None
    if not secret:
        if names:
            made.open.append(f"{', '.join(names)}: looks like a signature; set $HOOKPROOF_SECRET, and it is tried")
        return None
    found = signing.search(attempts, secret)
    if not found:
        what = ", ".join(names) or "no header looks like one"
        made.open.append(
            f"signature: no usual scheme with this secret gives what was sent ({what}); see specs/README.md"
        )
        return None
    scheme = found.scheme
    where = scheme.header or scheme.place
    how = f"{scheme.algorithm} of {scheme.signs}" if scheme.signs else scheme.algorithm
    made.found.append(f"signature: {json.dumps(how)[1:-1]}, in {where}; it verifies {found.verified} of {found.asked}")
    if scheme.timestamped:
        made.open.append("tolerance_s: how old a signed time may be does not show in deliveries")
    return found


def _identity(attempts: Sequence[Observed], found: Found | None, made: Draft) -> tuple[str, list[str]]:
    """The place of the id, and the id of each attempt: equal where the body is, and else different."""
    signed = [name for name, template in (found.scheme.headers if found else ()) if template == "{id}"]
    places: list[tuple[int, str, list[str]]] = []
    for name in signing.own_headers(attempts):
        values = [one.headers[name] for one in attempts]
        if name in signed or (_ID_HEADER.search(name) and not _TRACING.search(name)):
            places.append((0 if name in signed else 2, f"header:{name}", values))
    texts = [dict(leaves(one.payload)) for one in attempts]
    for place in texts[0]:
        if _ID_MEMBER.search(place) and all(place in each for each in texts):
            deep = place.count("/")
            places.append((1 if deep == 1 else 2 + deep, place, [str(each[place]) for each in texts]))
    fitting = [(rank, place, ids) for rank, place, ids in places if _identifies(ids, attempts)]
    if not fitting:
        return "", []
    _, place, ids = min(fitting, key=lambda each: (-_stays(each[2], attempts), each[0]))
    more = f", and the same in {len(ids) - len(set(ids))} later attempts" if len(set(ids)) < len(ids) else ""
    made.found.append(f"id: {place}, different in {len(set(ids))} events{more}")
    if len(set(ids)) == 1:
        made.open.append("id: all deliveries are of one event, so that it differs between events is assumed")
    return place, ids


def _identifies(ids: Sequence[str], attempts: Sequence[Observed]) -> bool:
    """Whether no two bodies share an id, so far as was seen: one body may be sent for two events."""
    if any(not id_ or len(id_) > 200 for id_ in ids):
        return False
    bodies = {one.capture.body for one in attempts}
    pairs = {(id_, one.capture.body) for id_, one in zip(ids, attempts, strict=True)}
    return len(set(ids)) * 2 > len(bodies) and len(pairs) == len(set(ids))


def _stays(ids: Sequence[str], attempts: Sequence[Observed]) -> int:
    """In how many bodies that came again the id did so too."""
    seen: dict[bytes, list[str]] = defaultdict(list)
    for id_, one in zip(ids, attempts, strict=True):
        seen[one.capture.body].append(id_)
    return sum(len(set(found)) < len(found) for found in seen.values())


def _kinds(attempts: Sequence[Observed], made: Draft) -> dict[str, list[Observed]]:
    """The attempts by their kind: by a header that names it, or a member of the body."""
    texts = [dict(leaves(one.payload)) for one in attempts]
    places = [f"header:{name}" for name in signing.own_headers(attempts) if _KIND_HEADER.search(name)]
    places += [place for place in texts[0] if _KIND_MEMBER.match(place) and all(place in each for each in texts)]
    for place in places:
        values = [
            one.headers[place[7:]] if place.startswith("header:") else text[place]
            for one, text in zip(attempts, texts, strict=True)
        ]
        if not all(isinstance(one, str) and re.fullmatch(r"[\w.:/ -]{1,60}", one) for one in values):
            continue
        if len(set(values)) > max(len(attempts) // 2, 8) or all(_UUID.fullmatch(one) for one in values):
            continue
        groups: dict[str, list[Observed]] = defaultdict(list)
        for value, one in zip(values, attempts, strict=True):
            groups[_slug(value)].append(one)
        made.found.append(f"kind: {place}; {len(groups)} of them: {', '.join(sorted(groups))}")
        return dict(list(groups.items())[:_MOST_KINDS])
    made.open.append("kind: nothing names the kind of an event; all are taken for one")
    return {"event": list(attempts)}


def _slug(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", value).strip("-.") or "event"


def _seen(attempts: Sequence[Observed], ids: Sequence[str], made: Draft) -> None:
    """What was seen of retries and of the answers that they follow."""
    series: dict[str, list[Capture]] = defaultdict(list)
    for id_, one in zip(ids, attempts, strict=True):
        series[id_].append(one.capture)
    longest = max(series.values(), key=len)
    if len(longest) > 1:
        times = sorted(one.at for one in longest)
        gaps = ", ".join(f"{later - sooner:.0f} s" for sooner, later in itertools.pairwise(times))
        made.found.append(f"retries: one event came {len(longest)} times, after {gaps}")
    else:
        made.open.append("retries: none was seen; answer 500 with `hookproof listen --answer 500` to see them")
    made.open.append("deadline_s: how long an answer may take does not show in deliveries")


def _headers(
    attempts: Sequence[Observed], kinds: dict[str, list[Observed]], identity: str, found: Found | None
) -> tuple[dict[str, str], set[str]]:
    """Headers that every delivery has, as templates; and those that differ from kind to kind."""
    signed = {found.scheme.header, *(name for name, _ in found.scheme.headers)} if found else set()
    headers: dict[str, str] = {}
    differing: set[str] = set()
    for name in signing.own_headers(attempts):
        values = {one.headers[name] for one in attempts}
        if name in signed or signing.LOOKS_SIGNED.search(name) or any("{" in value for value in values):
            continue
        if identity == f"header:{name}":
            headers[name] = "{{uuid}}" if all(_UUID.fullmatch(one) for one in values) else "{{hex}}"
        elif len(values) == 1:
            headers[name] = values.pop()
        elif all(one.headers[name] == kind for kind, group in kinds.items() for one in group):
            headers[name] = "{kind}"
        elif all(len({one.headers[name] for one in group}) == 1 for group in kinds.values()):
            differing.add(name)
    return headers, differing


def _event(one: Observed, differing: set[str]) -> Any:
    """The event as it came; as a table where it has headers of its own, or members that a table has."""
    known = {each.encode_name for each in msgspec.structs.fields(EventFields)}
    headers = {name: one.headers[name] for name in sorted(differing)}
    if not headers and isinstance(one.payload, dict) and not known & set(one.payload):
        return one.payload
    return {**({"headers": headers} if headers else {}), "payload": one.payload}


def _toml(name: str, found: Found | None, identity: str, headers: dict[str, str], plain: str, *, form: bool) -> str:
    lines = [f"# Drafted from deliveries that were captured. `hookproof check {name}` says what is open.", "",
             f"title = {_text(name.capitalize())}", ""]  # fmt: skip
    if found:
        scheme = found.scheme
        lines += [f"# It verifies {found.verified} of the {found.asked} deliveries.", "[signature]"]
        lines.append(f"algorithm = {_text(scheme.algorithm)}")
        if scheme.signs and scheme.signs != "{body}":
            lines.append(f"signs     = {_text(scheme.signs)}")
        for key in ("header", "place", "items", "value"):
            if told := getattr(scheme, key):
                lines.append(f"{key:<9} = {_text(told)}")
        if scheme.timestamped and scheme.timestamp != "unix":
            lines.append(f"timestamp = {_text(scheme.timestamp)}")
        if scheme.key != "utf-8":
            lines.append(f"key       = {_text(scheme.key)}")
        if scheme.key_prefix:
            lines.append(f"key_prefix = {_text(scheme.key_prefix)}")
        if scheme.headers:
            pairs = ", ".join(f"{_text(one)} = {_text(template)}" for one, template in scheme.headers)
            lines.append(f"headers   = {{ {pairs} }}")
        lines.append("")
    lines += ["[surfaces.events]", f"plain = {_text(plain)}"]
    if form:
        lines.append(f"content_type = {_text('application/x-www-form-urlencoded')}")
    lines += ["", "[[surfaces.events.identity]]", f"id = [{_text(identity)}]"]
    if headers:
        lines += [
            "",
            "[surfaces.events.headers]",
            *(f"{_text(one)} = {_text(value)}" for one, value in headers.items()),
        ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)

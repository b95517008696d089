"""How deliveries are signed, found from what was captured and the secret: every usual scheme is tried. Pure.

A scheme that is found is one of those that a provider.toml says; nothing else is ever suggested.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hookproof.delivery import placed
from hookproof.delivery.pointers import leaves
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.workbench.captures import Capture

_HASHES = {20: "sha1", 32: "sha256", 64: "sha512"}
"""Hashes by the size of their digests in bytes."""
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})(?![0-9A-Za-z])")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{27,86}={0,2}")
_UNIX = re.compile(r"(?<!\d)1\d{9}(?:\d{3})?(?!\d)")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
LOOKS_SIGNED = re.compile(r"sig|hmac|hash|digest|mac$", re.I)
_PREFIX = re.compile(r"^[A-Za-z0-9]{1,12}_")
_GAPS = ("", ".", ":", "|", "\n", "-", "_", ",", ";", "+", " ")
_ORDINARY = re.compile(
    r"^(host|content-.*|accept.*|user-agent|connection|transfer-encoding|traceparent|tracestate|x-forwarded-.*|forwarded|"
    r"x-real-ip|via|cf-.*|x-amzn-.*|date)$"
)
"""Headers of HTTP and of proxies, which say nothing of an event."""
_MOST = 6
"""So many headers are taken for an id or a time at most."""


@dataclass(frozen=True)
class Observed:
    """A captured attempt with its headers' names in lower case, the first of each."""

    capture: Capture
    headers: dict[str, str] = field(default_factory=dict)
    payload: Any = None

    @property
    def url(self) -> str:
        """Where it went, whole: as the sender knows it, if nothing stands between."""
        url = self.capture.url
        return url if "://" in url else f"http://{self.headers.get('host', 'localhost')}{url}"


@dataclass(frozen=True)
class Found:
    """A scheme, how many of the attempts it verifies, and of how many that could be asked."""

    scheme: Scheme
    verified: int
    asked: int


def observed(capture: Capture, payload: Any) -> Observed:
    headers: dict[str, str] = {}
    for name, value in capture.headers:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return Observed(capture, headers, payload)


def own_headers(attempts: Sequence[Observed]) -> list[str]:
    """Names of headers that every attempt has and that are no ordinary ones of HTTP."""
    common = set.intersection(*(set(one.headers) for one in attempts)) if attempts else set()
    return [name for name in attempts[0].headers if name in common and not _ORDINARY.match(name)] if attempts else []


def search(attempts: Sequence[Observed], secret: Secret) -> Found | None:
    """The scheme that verifies the most attempts; None if none verifies the first of any header."""
    best: Found | None = None
    for scheme in _schemes(attempts, secret):
        if not _verifies(scheme, secret, attempts[0]):
            continue
        verified = sum(_verifies(scheme, secret, one) for one in attempts)
        if best is None or verified > best.verified:
            best = Found(scheme, verified, len(attempts))
        if verified == len(attempts):
            break
    return best


def _verifies(scheme: Scheme, secret: Secret, one: Observed) -> bool:
    body, capture = one.capture.body, one.capture
    try:
        signer = KeyedSigner(scheme, secret).to(one.url, capture.method).received(tuple(one.headers.items()), body)
        if scheme.place:
            items = placed.items(one.payload, scheme)
            told = [(item, _at(one.payload, item + scheme.place)) for item in items]
            return bool(told) and all(signer.matches(body, value, item) for item, value in told)
        return signer.matches(body, one.headers.get(scheme.header, ""))
    except (ValueError, KeyError, IndexError, TypeError):
        return False


def _at(payload: Any, pointer: str) -> str:
    return str(dict(leaves(payload))[pointer])


def _schemes(attempts: Sequence[Observed], secret: Secret) -> Iterator[Scheme]:
    """Every scheme that may have made the first attempt, the simplest first."""
    first, names = attempts[0], own_headers(attempts)
    text = secret.reveal().decode("utf-8", "replace")
    yield from _credentials(first, names, text)
    names += ["authorization"] if "authorization" in first.headers and "authorization" not in names else []
    telling = sorted(names, key=lambda name: not LOOKS_SIGNED.search(name))
    for name in telling:
        for value, size in _values(first.headers[name]):
            yield from _over_headers(attempts, name, value, _HASHES[size], text)
    if isinstance(first.payload, (dict, list)):
        yield from _in_the_body(first.payload, text)


def _credentials(first: Observed, names: Sequence[str], secret: str) -> Iterator[Scheme]:
    """The secret itself, sent along."""
    basic = base64.b64encode(secret.encode()).decode()
    for name in [*names, "authorization"]:
        value = first.headers.get(name, "")
        for algorithm, sent in (("token", secret), ("bearer", secret), ("basic", basic)):
            if len(sent) > 3 and sent in value:
                template = value.replace(sent, "{secret}")
                if (algorithm == "token") is not template.lower().startswith(("bearer ", "basic ")):
                    yield Scheme(algorithm, "", name, template)


def _values(value: str) -> Iterator[tuple[str, int]]:
    """The templates of a header's value with a digest in it, and how long the digest is, in bytes."""
    found: list[tuple[int, int, str, int]] = []
    for match in _HEX.finditer(value):
        found.append((match.start(), match.end(), "{digest_hex}", len(match[0]) // 2))
    for match in () if found else _BASE64.finditer(value):
        try:
            size = len(base64.b64decode(match[0], validate=True))
        except ValueError:
            continue
        if size in _HASHES:
            found.append((match.start(), match.end(), "{digest_base64}", size))
    for start, end, hole, size in found:
        lead, rest = value[:start], value[end:]
        lead = _UNIX.sub("{timestamp}", _ISO.sub("{timestamp}", lead))
        if not rest and len(found) == 1:
            yield lead + hole, size
            continue
        listed = re.fullmatch(r"(.*?)([,; ]*)([^,; ]*)", lead, re.DOTALL)
        assert listed
        before, gap, label = listed.groups()
        # v1,DIGEST v1,DIGEST has the comma inside: the label is what stands between two spaces.
        if " " in value and "," in value:
            before, gap, label = "", "", lead.rpartition(" ")[2]
            yield f"[{label}{hole} ]", size
        elif gap:
            yield f"{before}[{gap}{label}{hole}]", size
        else:
            after = re.match(r"[,; ]*", rest)
            yield f"[{label}{hole}{(after[0] if after else '') or ','}]", size


def _keys(secret: str) -> Iterator[tuple[str, str]]:
    """How the secret's text may become the key, and what stands before it there."""
    prefixes = [""]
    if match := _PREFIX.match(secret):
        prefixes.append(match[0])
    for prefix, kind in itertools.product(prefixes, ("utf-8", "base64", "hex")):
        rest = secret.removeprefix(prefix)
        if kind == "hex" and not re.fullmatch("(?:[0-9a-fA-F]{2})+", rest):
            continue
        if kind == "base64" and not (len(rest) % 4 == 0 and re.fullmatch("[A-Za-z0-9+/]+={0,2}", rest)):
            continue
        yield kind, prefix


def _over_headers(attempts: Sequence[Observed], header: str, value: str, name: str, secret: str) -> Iterator[Scheme]:
    first = attempts[0]
    times = _times(attempts, header)
    ids = [None, *_ids(attempts, header)]
    label = re.match(r"\[?([A-Za-z0-9]+)[=,]", value)
    leads = ["", label[1]] if label and label[1] not in ("sha1", "sha256", "sha512") else [""]
    keys = list(_keys(secret))
    stamped = "{timestamp}" in value
    form = "form" in first.headers.get("content-type", "")
    for time, id_ in itertools.product([("", "unix"), *times] if not stamped else [("", _form(first, header))], ids):
        words = ["{timestamp}"] if stamped or time[0] else []
        words += ["{id}"] if id_ else []
        beside = {**({time[0]: "{timestamp}"} if time[0] else {}), **({id_: "{id}"} if id_ else {})}
        for signs in _texts(words, leads, form=form):
            for kind, prefix in keys:
                yield Scheme(
                    f"hmac-{name}", signs, header, value, tuple(beside.items()), time[1], key=kind, key_prefix=prefix
                )
            for order in ("{secret}" + signs, signs + "{secret}"):
                yield Scheme(name, order, header, value, tuple(beside.items()), time[1])


def _form(first: Observed, header: str) -> str:
    """How the time in a header's value is written."""
    text = first.headers[header]
    if _ISO.search(text):
        return "iso"
    match = _UNIX.search(text)
    return "unix.ms" if match and len(match[0]) > 10 else "unix"


def _times(attempts: Sequence[Observed], header: str) -> list[tuple[str, str]]:
    """Headers that hold a time and nothing else, and how it is written."""
    found = []
    for name in own_headers(attempts):
        values = [one.headers[name] for one in attempts]
        if name != header and all(_UNIX.fullmatch(value) for value in values):
            found.append((name, "unix.ms" if len(values[0]) > 10 else "unix"))
        elif name != header and all(_ISO.fullmatch(value) for value in values):
            found.append((name, "iso"))
    return found[:_MOST]


def _ids(attempts: Sequence[Observed], header: str) -> list[str]:
    """Headers that may hold the id of a delivery: short, and not a time."""
    times = {name for name, _ in _times(attempts, header)}
    names = [one for one in own_headers(attempts) if one != header and one not in times]
    return [name for name in names if 0 < len(attempts[0].headers[name]) <= 100][:_MOST]


def _texts(words: Sequence[str], leads: Sequence[str], *, form: bool) -> Iterator[str]:
    """Templates of what is signed in which all of these words are, and the body; without and with method and URL."""
    for more in ([], ["{url}"], ["{method}", "{url}"]):
        for body in ["{body}", "{params}"] if form and more else ["{body}"]:
            for order in itertools.permutations([*words, *more, body]):
                for gap in _GAPS if len(order) > 1 else ("",):
                    for lead in leads:
                        yield (f"{lead}{gap or ':'}" if lead else "") + gap.join(order)


def _in_the_body(payload: Any, secret: str) -> Iterator[Scheme]:
    """Signatures over values of the body, which stand in it beside them."""
    found = [(place, value) for place, value in leaves(payload) if isinstance(value, str)]
    for place, value in found:
        name = place.rpartition("/")[2]
        template = next(iter(_values(value)), None) if LOOKS_SIGNED.search(name) else None
        if not template:
            continue
        items, inside = _list_around(place)
        near = place.rpartition("/")[0] + "/"
        beside = [at.removeprefix(items[1]) for at, _ in leaves(payload) if at.startswith(near) and at != place]
        times = [at for at, text in found if at.startswith(near) and _UNIX.fullmatch(text)]
        timestamp = times[0] if times and not items[0] else "unix"
        for count in (2, 1, 3):
            for order in itertools.permutations(beside[:8], count):
                for gap, (kind, prefix) in itertools.product(_GAPS if count > 1 else ("",), _keys(secret)):
                    yield Scheme(
                        f"hmac-{_HASHES[template[1]]}", gap.join(f"{{{at}}}" for at in order), "", template[0],
                        timestamp=timestamp if timestamp in order else "unix", key=kind, key_prefix=prefix,
                        place=inside, items=items[0],
                    )  # fmt: skip


def _list_around(place: str) -> tuple[tuple[str, str], str]:
    """The pattern of the items that a place is in and of this one, empty if in no list; and the rest."""
    match = re.match(r"(.*/)(\d+)(/.*)$", place)
    if not match:
        return ("", ""), place
    return (f"{match[1]}*", f"{match[1]}{match[2]}"), match[3]


def payload_of(capture: Capture) -> Any:
    """The JSON of a body; None where there is none."""
    try:
        return json.loads(capture.body)
    except (ValueError, RecursionError):
        return None

"""What an arrival says, and whether it is what the documents describe. Sends nothing and waits for nothing."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs

from hookproof import forensics
from hookproof.arrivals import Answer, Arrival, Series, overlap
from hookproof.differences import differing, first_difference
from hookproof.events import Maker
from hookproof.fields import filled
from hookproof.platform import Place
from hookproof.pointers import expand, get, leaves
from hookproof.redact import spellings
from hookproof.sender.following import Following
from hookproof.sender.misfits import describe
from hookproof.signature import KeyedSigner
from hookproof.verdict import Inconclusive, Reason

SHOWN = 8
"""Bytes of the right signature that are shown from the first wrong one on: too few to be of use."""


class Reading(Following):
    """Looking at what came."""

    @property
    def _maker(self) -> Maker:
        return self._platform.maker

    # -- signatures -----------------------------------------------------------------------------------------------

    def signed(self, arrival: Arrival) -> bool:
        """Whether an attempt carries the signature of its very bytes. Raises Inconclusive without a key."""
        signers = self._signers()
        value = arrival.header(signers[0].header) or ""
        return any(signer.matches(arrival.body, value) for signer in signers)

    def _signers(self) -> list[KeyedSigner]:
        platform = self._platform
        if platform.surface.scheme is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "nothing is signed with these parameters")
        if not platform.keys:
            text = f"put the endpoint's secret in ${platform.secret_env}"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return [KeyedSigner(platform.surface.scheme, key) for key in platform.keys]

    def signature(self, arrival: Arrival) -> str | None:
        """The signature header as it came; None without one."""
        scheme = self._platform.surface.scheme
        return arrival.header(scheme.header) if scheme else None

    def well_written(self, arrival: Arrival) -> bool:
        """Whether the signature has the documented form, whatever key it was made with."""
        scheme = self._platform.surface.scheme
        value = self.signature(arrival) or ""
        if scheme is None:
            return not value
        size = len(scheme.spell(b"\0" * {"sha1": 20, "sha256": 32, "sha512": 64}.get(scheme.hash_name, 0)))
        digits = "[0-9a-f]+" if "{digest_hex}" in scheme.value else "[A-Za-z0-9+/]+=*"
        return len(value) == size and re.fullmatch(re.escape(scheme.lead) + digits, value) is not None

    def explain(self) -> str:
        """The likely mistake behind signatures that do not match; empty when no known recipe explains them."""
        platform = self._platform
        if platform.surface.scheme is None or not platform.keys:
            return ""
        for arrival in [arrival for series in self._seen for arrival in series.arrivals]:
            if not self.signed(arrival):
                signer, value = self._signers()[0], self.signature(arrival)
                if value and signer.scheme.covers_the_body:
                    pair = signer.sign(arrival.body).encode(), value.encode("latin-1")
                    self.differences += differing(f"the signature of attempt #{arrival.n}", *pair, after=SHOWN)
                return forensics.explain_signature(signer, arrival.body, value)
        return ""

    # -- requests -------------------------------------------------------------------------------------------------

    def delay_s(self, series: Series) -> float:
        """Seconds from the moment the event was asked for to the first attempt."""
        asked_s = next(trigger.asked_s for trigger in self._triggers if self._is_of(trigger, series))
        return series.first.at_s - asked_s

    def typed(self, arrival: Arrival) -> bool:
        """Whether the Content-Type is the documented one, whatever its parameters."""
        wanted = self._platform.surface.fields.content_type
        return (arrival.header("content-type") or "").partition(";")[0].strip().lower() == wanted

    def is_at(self, arrival: Arrival, place: Place) -> bool:
        """Whether method, Host and request target are those of the registered URL."""
        parts = urlsplit(place.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return (arrival.method, arrival.target, arrival.header("host")) == ("POST", target, parts.netloc)

    def reveals(self, arrival: Arrival) -> str:
        """Where a secret stands in a request; empty if nowhere."""
        platform = self._platform
        token = [platform.token] if platform.token else []
        named = [(key, "the signing secret") for key in platform.keys]
        for secret, name in named + [(each, "the API's token") for each in token]:
            for spelling in spellings(secret.reveal()):
                if spelling.encode("utf-8", "replace") in arrival.body:
                    return f"{name} is in the body"
                if any(spelling in value.decode("latin-1") for _, value in arrival.headers):
                    return f"{name} is in a header"
        return ""

    def most_open(self, arrivals: Sequence[Arrival]) -> int:
        """How many attempts were open at the same time at most."""
        return overlap(arrivals)

    def given_up(self, series: Series) -> bool:
        """Whether the sender ended its first attempt itself."""
        return series.first.outcome == "abandoned"

    def asked_s(self, answer: Answer) -> float:
        """The seconds that a Retry-After asked for."""
        return float(dict(answer.headers)["Retry-After"])

    def ids(self, arrivals: Sequence[Arrival]) -> str:
        """The ids that came, in order."""
        return "ids " + ", ".join("+".join(arrival.ids) or "none" for arrival in arrivals)

    def difference(self, series: Series) -> str:
        """Where two attempts of an event first differ."""
        first = series.first.body
        for number, arrival in enumerate(series.arrivals[1:], 2):
            if arrival.body != first:
                at = first_difference(first, arrival.body) or 0
                old, new = first[at : at + 40], arrival.body[at : at + 40]
                self.differences += differing(f"the bodies of attempts 1 and {number}", first, arrival.body)
                return f"attempt {number} differs from byte {at} on: {old!r}, {new!r}"
        return "no difference"

    # -- payloads -------------------------------------------------------------------------------------------------

    def misfits(self, arrival: Arrival) -> str:
        """Why a body does not fit the schema of any delivery here; empty if it does."""
        if arrival.payload is None:
            return f"not {self._platform.surface.fields.content_type}: {arrival.body[:60]!r}"
        surface = self._maker.surface
        error = next(iter(_validator(surface).iter_errors(arrival.payload)), None)
        return "" if error is None else describe(error, surface.schema())

    def misfit_at(self, arrivals: Sequence[Arrival], pointer: str) -> str:
        """The first delivery in which the member at a pointer is missing or is not as documented; empty if none is."""
        for arrival in arrivals:
            kind = self.kind_of(arrival)
            if arrival.payload is None or not self._has_member(kind, pointer):
                continue
            for error in _validator(self._maker.surface, kind).iter_errors(arrival.payload):
                if _concerns(error, pointer):
                    return f"{describe(error, self._maker.surface.schema(kind))}; {arrival}"
        return ""

    def kind_of(self, arrival: Arrival) -> str:
        """The kind of event of a sample; empty for anything else."""
        return next((kind for kind, sample in self._platform.samples.items() if sample is arrival), "")

    def _has_member(self, kind: str, pointer: str) -> bool:
        """Whether an event of that kind is documented to have the member, or what holds it."""
        event = self._maker.surface.events.get(kind)
        if event is None:
            return False
        parent = pointer.rpartition("/")[0]
        return any(True for _ in expand(event.payload, parent)) if parent else True

    def carried(self, arrivals: Sequence[Arrival], pointer: str) -> bool:
        """Whether some delivery has the member."""
        return any(any(True for _ in expand(arrival.payload, pointer)) for arrival in arrivals)

    @property
    def has_a_text(self) -> bool:
        """Whether a plain event holds what somebody wrote."""
        return self._maker.text_pointer != self._maker.id_pointer

    def carries(self, arrival: Arrival, text: str) -> bool:
        """Whether the text stands as it was asked for where it belongs, and wherever else its token stands."""
        token = next(
            (trigger.token for trigger in self._platform.triggers if trigger.token in str(arrival.payload)), ""
        )
        repeated = [value for _, value in leaves(arrival.payload) if token and token in str(value)]
        main = self.value(arrival, self._maker.text_pointer)
        said = [*repeated, *([main] if main is not None else [])]
        return bool(said) and all(text in str(value) for value in said)

    def value(self, arrival: Arrival, pointer: str) -> Any:
        """What stands at a pointer, which may be a pattern; None where nothing does."""
        found = next(iter(expand(arrival.payload, pointer)), None)
        return None if found is None else get(arrival.payload, found)

    def times(self, arrival: Arrival, pointer: str) -> list[float]:
        """How many seconds the times at a pointer are away from now; nothing where there is no time."""
        now = datetime.now(UTC).timestamp()
        read = [_moment(get(arrival.payload, found)) for found in expand(arrival.payload, pointer)]
        return [moment - now for moment in read if moment is not None]

    def file_urls(self, arrival: Arrival, kind: str) -> list[str]:
        """The absolute URLs where an event of that kind is documented to point to a file."""
        template = self._maker.surface.events[kind].payload
        places = [pointer for pointer, value in leaves(template) if "{{media.url}}" in str(value)]
        values = []
        for pointer in places:
            with contextlib.suppress(KeyError, IndexError, TypeError, ValueError):
                values.append(get(arrival.payload, pointer))
        return [value for value in values if isinstance(value, str) and urlsplit(value).scheme in ("http", "https")]

    def mentions(self, series: Series) -> int:
        """In how many places of a payload the text of its event stands."""
        token = next(trigger.token for trigger in self._triggers if self._is_of(trigger, series))
        return sum(token in str(value) for _, value in leaves(series.first.payload))

    # -- challenges -----------------------------------------------------------------------------------------------

    def _asked(self, place: Place) -> dict[str, str]:
        query = place.challenges[0].target.partition("?")[2]
        body = place.challenges[0].payload
        return dict(parse_qsl(query, keep_blank_values=True)) if query or not isinstance(body, dict) else body

    def _documented(self) -> dict[str, str]:
        challenge = next(iter(self._platform.surface.challenges))
        parameters = self._platform.surface.parameters
        return {filled(name, parameters): value for name, value in (challenge.query or challenge.body).items()}

    def missing_parameters(self, place: Place) -> str:
        """The documented parameters that a verification request lacks."""
        return ", ".join(sorted(set(self._documented()) - set(self._asked(place))))

    def has_the_mode(self, place: Place) -> bool:
        mode = next(iter(self._platform.surface.challenges)).mode
        return not mode or self._asked(place).get(mode) == self._documented()[mode]

    def has_the_token(self, place: Place) -> bool:
        challenge = next(iter(self._platform.surface.challenges))
        wanted = filled(self._documented()[challenge.token], self._platform.surface.parameters)
        return self._asked(place).get(challenge.token) == wanted

    def text_of(self, place: Place) -> str | None:
        """The random text of a verification request."""
        challenge = next(iter(self._platform.surface.challenges))
        return self._platform.challenge_text(challenge, place.challenges[0])


@lru_cache(maxsize=64)
def _made(key: str, schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _validator(surface: Any, kind: str = "") -> Any:
    return _made(f"{surface.subject} {kind}", json.dumps(surface.schema(kind)))


def _concerns(error: Any, pointer: str) -> bool:
    """Whether a schema's complaint is about the member at a pointer (`*` for every item), or about what is in it."""
    steps, path = pointer.split("/")[1:], [str(step) for step in error.instance_path]
    required = re.match(r'"(.+)" is a required property', error.message)
    if required:
        path = [*path, required[1]]
    return len(path) >= len(steps) and all(want in ("*", have) for want, have in zip(steps, path, strict=False))


def _moment(value: Any) -> float | None:
    """Unix seconds out of the usual spellings of a time."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal()):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number / 1000 if number > 1e11 else number
    for read in (datetime.fromisoformat, parsedate_to_datetime) if isinstance(value, str) else ():
        with contextlib.suppress(ValueError, TypeError):
            moment = read(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return None

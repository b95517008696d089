"""One attempt that arrived, and whether it is what the documents describe. Sends nothing and waits for nothing."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from hookproof.delivery.pointers import expand, get, leaves
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.delivery.signed_text import Stamp
from hookproof.evidence.redact import spellings
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.misfits import concerns, describe
from hookproof.target.endpoints.trigger import Trigger
from hookproof.wire.arrivals import Answer, Arrival


@dataclass(frozen=True, repr=False)
class Received:
    """One attempt of a sender as it arrived, read by the documents; `event` is the event it is about, where known."""

    arrival: Arrival
    documents: Documents
    event: Trigger | None = None

    # -- the request ------------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The number by which the journal knows the attempt."""
        return self.arrival.n

    @property
    def method(self) -> str:
        return self.arrival.method

    @property
    def url(self) -> str:
        return self.arrival.url

    @property
    def body(self) -> bytes:
        return self.arrival.body

    @property
    def payload(self) -> Any:
        """What the body says; None where it cannot be read."""
        return self.arrival.payload

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the events in it, where the documents say that they stand."""
        return self.arrival.ids

    @property
    def kind(self) -> str:
        """The kind of the event; empty where it is not known."""
        return self.event.kind if self.event else ""

    @property
    def content_type(self) -> str | None:
        """The header Content-Type as it came; None without one."""
        return self.arrival.header("content-type")

    @property
    def user_agent(self) -> str:
        """What it says of who sends it; empty if nothing."""
        return (self.arrival.header("user-agent") or "").strip()

    @property
    def answered_bytes(self) -> int:
        """How many bytes of an answer without end went out before the sender closed."""
        return self.arrival.answered_bytes

    @property
    def has_the_media_type(self) -> bool:
        """Whether the Content-Type is the documented one, whatever its parameters."""
        wanted = self.documents.surface.fields.content_type
        return (self.content_type or "").partition(";")[0].strip().lower() == wanted

    def is_addressed_to(self, url: str) -> bool:
        """Whether method, Host and request target are those of a POST to that URL, byte for byte."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return (self.method, self.arrival.target, self.arrival.header("host")) == ("POST", target, parts.netloc)

    @property
    def revealed_secret(self) -> str:
        """Where a secret stands in the request, in words; empty if nowhere."""
        named = [(key, "the signing secret") for key in self.documents.keys]
        named += [(self.documents.token, "the API's token")] if self.documents.token else []
        for secret, name in named:
            for spelling in spellings(secret.reveal()):
                if spelling.encode("utf-8", "replace") in self.body:
                    return f"{name} is in the body"
                if any(spelling in value.decode("latin-1") for _, value in self.arrival.headers):
                    return f"{name} is in a header"
        return ""

    # -- time and end -----------------------------------------------------------------------------------------------

    @property
    def at_s(self) -> float:
        """When its last byte was there, on the inbox's clock."""
        return self.arrival.at_s

    @property
    def open_s(self) -> float:
        """Seconds from its last byte to its end."""
        return self.arrival.open_s

    @property
    def delay_s(self) -> float:
        """Seconds from the moment its event was asked for to the attempt."""
        assert self.event, "only an attempt that is credited to an event has a delay"
        return self.at_s - self.event.asked_s

    @property
    def answer(self) -> Answer:
        """What it was answered, or would have been if the sender had waited."""
        return self.arrival.answer

    @property
    def outcome(self) -> str:
        """open, answered, abandoned by the sender, or broken by us."""
        return self.arrival.outcome

    @property
    def given_up(self) -> bool:
        """Whether the sender ended it before it had an answer."""
        return self.outcome == "abandoned"

    @property
    def acknowledged_at_once(self) -> bool:
        """Whether it was answered, wholly and without delay, with a status that acknowledges."""
        good = self.answer.acknowledges_at_once and self.answer.status in self.documents.promise.acknowledges
        return good and self.outcome == "answered"

    @property
    def url_without_query(self) -> str:
        """The URL that it came to, without what follows a question mark."""
        return self.url.partition("?")[0]

    # -- the signature ----------------------------------------------------------------------------------------------

    @property
    def signature(self) -> str | None:
        """The signature header as it came; None without one."""
        scheme = self.documents.surface.scheme
        return self.arrival.header(scheme.header) if scheme else None

    @property
    def signed(self) -> bool:
        """Whether it carries the signature of its very bytes, with the id and the time that its own headers say.

        Raises Inconclusive without a key.
        """
        return any(self._is_signed_by(signer) for signer in self.documents.signers)

    def _is_signed_by(self, signer: KeyedSigner) -> bool:
        return signer.received(self._texts).matches(self.body, self.signature or "")

    @property
    def has_a_documented_signature(self) -> bool:
        """Whether the signature has the documented form, whatever key it was made with.

        In a list those of other versions are passed over; one at least is of the documented one.
        """
        documented, value = self.documents.surface.scheme, self.signature or ""
        if documented is None:
            return not value
        scheme = replace(documented, stamp=self.stamp)
        found = scheme.values_in(value)
        mine = [one for one in found if not scheme.lists or one.startswith(scheme.lead)]
        whole = scheme.listed(*found) if scheme.lists else value
        return bool(mine) and all(_is_spelled(scheme, one) for one in mine) and whole == value

    @property
    def stamp(self) -> Stamp:
        """The id and the time that its headers say, as texts; empty where they say none."""
        scheme = self.documents.surface.scheme
        return scheme.stamp_in(self._texts) if scheme else Stamp()

    @property
    def wrong_header(self) -> str:
        """Which documented header is missing, or says something else than documented; empty if none is.

        Only what is the same for everybody is compared: a header whose value varies has to be there.
        """
        for name, template in self.documents.surface.headers_of(self.kind).items():
            value = self.arrival.header(name)
            if value is None:
                return f"no {name}: {self}"
            if "{" not in template and value != template:
                return f"{name} is {value!r}, and {template!r} is documented: {self}"
        return ""

    @property
    def told_at_s(self) -> float | None:
        """The Unix time (seconds) that it says it was signed at; None where it says none, or not as documented."""
        scheme = self.documents.surface.scheme
        try:
            return scheme.instant(self.stamp.timestamp) if scheme else None
        except ValueError:
            return None

    @property
    def seconds_off(self) -> float:
        """How many seconds after it came it says it was signed; negative if before. 0 where it says no time."""
        told_s = self.told_at_s
        return 0.0 if told_s is None else told_s - self.arrival.came_at

    @property
    def _texts(self) -> list[tuple[str, str]]:
        """The headers as texts, their names in lower case."""
        return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in self.arrival.headers]

    # -- the payload ------------------------------------------------------------------------------------------------

    @property
    def misfit(self) -> str:
        """Why the body does not fit the schema of any delivery here; empty if it does."""
        if self.payload is None:
            return f"not {self.documents.surface.fields.content_type}: {self.body[:60]!r}"
        error = next(iter(self.documents.schema_errors(self.payload)), None)
        return "" if error is None else describe(error, self.documents.surface.schema())

    def misfit_at(self, pointer: str) -> str:
        """How the member at a pointer is missing or not as documented; empty if its kind has no such member."""
        if self.payload is None or not self._is_documented_at(pointer):
            return ""
        errors = self.documents.schema_errors(self.payload, self.kind)
        found = next((error for error in errors if concerns(error, pointer)), None)
        return f"{describe(found, self.documents.surface.schema(self.kind))}; {self}" if found else ""

    def _is_documented_at(self, pointer: str) -> bool:
        """Whether an event of this kind is documented to have the member, or what holds it."""
        event = self.documents.surface.events.get(self.kind)
        if event is None:
            return False
        parent = pointer.rpartition("/")[0]
        return any(True for _ in expand(event.payload, parent)) if parent else True

    def has(self, pointer: str) -> bool:
        """Whether something stands at a pointer, which may be a pattern."""
        return any(True for _ in expand(self.payload, pointer))

    def value(self, pointer: str) -> Any:
        """What stands at a pointer, which may be a pattern; None where nothing does."""
        found = next(iter(expand(self.payload, pointer)), None)
        return None if found is None else get(self.payload, found)

    def seconds_from_now(self, pointer: str) -> list[float]:
        """How many seconds the times at a pointer are after our clock; negative before it; nothing without a time."""
        now = datetime.now(UTC).timestamp()
        read = [_moment(get(self.payload, found)) for found in expand(self.payload, pointer)]
        return [moment - now for moment in read if moment is not None]

    @property
    def has_a_text(self) -> bool:
        """Whether a plain event is documented to hold what somebody wrote."""
        return self.documents.maker.text_pointer != self.documents.maker.id_pointer

    def carries(self, text: str) -> bool:
        """Whether the text stands as it was asked for where it belongs, and wherever else the event's token stands."""
        token = self.event.token if self.event else ""
        repeated = [value for _, value in leaves(self.payload) if token and token in str(value)]
        main = self.value(self.documents.maker.text_pointer)
        said = [*repeated, *([main] if main is not None else [])]
        return bool(said) and all(text in str(value) for value in said)

    @property
    def times_its_text_stands_there(self) -> int:
        """In how many members of the payload the text of its event stands."""
        assert self.event, "only an attempt that is credited to an event has a text to look for"
        return sum(self.event.token in str(value) for _, value in leaves(self.payload))

    @property
    def state(self) -> str:
        """Which of the documented states it tells of; empty if of none."""
        said, surface, states = dict(leaves(self.payload)), self.documents.surface, self.documents.states
        told = ((kind, surface.telling(kind, states)) for kind in states)
        return next((kind for kind, words in told if words and words.items() <= said.items()), "")

    @property
    def points_to_a_file(self) -> bool:
        """Whether an event of this kind is documented to hold the URL of a file."""
        return self.documents.surface.events[self.kind].points_to_a_file

    @property
    def file_urls(self) -> list[str]:
        """The absolute URLs that stand where an event of this kind is documented to point to a file."""
        template = self.documents.surface.events[self.kind].payload
        pointers = [pointer for pointer, value in leaves(template) if "{{media.url}}" in str(value)]
        values = []
        for pointer in pointers:
            with contextlib.suppress(KeyError, IndexError, TypeError, ValueError):
                values.append(get(self.payload, pointer))
        return [value for value in values if isinstance(value, str) and urlsplit(value).scheme in ("http", "https")]

    def __str__(self) -> str:
        return str(self.arrival)

    __repr__ = __str__


def _is_spelled(scheme: Scheme, value: str) -> bool:
    """Whether a value of one signature has the documented digits, as many as there must be, and nothing more."""
    digits = "[0-9a-f]+" if scheme.hexed else "[A-Za-z0-9+/]+=*" if scheme.covers_the_body else ".+"
    same_length = len(value) == len(scheme.zeros) or not scheme.covers_the_body
    return same_length and re.fullmatch(re.escape(scheme.lead) + digits + re.escape(scheme.tail), value) is not None


def _moment(value: Any) -> float | None:
    """Unix seconds out of the usual spellings of a time; None for anything else."""
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

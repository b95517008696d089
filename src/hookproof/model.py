"""The values everything else passes around: frozen, without I/O and without a clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn, Protocol

from hookproof.spelling import COMPACT, Writing

Headers = tuple[tuple[bytes, bytes], ...]


class Secret:
    """A signing key that never shows itself: not in `repr`, not in a traceback, not in a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The key itself, for signing and for redaction only."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class Signer(Protocol):
    """Signs bodies as one provider would, with one key."""

    @property
    def header(self) -> str: ...

    @property
    def scheme(self) -> Any: ...

    def sign(self, body: bytes, *, secret: bytes | None = None) -> str:
        """The header's value for `body`; with another key when `secret` is given."""


@dataclass(frozen=True)
class Seal:
    """Where a signature header's value came from, so that a reproducer can make it again.

    `over` is what was signed, `value` what the signer made of it, with the run's own key unless `foreign`.
    """

    over: bytes
    value: str
    foreign: bool = False


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint. Every `with_…` returns a new delivery; none signs again by itself.

    `headers` are sent in this order and in this spelling, framing headers apart. `event_ids` are those of the events
    in the body that the receiver has to act on, `all_ids` those of all; `url` is where it goes, if not to the endpoint.
    """

    body: bytes
    headers: Headers
    event_ids: tuple[str, ...] = ()
    all_ids: tuple[str, ...] = ()
    kind: str = ""
    label: str = "genuine"
    method: str = "POST"
    url: str = ""
    writing: Writing = field(default=COMPACT, repr=False)
    signer: Signer | None = field(default=None, repr=False)
    seal: Seal | None = field(default=None, repr=False)

    @property
    def event_id(self) -> str:
        """The first event's id; empty if no event in the body has one."""
        return self.event_ids[0] if self.event_ids else ""

    @cached_property
    def payload(self) -> Any:
        """What the body says; callers must not change it."""
        return self.read()

    def read(self) -> Any:
        """What the body says, as a new structure that the caller may change."""
        return self.writing.read(self.body)

    def labelled(self, label: str) -> Delivery:
        return replace(self, label=label)

    def to(self, url: str, label: str = "") -> Delivery:
        """The same to another URL."""
        return replace(self, url=url, label=label or self.label)

    def with_method(self, method: str) -> Delivery:
        return replace(self, method=method, label=f"with method {method}")

    def with_body(self, body: bytes, label: str = "") -> Delivery:
        """Other bytes under the old signature."""
        return replace(self, body=body, label=label or self.label)

    def with_payload(self, payload: object, label: str = "") -> Delivery:
        """Another payload, written as this one and signed."""
        return self.with_body(self.writing.write(payload), label).signed(label=label or self.label)

    def header(self, name: str) -> bytes | None:
        wanted = name.lower().encode()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def without_header(self, name: str) -> Delivery:
        gone = name.lower().encode()
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != gone))

    def with_header(self, name: str, value: str | bytes) -> Delivery:
        """Replace the header in place, or append it."""
        raw = value.encode("latin-1") if isinstance(value, str) else value
        pair = (name.encode("latin-1"), raw)
        if self.header(name) is None:
            return replace(self, headers=(*self.headers, pair))
        same = name.lower().encode()
        return replace(self, headers=tuple(pair if old[0].lower() == same else old for old in self.headers))

    def with_second_header(self, name: str, value: str | bytes) -> Delivery:
        """Add the header once more, whatever is there."""
        raw = value.encode("latin-1") if isinstance(value, str) else value
        return replace(self, headers=(*self.headers, (name.encode("latin-1"), raw)))

    @property
    def signature(self) -> str:
        """The signature header's value as it stands; empty without one."""
        value = self.header(self.signer.header) if self.signer else None
        return (value or b"").decode("latin-1")

    def with_signature(self, value: str | bytes, label: str = "") -> Delivery:
        """Put `value` where the signature stands."""
        assert self.signer, "the provider signs nothing"
        return replace(self.with_header(self.signer.header, value), label=label or self.label)

    def with_two_signatures(self, first: str, second: str) -> Delivery:
        """The signature header twice."""
        assert self.signer, "the provider signs nothing"
        twice = self.with_header(self.signer.header, first).with_second_header(self.signer.header, second)
        return twice.labelled("with two signatures")

    def unsigned(self) -> Delivery:
        if not self.signer:
            return self
        label = f"unsigned, {self.label}" if self.label != "genuine" else "without a signature"
        return replace(self.without_header(self.signer.header), label=label, seal=None)

    def signed(self, *, secret: bytes | None = None, label: str = "") -> Delivery:
        """Sign the body as it now is; with another key when `secret` is given."""
        if not self.signer:
            return replace(self, label=label or self.label)
        value = self.signer.sign(self.body, secret=secret)
        seal = Seal(over=self.body, value=value, foreign=secret is not None)
        return replace(self.with_header(self.signer.header, value), seal=seal, label=label or self.label)


Case = Callable[[Delivery], Delivery]


class Gate(Protocol):
    """Lets several attempts finish their request at the same moment."""

    async def wait(self) -> None: ...


@dataclass(frozen=True)
class Manner:
    """How a request is put on the wire, where that is not plainly in one piece.

    chunk      send chunked, in pieces of so many bytes
    expect     send `Expect: 100-continue` and wait up to a second for the go-ahead
    spread_s   spread the body over so many seconds
    keep       send only this share of the body (0 to 1), then wait for an answer without end
    gate       hold the last byte back until the gate opens
    hang_up    close once everything that is to be sent has been sent, without reading the answer
    tls        speak only this version of TLS: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3
    """

    chunk: int | None = None
    expect: bool = False
    spread_s: float = 0.0
    keep: float = 1.0
    hang_up: bool = False
    tls: str = ""
    gate: Gate | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """What is unusual about it; empty for the plain manner."""
        words = [
            f"in chunks of {self.chunk} B" if self.chunk else "",
            "with Expect: 100-continue" if self.expect else "",
            f"over {self.spread_s:g} s" if self.spread_s else "",
            f"of which {self.keep:.0%}" if self.keep < 1 else "",
            f"over {self.tls}" if self.tls else "",
        ]
        return "".join(f" {word}" for word in words if word)


@dataclass(frozen=True)
class Promise:
    """What a provider expects of an answer."""

    deadline_s: float
    acknowledges: frozenset[int]
    rejects: frozenset[int]


@dataclass(frozen=True)
class Exchange:
    """What went over the wire in one attempt, raw.

    outcome    answered, refused, unresolved, tls, timeout, reset, closed, garbled, too-large, hung-up
    head_s     seconds from the last byte sent (or from the start, if it never went out) to the end of the head
    held_s     seconds of it all in which our own process could not attend to it
    tls        the version spoken; certificate: whose it is, who says so, until when
    timeline   (seconds since the start, what, bytes)
    """

    outcome: str
    detail: str = ""
    status: int | None = None
    phrase: str = ""
    headers: Headers = ()
    body: bytes = b""
    request_head: bytes = b""
    sent: int = 0
    head_s: float = 0.0
    elapsed_s: float = 0.0
    held_s: float = 0.0
    tls: str = ""
    certificate: str = ""
    timeline: tuple[tuple[float, str, int], ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One HTTP request for a delivery, and what came back. Its `str` is one line of evidence."""

    n: int
    url: str
    delivery: Delivery
    manner: Manner
    exchange: Exchange
    promise: Promise

    @property
    def status(self) -> int | None:
        return self.exchange.status

    @property
    def answered(self) -> bool:
        """A whole answer came before the attempt's time was up."""
        return self.exchange.outcome == "answered"

    @property
    def in_time(self) -> bool:
        return self.answered and self.exchange.head_s - self.exchange.held_s <= self.promise.deadline_s

    @property
    def acknowledged(self) -> bool:
        """A status that acknowledges, within the provider's deadline."""
        return self.in_time and self.status in self.promise.acknowledges

    @property
    def rejected(self) -> bool:
        """A status by which the provider's documents refuse a delivery."""
        return self.answered and self.status in self.promise.rejects

    @property
    def succeeded(self) -> bool:
        """Answered with a status of the class 2xx, whatever this provider takes as an acknowledgement."""
        return self.answered and self.status is not None and 200 <= self.status < 300

    @property
    def redirected(self) -> bool:
        return self.answered and self.status is not None and 300 <= self.status < 400

    @property
    def survived(self) -> bool:
        """The endpoint answered and did not break: no 5xx. 501 (method not implemented) is an answer."""
        return self.answered and self.status is not None and (self.status < 500 or self.status == 501)

    def __str__(self) -> str:
        sent = f"{self.delivery.method} {len(self.delivery.body)} B{self.manner}, {self.delivery.label}"
        return f"{sent} -> {self.answer}"

    @property
    def answer(self) -> str:
        """What came back, in words."""
        wire = self.exchange
        if wire.status is None:
            return _NO_ANSWER.get(wire.outcome, wire.outcome).format(s=wire.elapsed_s, detail=wire.detail)
        text = " ".join(_TAGS.sub(b" ", wire.body[:2000]).decode(errors="replace").split())
        tail = f": {text[:100]!r}" if text else ""
        broken = (
            ""
            if self.answered
            else f" ({_NO_ANSWER.get(wire.outcome, wire.outcome)})".format(s=wire.elapsed_s, detail=wire.detail)
        )
        held = f", {wire.held_s:.1f} s of them held up by ourselves" if wire.held_s > 0.25 else ""
        return f"{wire.status} in {wire.head_s:.3f} s{held}{broken}{tail}"

    __repr__ = __str__


_TAGS = re.compile(rb"<(style|script|title)\b.*?</\1>|<[^>]{0,200}>", re.DOTALL | re.IGNORECASE)
_NO_ANSWER = {
    "refused": "connection refused",
    "unresolved": "host name not found: {detail}",
    "tls": "TLS failed: {detail}",
    "timeout": "no whole answer within {s:.1f} s",
    "reset": "connection reset",
    "closed": "connection closed without a whole answer",
    "garbled": "not HTTP: {detail}",
    "too-large": "an answer without end, cut off",
    "hung-up": "not awaited",
}

"""One attempt as a value: how a request was sent, what came back, and what was promised. No I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from hookproof.delivery.model import Delivery, Headers

LARGE = 256 * 1024
"""Bytes of a body beyond which an endpoint may close the connection instead of answering."""


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
    once       not sent again where the target says that it gets too much
    tls        speak only this version of TLS: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3
    """

    chunk: int | None = None
    expect: bool = False
    spread_s: float = 0.0
    keep: float = 1.0
    hang_up: bool = False
    once: bool = False
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


def _anything(headers: Headers, body: bytes) -> bool:
    return True


@dataclass(frozen=True)
class Promise:
    """What a provider expects of an answer. `says`: whether these headers and this body say what they must."""

    deadline_s: float
    acknowledges: frozenset[int]
    rejects: frozenset[int]
    says: Callable[[Headers, bytes], bool] = field(default=_anything, compare=False, repr=False)


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
    def not_there(self) -> bool:
        """Answered as where nothing is, or where nothing is POSTed to."""
        return self.answered and self.status in (404, 405)

    @property
    def says_what_it_must(self) -> bool:
        """Whether the answer has the media type, the members and the text that are documented."""
        return self.promise.says(self.exchange.headers, self.exchange.body)

    @property
    def survived(self) -> bool:
        """The endpoint answered and did not break: no 5xx. 501 (method not implemented) is an answer."""
        return self.answered and self.status is not None and (self.status < 500 or self.status == 501)

    @property
    def cut_off(self) -> bool:
        """The endpoint closed the connection on a large body: it did not want it (RFC 9110, 15.5.14).

        Its answer, if it sent one, can be lost when it closes while we still send.
        """
        return len(self.delivery.body) > LARGE and self.exchange.outcome in ("reset", "closed")

    def shows(self, text: str) -> bool:
        """Whether the answer, head or body, contains the text in whatever case."""
        answer = self.exchange.body + b"".join(value for _, value in self.exchange.headers)
        return text.lower().encode() in answer.lower()

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

"""What came to an inbox, as values: the attempts of a sender, and the scripted answers to them.

No I/O and no clock: times are seconds since the run began, as the inbox noted them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hookproof.delivery.model import Headers


@dataclass(frozen=True)
class Answer:
    """What an inbox does with one attempt.

    wait_s   seconds before it begins
    drip_s   seconds between its bytes, from the first of its head on
    long_bytes  how many bytes of filling its body has in place of `body`, if any
    end      whole, silent (nothing at all), reset, close (without an answer), half (of its status line), garbage;
             or a connection on which no request can come: refused, no TLS (where the URL says https)
    """

    status: int = 200
    body: bytes = b""
    type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()
    wait_s: float = 0.0
    drip_s: float = 0.0
    end: str = "whole"
    long_bytes: int = 0

    def __str__(self) -> str:
        late = f" after {self.wait_s:g} s" if self.wait_s else ""
        more = "".join(f", {name}: {value}" for name, value in self.headers)
        more += f", {self.long_bytes / 2**20:.0f} MiB" if self.long_bytes else ""
        drip = f", a byte every {self.drip_s:g} s" if self.drip_s else ""
        return (f"{self.status}{more}{drip}" if self.end in ("whole", "half") else "") + _ENDS[self.end] + late

    def after(self, wait_s: float) -> Answer:
        """This answer, begun that many seconds after the request is there."""
        return replace(self, wait_s=wait_s)

    @property
    def acknowledges_at_once(self) -> bool:
        """Whether it is a whole 2xx without delay, so that it holds up nobody."""
        return self.end == "whole" and self.status // 100 == 2 and not (self.wait_s or self.long_bytes)

    @property
    def before_http(self) -> bool:
        """Whether the connection itself fails, so that no request comes."""
        return self.end in ("refused", "no TLS")

    @property
    def retry_after_s(self) -> float:
        """Seconds that its Retry-After asks a sender to wait: 5 where it names a date, 0 without one."""
        value = dict(self.headers).get("Retry-After", "")
        return float(value) if value.isdigit() else 5.0 if value else 0.0


_ENDS = {
    "whole": "",
    "silent": "no answer",
    "reset": "connection reset",
    "close": "connection closed",
    "half": ", closed half-way",
    "garbage": "no HTTP",
    "refused": "connection refused",
    "no TLS": "no TLS",
}
OK = Answer(200)


@dataclass
class Arrival:
    """One attempt of a sender, as the inbox saw it. `outcome` and `ended_s` are known once it is over.

    at_s       when its last byte was there; `came_at`: the same as Unix time
    outcome    open, answered (all of it went out), abandoned (the sender closed first), broken (we ended it so)
    ended_s    when that was
    tls        the version spoken; empty without
    cut        its body was longer than is kept, and ends where it was cut
    answered_bytes  how much of a long answer went out
    behind     the first bytes that came behind the body on the same connection, and begin no request
    """

    n: int
    url: str
    method: str
    target: str
    head: bytes
    headers: Headers
    body: bytes
    at_s: float
    answer: Answer = OK
    outcome: str = "open"
    ended_s: float = 0.0
    tls: str = ""
    began_s: float = 0.0
    payload: Any = None
    ids: tuple[str, ...] = ()
    cut: bool = False
    came_at: float = 0.0
    answered_bytes: int = 0
    behind: bytes = b""

    def header(self, name: str) -> str | None:
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    @property
    def open_s(self) -> float:
        """Seconds from the last byte of the attempt to its end."""
        return max(0.0, self.ended_s - self.at_s)

    @property
    def over(self) -> bool:
        return self.outcome != "open"

    @property
    def says(self) -> str:
        """What was answered, and how the attempt ended, in words."""
        if self.outcome == "abandoned":
            return f"{self.answer}, given up after {self.open_s:.1f} s"
        if self.outcome == "open":
            return f"{self.answer}, still open"
        return str(self.answer)

    def __str__(self) -> str:
        return f"{self.method} {len(self.body)} B at {self.at_s:.2f} s -> {self.says}"

    __repr__ = __str__


def most_open(arrivals: Iterable[Arrival]) -> int:
    """How many attempts were open at the same time at most."""
    moments: list[tuple[float, int]] = []
    for arrival in arrivals:
        moments += [(arrival.at_s, 1)] + ([(arrival.ended_s, -1)] if arrival.over else [])
    most = now = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most

"""What a sender under test did, as values: scripted answers, the attempts that arrived, the attempts of one delivery.

No I/O and no clock: times are seconds since the run began, as the inbox noted them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hookproof.model import Headers

SOON_S = 0.5
"""Gaps shorter than this say nothing: a loaded machine makes them longer."""


@dataclass(frozen=True)
class Answer:
    """What an inbox does with one attempt.

    wait_s   seconds before it begins
    drip_s   seconds between its bytes, from the first of its head on
    end      whole, silent (nothing at all), reset, close (without an answer), half (of its status line), garbage
    """

    status: int = 200
    body: bytes = b""
    type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()
    wait_s: float = 0.0
    drip_s: float = 0.0
    end: str = "whole"

    def __str__(self) -> str:
        late = f" after {self.wait_s:g} s" if self.wait_s else ""
        more = "".join(f", {name}: {value}" for name, value in self.headers)
        drip = f", a byte every {self.drip_s:g} s" if self.drip_s else ""
        return (f"{self.status}{more}{drip}" if self.end in ("whole", "half") else "") + _ENDS[self.end] + late

    def after(self, wait_s: float) -> Answer:
        return replace(self, wait_s=wait_s)


_ENDS = {
    "whole": "",
    "silent": "no answer",
    "reset": "connection reset",
    "close": "connection closed",
    "half": ", closed half-way",
    "garbage": "no HTTP",
}
OK = Answer(200)


@dataclass
class Arrival:
    """One attempt of a sender, as the inbox saw it. `outcome` and `ended_s` are known once it is over.

    at_s       when its last byte was there
    outcome    open, answered (all of it went out), abandoned (the sender closed first), broken (we ended it so)
    ended_s    when that was
    tls        the version spoken; empty without
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

    def header(self, name: str) -> str | None:
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    @property
    def open_s(self) -> float:
        """How long it was waited for, from its last byte to its end."""
        return max(0.0, self.ended_s - self.at_s)

    @property
    def over(self) -> bool:
        return self.outcome != "open"

    @property
    def says(self) -> str:
        """What was answered, in words."""
        if self.outcome == "abandoned":
            return f"{self.answer}, given up after {self.open_s:.1f} s"
        if self.outcome == "open":
            return f"{self.answer}, still open"
        return str(self.answer)

    def __str__(self) -> str:
        return f"{self.method} {len(self.body)} B at {self.at_s:.2f} s -> {self.says}"

    __repr__ = __str__


@dataclass(frozen=True)
class Series:
    """The attempts of one delivery, in order, and how long was waited for another after the last.

    `label` says which event; `watched_s` are the seconds without an attempt after the last one's end; `sure` whether
    another attempt would have come in that time if any ever did.
    """

    label: str
    arrivals: tuple[Arrival, ...]
    watched_s: float = 0.0
    sure: bool = False
    acknowledges: frozenset[int] = frozenset(range(200, 300))
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def count(self) -> int:
        return len(self.arrivals)

    @property
    def first(self) -> Arrival:
        return self.arrivals[0]

    @property
    def repeated(self) -> bool:
        """The event came again."""
        return self.count > 1

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds from the end of each attempt to the next attempt's last byte; 0 where they overlapped."""
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return tuple(max(0.0, late.at_s - (early.ended_s or early.at_s)) for early, late in pairs)

    @property
    def overlapping(self) -> bool:
        """An attempt arrived while the one before it was still open."""
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return any(not early.over or late.at_s < early.ended_s - 0.05 for early, late in pairs)

    @property
    def same_bytes(self) -> bool:
        return len({arrival.body for arrival in self.arrivals}) == 1

    @property
    def same_ids(self) -> bool:
        return len({arrival.ids for arrival in self.arrivals}) == 1

    @property
    def acknowledged(self) -> bool:
        """Some attempt was answered, wholly, with a status that acknowledges."""
        return any(self._good(arrival) for arrival in self.arrivals)

    @property
    def after_acknowledgement(self) -> tuple[Arrival, ...]:
        """The attempts that came after one that was acknowledged."""
        at = next((at for at, arrival in enumerate(self.arrivals) if self._good(arrival)), self.count)
        return self.arrivals[at + 1 :]

    def _good(self, arrival: Arrival) -> bool:
        return (
            arrival.outcome == "answered"
            and arrival.answer.end == "whole"
            and arrival.answer.status in self.acknowledges
        )

    @property
    def drawn(self) -> dict[str, Any]:
        """The same for the report's timeline."""
        start = self.arrivals[0].at_s if self.arrivals else 0.0
        return {
            "caption": self.label,
            "attempts": [
                {
                    "at_s": round(arrival.at_s - start, 3),
                    "open_s": round(arrival.open_s, 3),
                    "answer": arrival.says,
                    "acknowledged": self._good(arrival),
                    "n": arrival.n,
                }
                for arrival in self.arrivals
            ],
        }

    def __str__(self) -> str:
        """One line of evidence: what was answered, and what came after how long."""
        if not self.arrivals:
            return f"{self.label}: no attempt within {self.watched_s:.1f} s"
        steps = [self.arrivals[0].says]
        steps += [
            f"after {gap:.2f} s again: {late.says}" for gap, late in zip(self.gaps, self.arrivals[1:], strict=False)
        ]
        if len(steps) > 9:
            steps[7:-1] = [f"… {len(steps) - 8} more …"]
        waited = f"; then nothing for {self.watched_s:.1f} s" if self.watched_s else ""
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        return f"{self.label}: {'; '.join(steps)}{waited}{notes}"

    __repr__ = __str__


def overlap(arrivals: Iterable[Arrival]) -> int:
    """How many attempts were open at the same time at most."""
    moments: list[tuple[float, int]] = []
    for arrival in arrivals:
        moments += [(arrival.at_s, 1)] + ([(arrival.ended_s, -1)] if arrival.over else [])
    most = now = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most

"""What became of every attempt of one stage: counts, latencies, one byte for each delivery. Pure; merges exactly."""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

from hookproof.load.engine.histogram import Histogram

Json: TypeAlias = dict[str, Any]


class Fate(StrEnum):
    """How one attempt ended. Never renamed: reports and journals quote them."""

    ACKNOWLEDGED = "acknowledged"
    LATE = "late"
    REJECTED = "rejected"
    RESET = "reset"
    TIMED_OUT = "timed_out"
    GARBLED = "garbled"
    RACED = "raced"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    UNSENT = "unsent"
    OWN = "own"


ANSWERED = (Fate.ACKNOWLEDGED, Fate.LATE, Fate.REJECTED)
"""Ends of attempts that got a whole answer: an acknowledgement in time, a late one, another status."""
UNANSWERED = (Fate.RESET, Fate.TIMED_OUT, Fate.GARBLED, Fate.RACED, Fate.ABANDONED)
"""Ends of attempts that were sent and got no whole HTTP answer.

RACED: the target was closing a kept connection just as it was used again. ABANDONED: the run was ended early."""
NEVER_SENT = (Fate.REFUSED, Fate.UNSENT, Fate.OWN)
"""Ends of attempts that were never sent.

REFUSED: no connection was possible. UNSENT: no connection was free until the deadline. OWN: this machine had no
descriptor, port or memory left."""

FATES = tuple(Fate)
MARKS = {fate: number for number, fate in enumerate(FATES, start=1)}
"""The byte that stands for a fate in `Tally.marks`; 0 stands for a delivery that was never due."""


@dataclass
class Slot:
    """What came of the attempts that were due in one stretch of the stage.

    ended  how many have ended, in whatever way
    done   how many acknowledgements came during this stretch, whenever their attempts were due
    lag_s  our own longest lag
    """

    due: int = 0
    sent: int = 0
    acknowledged: int = 0
    ended: int = 0
    done: int = 0
    latency: Histogram = field(default_factory=Histogram)
    lag_s: float = 0.0

    def merge(self, other: Slot) -> None:
        """Add what another worker counted in the same stretch."""
        for name in _SLOT_COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency.merge(other.latency)
        self.lag_s = max(self.lag_s, other.lag_s)

    def quantile_s(self, share: float) -> float:
        """Seconds within which this share of all ended attempts was acknowledged; the slowest, if fewer ever were."""
        part = share * self.ended / self.acknowledged if self.acknowledged else 0.0
        return self.latency.quantile_us(min(1.0, part)) / 1e6

    def plain(self) -> Json:
        """The slot as JSON can say it; `Slot.read` is the way back."""
        found: Json = {name: getattr(self, name) for name in _SLOT_COUNTS}
        return {**found, "latency": _plain(self.latency), "lag_s": self.lag_s}

    @staticmethod
    def read(plain: Json) -> Slot:
        return Slot(**{**plain, "latency": _histogram(plain["latency"])})


_SLOT_COUNTS = ("due", "sent", "acknowledged", "ended", "done")


@dataclass
class Tally:
    """Counts of one stage in one process, or in several once merged.

    slot_s      how long each slot is, in seconds
    due         attempts whose time had come
    deliveries  attempts that were the first of their delivery
    sent        attempts of which at least one byte was sent
    answered    attempts that got a whole answer
    waited      attempts that found every connection busy, and so waited for the target
    opened      connections that were opened
    fates       how attempts ended -> how many
    statuses    status of an answer -> how many
    latency     of acknowledgements, from when the attempt was due to the end of the answer
    service     of answers, from when the request was sent to the end of the answer
    lag         how long after its time each attempt was taken up: our own slowness, never the target's
    slots       number of a slot -> what came of the attempts that were due in it
    marks       number of a process -> one byte (`MARKS`) for each of its deliveries, in order of serial numbers
    """

    slot_s: float = 1.0
    due: int = 0
    deliveries: int = 0
    sent: int = 0
    answered: int = 0
    waited: int = 0
    opened: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    latency: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
    slots: dict[int, Slot] = field(default_factory=dict)
    marks: dict[int, bytes] = field(default_factory=dict)

    def merge(self, other: Tally) -> None:
        """Add the tally of another process for the same stage."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fates.update(other.fates)
        self.statuses.update(other.statuses)
        for name in _HISTOGRAMS:
            getattr(self, name).merge(getattr(other, name))
        for number, slot in other.slots.items():
            self.slots.setdefault(number, Slot()).merge(slot)
        self.marks.update(other.marks)

    def latest(self, slots: int) -> Tally:
        """A copy as things are now, with only so many slots, the newest."""
        numbers = sorted(self.slots)[-slots:]
        return replace(self, fates=self.fates.copy(), slots={number: self.slots[number] for number in numbers})

    def of(self, *fates: Fate) -> int:
        """How many attempts ended in one of these ways."""
        return sum(self.fates[fate] for fate in fates)

    @property
    def acknowledged(self) -> int:
        return self.fates[Fate.ACKNOWLEDGED]

    @property
    def unbalanced(self) -> str:
        """One line about counts that do not add up; empty if every attempt is accounted for."""
        never, unanswered = self.of(*NEVER_SENT), self.of(*UNANSWERED)
        if self.due != self.sent + never:
            return f"{self.due} due is not {self.sent} sent + {never} never sent"
        if self.answered != self.of(*ANSWERED):
            return f"{self.answered} answered is not the {self.of(*ANSWERED)} answers that were judged"
        if self.sent != self.answered + unanswered:
            return f"{self.sent} sent is not {self.answered} answered + {unanswered} unanswered"
        return ""

    def plain(self, *, marks: bool = True) -> Json:
        """The tally as JSON and msgpack can say it; `Tally.read` is the way back. Without `marks` it stays small."""
        found: Json = {name: getattr(self, name) for name in ("slot_s", *_COUNTS)}
        found |= {name: _plain(getattr(self, name)) for name in _HISTOGRAMS}
        found["fates"] = dict(self.fates)
        found["statuses"] = [list(pair) for pair in sorted(self.statuses.items())]
        found["slots"] = [[number, slot.plain()] for number, slot in sorted(self.slots.copy().items())]
        packed = {process: base64.b64encode(zlib.compress(raw)).decode() for process, raw in self.marks.items()}
        return {**found, "marks": [list(pair) for pair in sorted(packed.items())] if marks else []}

    @staticmethod
    def read(plain: Json) -> Tally:
        return Tally(
            **{name: plain[name] for name in ("slot_s", *_COUNTS)},
            latency=_histogram(plain["latency"]),
            service=_histogram(plain["service"]),
            lag=_histogram(plain["lag"]),
            fates=Counter(plain["fates"]),
            statuses=Counter(dict(plain["statuses"])),
            slots={number: Slot.read(slot) for number, slot in plain["slots"]},
            marks={process: zlib.decompress(base64.b64decode(raw)) for process, raw in plain["marks"]},
        )


_COUNTS = ("due", "deliveries", "sent", "answered", "waited", "opened")
_HISTOGRAMS = ("latency", "service", "lag")


def _plain(histogram: Histogram) -> Json:
    return {"highest_us": histogram.highest_us, "counts": [list(pair) for pair in sorted(histogram.counts.items())]}


def _histogram(plain: Json) -> Histogram:
    return Histogram(dict(plain["counts"]), plain["highest_us"])

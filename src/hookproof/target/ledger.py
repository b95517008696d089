"""Every delivery of a run in one book: for which events a target owes an effect, and for which there must be none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hookproof.delivery.attempt import Attempt, Manner
from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import get

LIMITS = frozenset({429, 503})
"""Statuses by which a target may say that it gets too much: such an attempt owes nothing."""
MOST_OTHERS = 200
"""Events of a flood whose effects are counted; of all that the checks made, every one is."""
KEPT = 10
"""How many of a run's first deliveries are sent again at its end."""


@dataclass
class Entry:
    """One event: what was sent of it, and what came back.

    label      the acknowledged attempt in words; of an event that never was, the first attempt
    n          that attempt's number
    at         the moment of the last acknowledgement, in seconds of a monotonic clock
    first_at   the moment of the first
    sent       genuine attempts that may have arrived
    places     where a genuine delivery of it was acknowledged: each owes one effect
    forged     attempts that nobody with the key had signed
    refused    attempts that were answered with 4xx
    attempts   all of them
    other      one of a flood
    kind       the kind of that event, as the provider's data has it; empty if it was made by hand
    text       what was written in it, where it is an acknowledged event that came alone and with a text
    """

    id: str
    label: str = ""
    n: int = 0
    at: float = 0.0
    first_at: float = 0.0
    sent: int = 0
    places: set[str] = field(default_factory=set)
    forged: int = 0
    refused: int = 0
    attempts: int = 0
    other: bool = False
    kind: str = ""
    text: str | None = None

    @property
    def owed(self) -> int:
        return len(self.places)

    @property
    def barred(self) -> bool:
        """Whether it must have no effect: nobody but a forger ever sent it, and each time it was refused."""
        return 0 < self.attempts == self.forged == self.refused


@dataclass(frozen=True)
class LedgerStep:
    """One attempt in the order in which attempts ended; `owed` are the events that it was the first to acknowledge."""

    n: int
    line: str
    genuine: bool
    owed: tuple[str, ...]


@dataclass(frozen=True)
class LedgerReading:
    """The ledger held against the observer, when `steps` attempts had been made: counts by id, and what is wrong.

    `silenced` are the attempts after which nothing had an effect any more, `window_s` the seconds after which an event
    is lost.
    """

    steps: int
    owed: tuple[Entry, ...]
    counts: dict[str, int]
    lost: tuple[Entry, ...]
    barred: tuple[Entry, ...]
    silenced: tuple[LedgerStep, ...] = ()
    window_s: float = 0.0

    @property
    def twice(self) -> list[Entry]:
        """Events that came once and had more effects than they owe."""
        return [one for one in self._too_often if one.attempts == one.sent == 1]

    @property
    def again(self) -> list[Entry]:
        """Events that came several times and had more effects than they owe."""
        return [one for one in self._too_often if one.sent > 1]

    @property
    def _too_often(self) -> list[Entry]:
        return [one for one in self.owed if self.counts.get(one.id, 0) > one.owed]


class Ledger:
    """The events of one target over a whole run, and its attempts in order.

    `kept` are the first deliveries that were acknowledged, to be sent again; `reading` is what was last read of it.
    """

    def __init__(self, kind: str = "", text_pointer: str = "") -> None:
        """`text_pointer`: where an event of the plain `kind` holds what somebody wrote; empty if it holds nothing."""
        self._kind, self._text_pointer = kind, text_pointer
        self._entries: dict[str, Entry] = {}
        self.steps: list[LedgerStep] = []
        self.kept: list[Delivery] = []
        self.reading: LedgerReading | None = None

    def note(self, attempt: Attempt, at: float, *, other: bool = False) -> None:
        """Enter one attempt that ended at `at` (seconds, monotonic); `other`: one of a flood."""
        delivery = attempt.delivery
        owed = delivery.event_ids if delivery.genuine and attempt.acknowledged else ()
        forged = delivery.signer is not None and not delivery.genuine and not delivery.well_signed
        refused = attempt.answered and attempt.status is not None and 400 <= attempt.status < 500
        limited = attempt.answered and attempt.status in LIMITS
        for id_ in dict.fromkeys((*delivery.event_ids, *delivery.all_ids)):
            entry = self._entries.setdefault(id_, Entry(id_, str(attempt), attempt.n, other=other))
            entry.attempts += 1
            entry.forged += forged
            entry.refused += refused and not limited
            entry.sent += delivery.genuine and not limited
            if id_ in owed:
                if not entry.places:
                    entry.label, entry.n, entry.first_at, entry.kind = str(attempt), attempt.n, at, delivery.kind
                entry.places.add(delivery.url)
                entry.text = self._written(delivery) if entry.sent == 1 else entry.text
                entry.at = at
        if len(owed) == 1 and len(self.kept) < KEPT and attempt.manner == Manner() and not delivery.url and not other:
            self.kept.append(delivery)
        fresh = tuple(id_ for id_ in owed if self._entries[id_].first_at == at)
        self.steps.append(LedgerStep(attempt.n, str(attempt), delivery.genuine, fresh))

    def _written(self, delivery: Delivery) -> str | None:
        try:
            text = (
                get(delivery.payload, self._text_pointer)
                if self._text_pointer and delivery.kind == self._kind
                else None
            )
        except (LookupError, TypeError, ValueError):
            return None
        return text if isinstance(text, str) and len(delivery.event_ids) == 1 else None

    @property
    def owed(self) -> list[Entry]:
        """Events that must have had their effect, the first first; of a flood an even choice."""
        found = [entry for entry in self._entries.values() if entry.owed]
        others = [entry for entry in found if entry.other]
        chosen = {entry.id for entry in others[:: -(-len(others) // MOST_OTHERS) or 1]}
        return [entry for entry in found if not entry.other or entry.id in chosen]

    @property
    def barred(self) -> list[Entry]:
        """Events that must have had none."""
        return [entry for entry in self._entries.values() if entry.barred]

    @property
    def acknowledged_at(self) -> dict[str, float]:
        """When each event was last acknowledged, in seconds of the monotonic clock."""
        return {entry.id: entry.at for entry in self._entries.values() if entry.owed}

    @property
    def acknowledged(self) -> int:
        """Genuine events that were acknowledged so far."""
        return sum(bool(entry.owed) for entry in self._entries.values())

    def since(self, id_: str) -> int:
        """Events that were acknowledged after that one."""
        at = self._entries[id_].first_at
        return sum(entry.first_at > at for entry in self._entries.values() if entry.owed)

    def silenced_by(self, lost: Iterable[str], read: Iterable[str]) -> list[LedgerStep]:
        """What was sent between the last event that had its effect and the first after which none had; else nothing.

        `read` are the events whose effects were counted, `lost` those of them that had none.
        Nothing too, unless at least two events were lost then: one that is lost at the end may be any one.
        """
        gone, known = set(lost), set(read)
        owing = [at for at, step in enumerate(self.steps) if known.intersection(step.owed)]
        tail = len(owing)
        while tail and gone.intersection(self.steps[owing[tail - 1]].owed):
            tail -= 1
        if len(owing) - tail < 2 or not tail:
            return []
        between = self.steps[owing[tail - 1] + 1 : owing[tail]]
        return [step for step in between if not step.genuine] or between

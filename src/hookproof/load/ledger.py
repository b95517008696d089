"""Keeps a tally while its stage runs: what was due, when it was taken up, what was answered, how it ended."""

from __future__ import annotations

from hookproof.load.connection import Errand
from hookproof.load.tally import MARKS, Fate, Slot, Tally

_ACKNOWLEDGED = Fate.ACKNOWLEDGED
_MARK, _UNSENT = MARKS[_ACKNOWLEDGED], MARKS[Fate.UNSENT]


class Ledger:
    """The account of one engine: its share of the deliveries is every `workers`th serial number.

    `started` is on the engine's clock. `rate`: attempts that were due in each second of the last whole slot.
    """

    def __init__(self, tally: Tally, acknowledges: frozenset[int], deadline_s: float, workers: int) -> None:
        self.tally = tally
        self.rate = 0.0
        self.turns_at = 0.0
        self._acknowledges, self._deadline_s, self._workers = acknowledges, deadline_s, workers
        self._started = self._turned_at = 0.0
        self._marks = bytearray()
        self._slot = Slot()

    def begin(self, started: float) -> None:
        self._started = self._turned_at = started

    def turn(self, now: float) -> None:
        """Begin another slot: its time has come."""
        width = self.tally.slot_s
        number = max(0, int((now - self._started) / width))
        self.rate = self._slot.due / width
        self._slot = self.tally.slots.setdefault(number, Slot())
        self._turned_at = self._started + number * width
        self.turns_at = self._turned_at + width

    def due(self, due: float, serial: int, number: int, now: float) -> Errand:
        """The time of an attempt has come; `number` attempts of the delivery went before."""
        tally, slot = self.tally, self._slot
        if due < self._turned_at:
            slot = tally.slots.get(int((due - self._started) / tally.slot_s), slot)
        tally.due += 1
        slot.due += 1
        if not number:
            place, marks = serial // self._workers, self._marks
            if place >= len(marks):
                marks.extend(bytes(place + 65536 - len(marks)))
            if not marks[place]:
                tally.deliveries += 1
                marks[place] = _UNSENT
        return due, serial, number, slot, now

    def sent(self, slot: Slot, lag: float) -> None:
        """An attempt goes out, so long after its time through our own fault."""
        self.tally.sent += 1
        slot.sent += 1
        self.tally.lag.add(lag)
        if lag > slot.lag_s:
            slot.lag_s = lag

    def answered(self, errand: Errand, status: int, sent_at: float, now: float) -> Fate | None:
        """A whole answer has come; how the attempt ended, unless it was acknowledged."""
        due, serial, _, slot, _ = errand
        tally = self.tally
        tally.answered += 1
        tally.statuses[status] += 1
        tally.service.add(now - sent_at)
        if status not in self._acknowledges:
            return Fate.REJECTED
        if now - due > self._deadline_s:
            return Fate.LATE
        slot.ended += 1
        tally.fates[_ACKNOWLEDGED] += 1
        slot.acknowledged += 1
        slot.latency.add(now - due)
        self._slot.done += 1
        self._marks[serial // self._workers] = _MARK
        return None

    def failed(self, errand: Errand, fate: Fate) -> bool:
        """An attempt ended otherwise than acknowledged; whether its delivery still has to be acknowledged."""
        _, serial, _, slot, _ = errand
        slot.ended += 1
        self.tally.fates[fate] += 1
        place = serial // self._workers
        if self._marks[place] == _MARK:
            return False
        self._marks[place] = MARKS[fate]
        return True

    def unsent(self, slot: Slot, lag: float) -> None:
        """An attempt will never go out; our own part in that."""
        self.tally.lag.add(lag)
        slot.lag_s = max(slot.lag_s, lag)

    def close(self, worker: int) -> None:
        """The stage is over."""
        self.tally.marks[worker] = bytes(self._marks)
        for slot in self.tally.slots.values():
            self.tally.latency.merge(slot.latency)

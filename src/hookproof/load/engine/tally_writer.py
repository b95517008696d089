"""Writes the tally of a stage while it runs: what was due, when it was taken up, what was answered, how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from hookproof.load.engine.tally import MARKS, Fate, Slot, Tally

_ACKNOWLEDGED = Fate.ACKNOWLEDGED
_MARK, _UNSENT = MARKS[_ACKNOWLEDGED], MARKS[Fate.UNSENT]


@dataclass(slots=True, eq=False)
class DueAttempt:
    """One attempt whose time has come. Times are on the engine's clock, in seconds.

    serial    the serial number of its delivery
    earlier   how many attempts of its delivery were made before it in this stage
    slot      where it is counted: the slot of the time at which it was due
    taken_up  when the engine first dealt with it
    """

    due: float
    serial: int
    earlier: int
    slot: Slot
    taken_up: float


class TallyWriter:
    """Counts everything that one engine does in one stage into `tally`.

    turns_at  when the next slot begins, on the engine's clock
    rate      attempts a second that were due in the last whole slot
    """

    def __init__(self, tally: Tally, acknowledges: frozenset[int], deadline_s: float, workers: int) -> None:
        """`workers`: how many engines share the stage; each has every `workers`th serial number."""
        self.tally = tally
        self.rate = 0.0
        self.turns_at = 0.0
        self._acknowledges, self._deadline_s, self._workers = acknowledges, deadline_s, workers
        self._started = self._turned_at = 0.0
        self._marks = bytearray()
        self._slot = Slot()

    def begin(self, started: float) -> None:
        """Set the start of the stage, on the engine's clock."""
        self._started = self._turned_at = started

    def turn(self, now: float) -> None:
        """Begin the slot that `now` lies in."""
        width = self.tally.slot_s
        number = max(0, int((now - self._started) / width))
        self.rate = self._slot.due / width
        self._slot = self.tally.slots.setdefault(number, Slot())
        self._turned_at = self._started + number * width
        self.turns_at = self._turned_at + width

    def due(self, due: float, serial: int, earlier: int, now: float) -> DueAttempt:
        """Count an attempt as due; `earlier` attempts of its delivery were made before."""
        tally, slot = self.tally, self._slot
        if due < self._turned_at:
            slot = tally.slots.get(int((due - self._started) / tally.slot_s), slot)
        tally.due += 1
        slot.due += 1
        if not earlier:
            index, marks = serial // self._workers, self._marks
            if index >= len(marks):
                marks.extend(bytes(index + 65536 - len(marks)))
            if not marks[index]:
                tally.deliveries += 1
                marks[index] = _UNSENT
        return DueAttempt(due, serial, earlier, slot, now)

    def sent(self, slot: Slot, lag: float) -> None:
        """Count an attempt as sent, `lag` seconds after its time through our own fault."""
        self.tally.sent += 1
        slot.sent += 1
        self.tally.lag.add(lag)
        if lag > slot.lag_s:
            slot.lag_s = lag

    def answered(self, attempt: DueAttempt, status: int, sent_at: float, now: float) -> Fate | None:
        """Count a whole answer. Returns None for an acknowledgement in time, otherwise how the attempt ended."""
        due, slot = attempt.due, attempt.slot
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
        self._marks[attempt.serial // self._workers] = _MARK
        return None

    def failed(self, attempt: DueAttempt, fate: Fate) -> bool:
        """Count an attempt that was not acknowledged. Returns whether its delivery still has to be acknowledged."""
        attempt.slot.ended += 1
        self.tally.fates[fate] += 1
        index = attempt.serial // self._workers
        if self._marks[index] == _MARK:
            return False
        self._marks[index] = MARKS[fate]
        return True

    def unsent(self, slot: Slot, lag: float) -> None:
        """Count our own lag, in seconds, for an attempt that will never be sent."""
        self.tally.lag.add(lag)
        slot.lag_s = max(slot.lag_s, lag)

    def close(self, worker: int) -> None:
        """Complete the tally at the end of the stage; `worker` is the number of this engine."""
        self.tally.marks[worker] = bytes(self._marks)
        for slot in self.tally.slots.values():
            self.tally.latency.merge(slot.latency)

"""Judges whether a receiver that was down has caught up with its backlog, and when, or has collapsed. Pure.

A collapse is metastable if only its own effects keep it going: the backlog of the outage is over, and the traffic that
is left is less than the receiver has shown it can take, yet it does not take that traffic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from hookproof.load.engine.tally import Slot
from hookproof.wording import number, percent

LEAST = 3
"""How many slots must follow a recovery, or the end of the backlog, before anything can be said."""
TAKEN = 0.9
"""Share of fresh traffic, acknowledged in time, from which on a receiver is on its feet."""


class Course(StrEnum):
    """What became of a receiver after its outage. The values are never renamed: reports quote them."""

    UNSHAKEN = "unshaken"
    RECOVERED = "recovered"
    COLLAPSED = "collapsed"
    BEHIND = "behind"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Recovery:
    """What became of a receiver in one stage with a backlog, and one line of evidence.

    at_s  the second from which on the objective was kept to the end; None if it was not
    """

    course: Course
    at_s: float | None
    evidence: str


def recover(
    slots: Mapping[int, Slot],
    *,
    slot_s: float,
    duration_s: float,
    min_ok: float,
    rate: float,
    backlog_s: float,
    capacity: float = 0.0,
) -> Recovery:
    """Judge the recovery from the slots of a stage, in which attempts and retries count when they were due.

    min_ok     share of attempts that must be acknowledged in time
    rate       fresh deliveries a second
    backlog_s  the second by which every delivery of the backlog has been due once (`Backlog.backlog_s`)
    capacity   deliveries a second that the receiver took at another time, if known; its best slot counts too
    """
    stage = [slots.get(index, Slot()) for index in range(round(duration_s / slot_s))]
    if not any(slot.due for slot in stage):
        return Recovery(Course.UNDECIDED, None, "nothing was due")
    begin = _kept_from(stage, min_ok)
    if begin is not None and len(stage) - begin >= LEAST:
        return _recovered(stage, begin, slot_s, min_ok)
    first = ceil(round(backlog_s / slot_s, 9))
    tail = stage[max(first, len(stage) - max(LEAST, len(stage) // 4)) :]
    if len(tail) < LEAST:
        left = f"{backlog_s:g} s of the stage's {duration_s:g} s went by before the last of the backlog was due"
        return Recovery(Course.UNDECIDED, None, f"the stage is too short to tell: {left}")
    return _down(stage, tail, slot_s, rate, backlog_s, capacity)


def _recovered(stage: Sequence[Slot], begin: int, slot_s: float, min_ok: float) -> Recovery:
    kept = f"{percent(min_ok)} acknowledged in time"
    if begin == 0:
        return Recovery(Course.UNSHAKEN, 0.0, f"{kept} from the first second to the last")
    before = stage[:begin]
    failed, due = sum(_failed(slot) for slot in before), sum(slot.due for slot in before)
    lost = f"before that {number(failed)} of {number(due)} attempts failed"
    return Recovery(Course.RECOVERED, begin * slot_s, f"{kept} from second {begin * slot_s:g} to the end; {lost}")


def _down(
    stage: Sequence[Slot], tail: Sequence[Slot], slot_s: float, rate: float, backlog_s: float, capacity: float
) -> Recovery:
    """Tell a collapse from a receiver that is still recovering, or is asked for more than it ever took."""
    half = len(tail) // 2
    taken, early, late = (_taken(part, slot_s) for part in (tail, tail[:half], tail[-half:]))
    best = max(capacity, max(slot.done for slot in stage) / slot_s)
    ends = f"in the last {len(tail) * slot_s:g} s it acknowledged {number(taken)}/s"
    due = number(sum(slot.due for slot in tail) / len(tail) / slot_s)
    fresh = f"fresh traffic is {number(rate)}/s ({due}/s with retries)"
    if rate > best:
        return Recovery(Course.BEHIND, None, f"{ends}; {fresh}, more than the {number(best)}/s it took at best")
    if late >= TAKEN * rate:
        return Recovery(Course.BEHIND, None, f"{ends} in time; {fresh}, so it was on its feet, but not yet reliable")
    if late > 1.2 * early + 1 / slot_s:
        return Recovery(Course.BEHIND, None, f"{ends} and was still mending; {fresh}")
    return Recovery(
        Course.COLLAPSED,
        None,
        f"metastable collapse: the backlog was due by second {backlog_s:g}, and {fresh}, "
        f"less than the {number(best)}/s it took at best, yet {ends}",
    )


def _kept_from(stage: Sequence[Slot], min_ok: float) -> int | None:
    """The first slot from which on the share is kept, in each slot and in all together; one failure does not count."""
    begin, due, failed = None, 0, 0
    for index in range(len(stage) - 1, -1, -1):
        slot = stage[index]
        due, failed = due + slot.due, failed + _failed(slot)
        if not (_kept(slot.due, _failed(slot), min_ok) and _kept(due, failed, min_ok)):
            break
        begin = index if slot.due or begin is not None else None
    return begin


def _kept(due: int, failed: int, min_ok: float) -> bool:
    return failed <= max(1.0, (1 - min_ok) * due + 1e-9)


def _failed(slot: Slot) -> int:
    return slot.due - slot.acknowledged


def _taken(slots: Sequence[Slot], slot_s: float) -> float:
    """Deliveries acknowledged in time, for each second in which they were due."""
    return sum(slot.acknowledged for slot in slots) / len(slots) / slot_s if slots else 0.0

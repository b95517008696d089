"""Judges whether a stage met its objective, from its tally. Pure.

What the generator may have caused never counts against the target, and never as a pass. Each attempt was in time, or
the target failed it, or it is doubtful. Doubtful are attempts that

- the generator could not send (`own`),
- met a kept connection just as it was being closed (`raced`),
- were under way when the run was ended (`abandoned`),
- were not made, because a worker was lost or the run was interrupted,
- were taken up late.

If the objective is missed even when all doubtful attempts count as in time, it is missed. If it is met even when all of
them count as failed, and nothing else makes the run doubtful, it is met. Otherwise it is undecided.

An attempt is taken up late if that happens more than `max_lag_s` after its time. This can explain why it ended late,
timed out or unsent; it cannot explain a 503. But if the 99th percentile of the lag is above `max_lag_s`, the target got
another load than was asked for, with a burst after each pause of the generator. Any failure may then be due to that, up
to as many failures as attempts were taken up late.

An attempt that waited because every connection was busy waited for the target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hookproof.load.engine.tally import Fate, Tally
from hookproof.load.judge.reconciliation import Reconciliation
from hookproof.verdict import Exit
from hookproof.wording import milliseconds, number

FAILURES = (Fate.LATE, Fate.REJECTED, Fate.RESET, Fate.TIMED_OUT, Fate.GARBLED, Fate.REFUSED, Fate.UNSENT)
"""Ends of attempts that are the target's failures, unless the generator's lag explains them."""
TIMED = (Fate.LATE, Fate.TIMED_OUT, Fate.UNSENT)
"""Ends of attempts that a few milliseconds of the generator's lag can explain."""


class LoadVerdict(StrEnum):
    """Whether an objective was kept."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"


EXITS = {LoadVerdict.MET: Exit.CONFORMANT, LoadVerdict.MISSED: Exit.LOAD_MISSED, LoadVerdict.UNDECIDED: Exit.UNDECIDED}


@dataclass(frozen=True)
class Objective:
    """What share of the attempts that are due must be acknowledged in time.

    min_ok      that share, above 0 and at most 1
    deadline_s  seconds from when an attempt is due until it must be acknowledged
    max_lag_s   seconds by which the generator may be late itself
    """

    min_ok: float = 0.999
    deadline_s: float = 10.0
    max_lag_s: float = 0.010

    def __post_init__(self) -> None:
        if not 0 < self.min_ok <= 1:
            raise ValueError(f"the share to acknowledge is above 0 and at most 1, not {self.min_ok!r}")
        if self.deadline_s <= 0 or self.max_lag_s <= 0:
            raise ValueError("deadline and lag are above 0 s")


@dataclass(frozen=True)
class Judgement:
    """The verdict on a stage or a scenario.

    reasons  why, one line each
    broke    the most frequent kind of failure: a fate, "effects", or "" if nothing was missed
    count    how many failures of that kind there were
    said     that kind and number as words: "3 900 timed out"
    ours     whether it is undecided because the generator could not keep up
    """

    verdict: LoadVerdict
    reasons: tuple[str, ...] = ()
    broke: str = ""
    count: int = 0
    said: str = ""
    ours: bool = False

    @property
    def exit(self) -> Exit:
        return EXITS[self.verdict]


def judge(
    tally: Tally,
    objective: Objective,
    *,
    expected: int | None,
    lost_workers: Sequence[str] = (),
    interrupted: bool = False,
    effects: Reconciliation | None = None,
) -> Judgement:
    """Judge one stage.

    expected      how many deliveries its schedule has, each counted once; None if that is unknown
    lost_workers  names of workers whose tally never came
    interrupted   whether the stage was ended early
    effects       what the observer counted, if there was one

    A lost or duplicated effect is a miss, whatever the latencies. A tally that does not add up is undecided, whatever
    it says.
    """
    if tally.unbalanced:
        return Judgement(LoadVerdict.UNDECIDED, (f"the account does not balance: {tally.unbalanced}",))
    cut = [*(f"worker {name} was lost, and what became of its part is unknown" for name in lost_workers)]
    cut += ["the run was interrupted"] if interrupted else []
    if not tally.due:
        return Judgement(LoadVerdict.UNDECIDED, (*cut, "nothing was due"))
    missing = 0 if expected is None else max(0, expected - tally.deliveries)
    allowed = (1 - objective.min_ok) * (tally.due + missing) + 1e-9
    surely = tally.of(*FAILURES) - _excused(tally, objective)
    missed = surely > allowed and not (cut and expected is None)
    doubts = [*cut, *_miscounted(tally, expected, cut, lost_workers), *_lagging(tally, objective), *_unseen(effects)]
    if not missed:
        doubts += _decisive(tally, objective, allowed)
    wrong = [*(_unacknowledged(tally, objective) if missed else ()), *_effects(effects)]
    if wrong:
        most = _most_frequent(tally, missed, effects)
        return Judgement(LoadVerdict.MISSED, (*wrong, *doubts), most.kind, most.count, most.said)
    if doubts:
        ours = bool(_lagging(tally, objective)) or tally.of(*FAILURES, Fate.OWN) > allowed
        return Judgement(LoadVerdict.UNDECIDED, tuple(doubts), ours=ours)
    return Judgement(LoadVerdict.MET, (_share(tally, objective),))


def _excused(tally: Tally, objective: Objective) -> int:
    """How many of the failures the generator's lag can have caused."""
    lagged = _lagged(tally, objective)
    return min(lagged, tally.of(*(FAILURES if _lagging(tally, objective) else TIMED)))


def _lagged(tally: Tally, objective: Objective) -> int:
    """How many attempts were taken up late; a bucket of the histogram that reaches beyond the limit counts whole."""
    return tally.lag.above(objective.max_lag_s * (1 - 2**-7))


def _lagging(tally: Tally, objective: Objective) -> list[str]:
    p99_s = tally.lag.quantile_us(0.99) / 1e6
    if p99_s <= objective.max_lag_s:
        return []
    limit = f"{objective.max_lag_s * 1e3:g} ms"
    lagged = number(_lagged(tally, objective))
    late = f"99 % were taken up within {milliseconds(p99_s)}, not {limit} ({lagged} were later)"
    return [f"the generator was late itself: {late}"]


def _miscounted(tally: Tally, expected: int | None, cut: list[str], lost: Sequence[str]) -> Iterator[str]:
    """Deliveries that the schedule has and the tally has not, or the other way round."""
    if expected is not None and tally.deliveries != expected and not (cut and tally.deliveries < expected):
        yield f"{_deliveries(tally.deliveries)} due, and the schedule has {number(expected)}"
    elif expected is not None and cut and tally.deliveries < expected:
        what = "are not accounted for" if lost else "were not due yet"
        yield f"{number(expected - tally.deliveries)} of {number(expected)} deliveries {what}"


def _decisive(tally: Tally, objective: Objective, allowed: float) -> Iterator[str]:
    """Doubtful attempts that would turn the verdict if all of them had failed."""
    failed, raced, own = tally.of(*FAILURES), tally.of(Fate.RACED), tally.of(Fate.OWN)
    cut = tally.of(Fate.ABANDONED)
    if failed + raced + own + cut <= allowed:
        return
    if cut:
        yield f"{number(cut)} were under way when the run was ended"
    if own:
        yield f"{number(own)} could not be sent for want of descriptors, ports or memory on this machine"
    if raced:
        yield (
            f"{number(raced)} met a connection that was closed just as it was used again, which may be nobody's fault: "
            "with a fresh connection for each delivery there are none"
        )
    if failed > allowed:
        late = number(min(_excused(tally, objective), tally.of(*FAILURES)))
        yield f"{number(failed)} failed, and the generator's own lag may explain {late} of them"


def _unseen(effects: Reconciliation | None) -> Iterator[str]:
    if effects is not None and effects.unknown:
        yield f"the observer could not tell what became of {_deliveries(effects.unknown)}"


def _effects(effects: Reconciliation | None) -> Iterator[str]:
    if effects is not None and effects.lost:
        yield f"{_deliveries(effects.lost)} acknowledged but never processed{_of(effects)}"
    if effects is not None and effects.duplicated:
        yield f"{_deliveries(effects.duplicated)} processed twice{_of(effects)}"


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{number(count)} deliveries"


def _of(effects: Reconciliation) -> str:
    total = number(effects.acknowledged)
    return f" (a sample of {number(effects.asked)} out of {total})" if effects.sampled else ""


_SAID = {
    Fate.LATE: "answered late",
    Fate.RESET: "reset",
    Fate.TIMED_OUT: "timed out",
    Fate.GARBLED: "answered by what is not HTTP",
    Fate.REFUSED: "not let connect",
    Fate.UNSENT: "never sent, every connection being busy until the deadline",
    Fate.RACED: "met a connection being closed",
    Fate.ABANDONED: "cut off when the run was ended",
    Fate.OWN: "not sendable by this machine",
}


@dataclass(frozen=True)
class Failures:
    """How many failures of one kind there are: the kind is a fate or "effects", and `said` is both as words."""

    kind: str
    count: int
    said: str


def failures(tally: Tally) -> list[Failures]:
    """Attempts that were not acknowledged, by fate, the most frequent fate first."""
    found = [
        Failures(str(fate), tally.fates[fate], f"{number(tally.fates[fate])} {said}") for fate, said in _SAID.items()
    ]
    rejected = tally.fates[Fate.REJECTED]
    found.append(Failures(str(Fate.REJECTED), rejected, _answered(tally, rejected)))
    return sorted((one for one in found if one.count), key=lambda one: -one.count)


def _answered(tally: Tally, rejected: int) -> str:
    """Rejections by status, the most frequent first."""
    others = [(status, count) for status, count in tally.statuses.most_common() if not 200 <= status < 300]
    if not others or sum(count for _, count in others) != rejected:
        return f"{number(rejected)} rejected"
    shown = [f"{number(count)} answered {status}" for status, count in others[:3]]
    rest = rejected - sum(count for _, count in others[:3])
    return ", ".join([*shown, f"{number(rest)} answered otherwise"] if rest else shown)


def _unacknowledged(tally: Tally, objective: Objective) -> Iterator[str]:
    parts = ", ".join(one.said for one in failures(tally))
    due, failed = number(tally.due), number(tally.due - tally.acknowledged)
    yield f"{failed} of {due} {_things(tally)} were not acknowledged within {objective.deadline_s:g} s: {parts}"


def _share(tally: Tally, objective: Objective) -> str:
    part = f"{number(tally.acknowledged)} of {number(tally.due)} {_things(tally)}"
    return f"{part} were acknowledged within {objective.deadline_s:g} s"


def _things(tally: Tally) -> str:
    return "deliveries" if tally.due == tally.deliveries else "attempts"


def _most_frequent(tally: Tally, missed: bool, effects: Reconciliation | None) -> Failures:
    if missed:
        return failures(tally)[0]
    count = effects.lost + effects.duplicated if effects else 0
    return Failures("effects", count, ", ".join(_effects(effects)))


def together(verdicts: Iterable[LoadVerdict]) -> LoadVerdict:
    """The verdict on several: missed if one is missed, met if there are any and all are met."""
    found = set(verdicts)
    if LoadVerdict.MISSED in found:
        return LoadVerdict.MISSED
    return LoadVerdict.MET if found == {LoadVerdict.MET} else LoadVerdict.UNDECIDED

"""Whether a stage met its objective, from its tally. Pure.

What the generator may have caused never counts against the target, and never as a pass. Each attempt is one of three:
in time, the target's failure, or doubtful. Doubtful are those the generator could not send (`own`), those that met a
kept-alive connection just as it was closed (`raced`), those under way when the run was ended (`abandoned`), those not
sent because a worker was lost or the run was interrupted, and those taken up late. If the objective is missed even with
all doubtful ones in time, it is missed; if it is met even with all of them failed, and nothing else makes the run
doubtful, it is met; otherwise nobody knows.

Taken up late, more than `max_lag_s` after its time, can be the reason why an attempt ended late, timed out or unsent;
it is no reason for a 503. But where the 99th percentile of the lag is above it, the target got another load than was
asked for, in bursts after each pause of the generator: then any failure may be due to that, up to as many as lagged.

Attempts that waited because every connection was busy waited for the target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hookproof.figures import milliseconds, number
from hookproof.load.effects import Effects
from hookproof.load.tally import Fate, Tally
from hookproof.verdict import Exit

FAILURES = (Fate.LATE, Fate.REJECTED, Fate.RESET, Fate.TIMED_OUT, Fate.GARBLED, Fate.REFUSED, Fate.UNSENT)
"""The target's, unless the generator's lag explains them."""
TIMED = (Fate.LATE, Fate.TIMED_OUT, Fate.UNSENT)
"""Those that a few milliseconds of lag can explain."""


class Standing(StrEnum):
    """What a load run says of its objective."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"


EXITS = {Standing.MET: Exit.CONFORMANT, Standing.MISSED: Exit.LOAD_MISSED, Standing.UNDECIDED: Exit.UNDECIDED}


@dataclass(frozen=True)
class Objective:
    """At least `min_ok` of the attempts due are acknowledged within `deadline_s`, the generator being on time."""

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
    """A verdict, why in one line each, and what broke.

    broke  of what was missed, the biggest part: a fate, "effects", or "" if nothing was missed
    count  how many that were, said as `said`: "3 900 timed out"
    ours   the generator is the reason why nothing can be said: it could not keep up
    """

    verdict: Standing
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
    effects: Effects | None = None,
) -> Judgement:
    """Judge one stage. `expected` is how many deliveries its schedule has, each counted once (`Arrivals.deliveries`).

    A lost or duplicated effect is a miss whatever the latencies say. An account that does not balance is undecided
    whatever it says.
    """
    if tally.unbalanced:
        return Judgement(Standing.UNDECIDED, (f"the account does not balance: {tally.unbalanced}",))
    cut = [*(f"worker {name} was lost, and what became of its part is unknown" for name in lost_workers)]
    cut += ["the run was interrupted"] if interrupted else []
    if not tally.due:
        return Judgement(Standing.UNDECIDED, (*cut, "nothing was due"))
    missing = 0 if expected is None else max(0, expected - tally.deliveries)
    allowed = (1 - objective.min_ok) * (tally.due + missing) + 1e-9
    surely = tally.of(*FAILURES) - _excused(tally, objective)
    missed = surely > allowed and not (cut and expected is None)
    doubts = [*cut, *_miscounted(tally, expected, cut, lost_workers), *_lagging(tally, objective), *_unseen(effects)]
    if not missed:
        doubts += _swaying(tally, objective, allowed)
    wrong = [*(_unacknowledged(tally, objective) if missed else ()), *_effects(effects)]
    if wrong:
        return Judgement(Standing.MISSED, (*wrong, *doubts), *_broke(tally, missed, effects))
    if doubts:
        ours = bool(_lagging(tally, objective)) or tally.of(*FAILURES, Fate.OWN) > allowed
        return Judgement(Standing.UNDECIDED, tuple(doubts), ours=ours)
    return Judgement(Standing.MET, (_share(tally, objective),))


def _excused(tally: Tally, objective: Objective) -> int:
    """How many of the failures the generator's lag can have caused."""
    lagged = _lagged(tally, objective)
    return min(lagged, tally.of(*(FAILURES if _lagging(tally, objective) else TIMED)))


def _lagged(tally: Tally, objective: Objective) -> int:
    """How many were taken up late; a bucket that reaches beyond the limit counts."""
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
    """Deliveries that the schedule has and the account has not, or the other way round."""
    if expected is not None and tally.deliveries != expected and not (cut and tally.deliveries < expected):
        yield f"{_deliveries(tally.deliveries)} due, and the schedule has {number(expected)}"
    elif expected is not None and cut and tally.deliveries < expected:
        what = "are not accounted for" if lost else "were not due yet"
        yield f"{number(expected - tally.deliveries)} of {number(expected)} deliveries {what}"


def _swaying(tally: Tally, objective: Objective, allowed: float) -> Iterator[str]:
    """What would turn the verdict if it were counted the other way."""
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


def _unseen(effects: Effects | None) -> Iterator[str]:
    if effects is not None and effects.unknown:
        yield f"the observer could not tell what became of {_deliveries(effects.unknown)}"


def _effects(effects: Effects | None) -> Iterator[str]:
    if effects is not None and effects.lost:
        yield f"{_deliveries(effects.lost)} acknowledged but never processed{_of(effects)}"
    if effects is not None and effects.duplicated:
        yield f"{_deliveries(effects.duplicated)} processed twice{_of(effects)}"


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{number(count)} deliveries"


def _of(effects: Effects) -> str:
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


def failures(tally: Tally) -> list[tuple[str, int, str]]:
    """What was not acknowledged, the biggest part first: fate or "rejected", how many, and both as words."""
    found = [(str(fate), tally.fates[fate], f"{number(tally.fates[fate])} {said}") for fate, said in _SAID.items()]
    rejected = tally.fates[Fate.REJECTED]
    found.append((str(Fate.REJECTED), rejected, _answered(tally, rejected)))
    return sorted((item for item in found if item[1]), key=lambda item: -item[1])


def _answered(tally: Tally, rejected: int) -> str:
    """Rejections by their status, the most frequent first; the statuses that acknowledge are not among them."""
    others = [(status, count) for status, count in tally.statuses.most_common() if not 200 <= status < 300]
    if not others or sum(count for _, count in others) != rejected:
        return f"{number(rejected)} rejected"
    shown = [f"{number(count)} answered {status}" for status, count in others[:3]]
    rest = rejected - sum(count for _, count in others[:3])
    return ", ".join([*shown, f"{number(rest)} answered otherwise"] if rest else shown)


def _unacknowledged(tally: Tally, objective: Objective) -> Iterator[str]:
    parts = ", ".join(said for _, _, said in failures(tally))
    due, failed = number(tally.due), number(tally.due - tally.acknowledged)
    yield f"{failed} of {due} {_things(tally)} were not acknowledged within {objective.deadline_s:g} s: {parts}"


def _share(tally: Tally, objective: Objective) -> str:
    part = f"{number(tally.acknowledged)} of {number(tally.due)} {_things(tally)}"
    return f"{part} were acknowledged within {objective.deadline_s:g} s"


def _things(tally: Tally) -> str:
    return "deliveries" if tally.due == tally.deliveries else "attempts"


def _broke(tally: Tally, missed: bool, effects: Effects | None) -> tuple[str, int, str]:
    if missed:
        return failures(tally)[0]
    count = effects.lost + effects.duplicated if effects else 0
    return "effects", count, ", ".join(_effects(effects))


def together(verdicts: Iterable[Standing]) -> Standing:
    """What several come to: missed if one is, met if all are and there is one."""
    found = set(verdicts)
    if Standing.MISSED in found:
        return Standing.MISSED
    return Standing.MET if found == {Standing.MET} else Standing.UNDECIDED

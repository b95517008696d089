"""How a sender spaces the attempts of one delivery, told from the gaps between them. No I/O, no clock.

Whoever waits at random can look like anything for a while: what may be chance is `doubtful`, never an accusation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

NOISE_S = 0.15
"""Seconds by which an attempt may come late without meaning to."""
CHANCE = 0.001
"""How likely a coincidence may be, at most, for gaps to be held against a sender."""
TICKS_S = (1.0, 0.5)
"""How often, in seconds, a sender may look whether an attempt is due."""

# The least a growing schedule grows: from its first to its last gap, and, where it is jittered, from gap to gap.
_RISE, _FACTOR = 1.2, 1.5
# Jitter in percent: a ladder of round numbers needs more than the first, equal jitter (d/2 to d) just the last.
_SMOOTH, _JITTERED = range(1, 16), range(16, 35)
_SLACK = 1e-9
_SPREAD = 0.66
"""How far apart equal jitter puts two gaps that were meant to be the same, in proportion."""

# A gap's index in the schedule, and the least and most it can have been meant to be.
Point: TypeAlias = tuple[int, float, float]


class Kind(StrEnum):
    """What the gaps do from each to the next."""

    UNKNOWN = "unknown"
    NONE = "none"
    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"
    GROWING = "growing"
    SHRINKING = "shrinking"
    IRREGULAR = "irregular"


GROWTH = frozenset({Kind.LINEAR, Kind.EXPONENTIAL, Kind.GROWING})


@dataclass(frozen=True)
class Backoff:
    """How the gaps between the attempts of one delivery run.

    factor           by how much each gap is longer than the one before, where they grow
    cap_s            the longest gap, where growth ends at one
    jitter, noise_s  the least with which a schedule of that kind passes through all the gaps
    """

    kind: Kind
    gaps: tuple[float, ...]
    factor: float | None = None
    cap_s: float | None = None
    jitter: float = 0.0
    noise_s: float = 0.0

    @property
    def base_s(self) -> float | None:
        """The first gap; None without one."""
        return self.gaps[0] if self.gaps else None

    @property
    def grows(self) -> bool:
        """Whether attempts come ever later, up to a cap."""
        return self.kind in GROWTH

    @property
    def may_be_exponential(self) -> bool:
        """Whether the gaps grow, and not along a line."""
        return self.grows and self.kind is not Kind.LINEAR

    @property
    def doubtful(self) -> bool:
        """Whether nobody can tell if the gaps grow.

        There are two at most; or all are within the machine's noise; or what does not grow (constant gaps, or scattered
        ones that rather fall) may look so by chance, by the ticks of a clock or by latency.
        """
        if len(self.gaps) < 3 or self.kind is Kind.NONE:
            return True
        if self.kind is Kind.CONSTANT:
            return _chance(self.gaps, _tick_s(self.gaps), NOISE_S) >= CHANCE
        if self.kind is Kind.IRREGULAR:
            falling = _falling(self.gaps)
            return len(self.gaps) < 4 or falling > 0.12 or _chance(self.gaps, 0.0, NOISE_S) * falling >= CHANCE
        return False

    @property
    def ambiguous(self) -> bool:
        """Whether an exponential schedule may look like this by chance: too few gaps, or jittered ones along a line."""
        if self.kind is not Kind.LINEAR:
            return self.doubtful
        rising = [gap for gap in self.gaps if self.cap_s is None or gap < 0.9 * self.cap_s]
        if len(rising) < 4:
            return True
        wide = 2 * (self.jitter + self.noise_s / _median(rising))
        return (wide / _SPREAD) ** (len(rising) - 2) >= CHANCE

    def __str__(self) -> str:
        if len(self.gaps) < 2:
            return f"1 gap of {_length(self.gaps[0])}" if self.gaps else "no gaps"
        if self.kind is Kind.NONE:
            return f"retried at once, {len(self.gaps)} times"
        first, last = _length(self.gaps[0]), _length(self.gaps[-1])
        said = {
            Kind.EXPONENTIAL: f"exponential, factor {self.factor or 0:.1f} from {first}",
            Kind.LINEAR: f"linear, from {first} to {last}",
            Kind.CONSTANT: f"constant, {_length(_median(self.gaps))}",
            Kind.IRREGULAR: f"irregular, {_length(min(self.gaps))} to {_length(max(self.gaps))}",
        }.get(self.kind, f"{self.kind}, from {first} to {last}")
        said += f", capped at {_length(self.cap_s)}" if self.cap_s is not None else ""
        said += f", jitter {self.jitter:.0%}".replace("%", " %") if self.jitter >= 0.005 and said[0] != "i" else ""
        return said + (f" ({len(self.gaps)} gaps, too few to tell)" if self.doubtful else "")


def classify(gaps: Sequence[float], *, noise_s: float = NOISE_S) -> Backoff:
    """Tell how the gaps (seconds, in order) between the attempts of one delivery run.

    A gap g was meant to be between (g - noise_s) / (1 + jitter) and g / (1 - jitter): attempts are late by up to
    `noise_s`, never early. A schedule fits if it passes through all these intervals, and the one that needs the least
    noise, then the least jitter, is taken. So gaps within `noise_s` of each other are constant, and gaps below it none.
    One gap of five or more may be an outlier. What grows, rises by more than `noise_s` and a fifth.

    Jitter up to a third around an exponential curve of factor 1.5 or more (which covers equal jitter) is growth
    wherever four gaps allow it. Otherwise scattered gaps are constant only if full jitter would look like them less
    than once in ten thousand times, and shrinking only as four that follow a falling line or curve, or five that fall;
    the rest is irregular.
    """
    found = tuple(max(0.0, gap) for gap in gaps)
    if len(found) < 2:
        return Backoff(Kind.UNKNOWN, found)
    if max(found) <= noise_s:
        return Backoff(Kind.NONE, found)
    steps: tuple[Callable[[tuple[float, ...], float], Backoff | None], ...] = (
        _constant, _smooth, _but_for_one, _ladder, _jittered, _scattered, _shrinking,
    )  # fmt: skip
    answers = (step(found, noise_s) for step in steps)
    spread = (max(found) - min(found)) / (max(found) + min(found))
    return next((answer for answer in answers if answer), Backoff(Kind.IRREGULAR, found, jitter=spread))


def _constant(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    alike = max(gaps) - min(gaps) <= noise_s * (1 + _SLACK)
    return Backoff(Kind.CONSTANT, gaps) if alike else None


def _smooth(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    """A line or an exponential curve, maybe capped, with little jitter."""
    indices = range(len(gaps))
    levels = [(noise_s * tenth / 10, 0.0) for tenth in range(1, 11)]
    levels += [(noise_s, percent / 100) for percent in _SMOOTH if len(gaps) > 2 and (len(gaps) > 3 or percent <= 10)]
    return next((fit for level in levels for fit in _fits(gaps, indices, *level)), None)


def _but_for_one(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    """As constant or smooth, with one gap that a pause made longer. A last gap that is longer may be growth."""
    if len(gaps) < 5:
        return None
    largest = gaps.index(max(gaps))
    rest = gaps[:largest] + gaps[largest + 1 :]
    if largest < len(rest) and _constant(rest, noise_s):
        return Backoff(Kind.CONSTANT, gaps)
    kept = [[index for index in range(len(gaps)) if index != out] for out in range(len(gaps))]
    levels = [(noise_s / 2, 0.0), (noise_s, 0.0), (noise_s, 0.05)]
    return next(
        (fit for level in levels for indices in kept for fit in _fits(gaps, indices, *level, capped=False)), None
    )


def _ladder(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    """Never shorter than before, but neither a line nor a curve: a table of delays, or what is polled for."""
    highest = [max(gaps[:end]) for end in range(1, len(gaps))]
    falls = any(gap < before * 0.98 - noise_s for before, gap in zip(highest, gaps[1:], strict=True))
    if falls or len(gaps) < 3 or not _rises(gaps, noise_s):
        return None
    level = _level(gaps, noise_s)
    rising = gaps[: level + 1]
    return Backoff(Kind.GROWING, gaps, _factor(rising, range(len(rising))), _cap(gaps, level))


def _jittered(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    """Exponential or linear with much jitter."""
    if len(gaps) < 4:
        return None
    levels = [(noise_s, percent / 100) for percent in (*_SMOOTH, *_JITTERED)]
    return next((fit for level in levels for fit in _fits(gaps, range(len(gaps)), *level, steep=True)), None)


def _scattered(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    """Constant with jitter, where chance can be ruled out."""
    least, most = max(min(gaps), noise_s), max(gaps)
    jitter = max(0.0, (most - noise_s - least) / (most - noise_s + least))
    return Backoff(Kind.CONSTANT, gaps, jitter=jitter) if jitter <= 0.25 and _chance(gaps) < CHANCE / 10 else None


def _shrinking(gaps: tuple[float, ...], noise_s: float) -> Backoff | None:
    falls = all(later < gap + noise_s / 2 for gap, later in pairwise(gaps))
    if len(gaps) < 4 or not falls or gaps[-1] * _RISE > gaps[0] or gaps[0] - gaps[-1] <= 2 * noise_s:
        return None
    points = _points(gaps, range(len(gaps)), noise_s, 0.05)
    smooth = any(low <= high for low, high in (_slopes(points), _slopes(_logs(points))))
    long = len(gaps) > 4 and gaps[-1] * 2 <= gaps[0] and gaps[0] - gaps[-1] > 4 * noise_s
    return Backoff(Kind.SHRINKING, gaps) if smooth or long else None


def _fits(
    gaps: tuple[float, ...],
    indices: Sequence[int],
    noise_s: float,
    jitter: float,
    *,
    capped: bool = True,
    steep: bool = False,
) -> Iterator[Backoff]:
    """Growing schedules that pass through these gaps with so much noise and jitter; `steep` asks for no more."""
    points = _points(gaps, indices, noise_s, jitter)
    rising = [gaps[index] for index in indices]
    curve, line = _slopes(_logs(points)), _slopes(points)
    risen = _rises(rising, noise_s)
    if _climbs(curve, risen, steep):
        yield Backoff(Kind.EXPONENTIAL, gaps, _factor(rising, indices), None, jitter, noise_s)
    if _climbs(line, risen, steep=False):
        # full jitter on a curve can look like a line
        kind = Kind.LINEAR if jitter * 100 < _JITTERED.start else Kind.GROWING
        yield Backoff(kind, gaps, None, None, jitter, noise_s)
    for end in range(2 if jitter <= 0.05 else 3, len(gaps) - 1) if capped and risen else ():
        yield from (replace(fit, noise_s=noise_s) for fit in _capped(gaps, points, end, jitter))


def _capped(gaps: tuple[float, ...], points: list[Point], end: int, jitter: float) -> Iterator[Backoff]:
    """As `_fits`, where the gaps from `end` on are all at the cap."""
    before, rising = points[end - 1], gaps[:end]
    least, most = max(low for _, low, _ in points[end:]), min(high for *_, high in points[end:])
    if least > most or before[1] > most or least <= points[0][2]:
        return
    curve, line = _slopes(_logs(points[:end])), _slopes(points[:end])
    cap_s = _cap(gaps, end)
    if _climbs(curve, risen=True, steep=False) and math.log(least) <= math.log(before[2]) + curve[1]:
        yield Backoff(Kind.EXPONENTIAL, gaps, _factor(rising, range(end)), cap_s, jitter)
    if end > 2 and _climbs(line, risen=True, steep=False) and least <= before[2] + line[1]:
        yield Backoff(Kind.LINEAR, gaps, None, cap_s, jitter)


def _climbs(slopes: tuple[float, float], risen: bool, steep: bool) -> bool:
    """Whether there is a slope, and it is upward for sure, or (`steep`) may be that of an exponential curve."""
    low, high = slopes
    return low <= high and ((low > 0 and risen) or (steep and high >= math.log(_FACTOR) - _SLACK))


def _points(gaps: Sequence[float], indices: Sequence[int], noise_s: float, jitter: float) -> list[Point]:
    tiny = max(gaps) * _SLACK
    return [
        (index, max(tiny, (gaps[index] - noise_s) / (1 + jitter) - tiny), gaps[index] / (1 - jitter) + 2 * tiny)
        for index in indices
    ]


def _logs(points: list[Point]) -> list[Point]:
    return [(index, math.log(low), math.log(high)) for index, low, high in points]


def _slopes(points: list[Point]) -> tuple[float, float]:
    """Least and greatest slope of a line through all intervals; the least is the greater one if there is none."""
    pairs = [(one, other) for at, one in enumerate(points) for other in points[at + 1 :]]
    least = max((other[1] - one[2]) / (other[0] - one[0]) for one, other in pairs)
    most = min((other[2] - one[1]) / (other[0] - one[0]) for one, other in pairs)
    return least, most


def _rises(gaps: Sequence[float], noise_s: float) -> bool:
    return gaps[-1] - gaps[0] > noise_s and gaps[-1] >= _RISE * gaps[0]


def _level(gaps: Sequence[float], noise_s: float) -> int:
    """From where on the gaps are alike."""
    ends = range(len(gaps))
    return next(end for end in ends if max(gaps[end:]) - min(gaps[end:]) <= noise_s * (1 + _SLACK))


def _cap(gaps: Sequence[float], level: int) -> float | None:
    return _median(gaps[level:]) if level < len(gaps) - 1 else None


def _factor(gaps: Sequence[float], indices: Sequence[int]) -> float | None:
    steps = indices[-1] - indices[0]
    return (gaps[-1] / gaps[0]) ** (1 / steps) if steps and gaps[0] > 0 else None


def _median(gaps: Sequence[float]) -> float:
    return sorted(gaps)[(len(gaps) - 1) // 2]


def _chance(gaps: Sequence[float], tick_s: float = 0.0, noise_s: float = 0.0) -> float:
    """How likely gaps drawn from 0 to d, with d growing by half each time, are as close together as these.

    One outlier is left out. Gaps that are whole ticks of a clock say no more than the tick, and noise says nothing.
    """
    some = sorted(gaps)
    return min(_close(some[:end], tick_s, noise_s) for end in {len(some), max(4, len(some) - 1)} if end <= len(some))


def _falling(gaps: Sequence[float]) -> float:
    """How likely so many falls are, or more, among gaps in any order; 1 unless they fall more often than they rise.

    Gaps that are as close together as jitter puts them come in any order equally often, however their schedule grows.
    """
    count = len(gaps)
    pairs = [(one, later) for at, one in enumerate(gaps) for later in gaps[at + 1 :]]
    falls = sum(later < one for one, later in pairs)
    if 2 * falls <= len(pairs):
        return 1.0
    ways = [1]  # orders of n gaps with 0, 1, 2 … falls (Mahonian numbers)
    for size in range(2, count + 1):
        ways = [sum(ways[max(0, at - size + 1) : at + 1]) for at in range(len(ways) + size - 1)]
    return sum(ways[falls:]) / sum(ways)


def _tick_s(gaps: Sequence[float]) -> float:
    """The tick of a clock that a sender looks at now and then; 0 if these gaps know of none."""
    return next((tick for tick in TICKS_S if all(gap >= tick and gap % tick <= NOISE_S for gap in gaps)), 0.0)


def _close(gaps: list[float], tick_s: float, noise_s: float) -> float:
    count, most = len(gaps), gaps[-1] - noise_s
    width = max(gaps[-1] - gaps[0], tick_s)
    if width >= most or (tick_s and gaps[0] <= tick_s + noise_s):
        return 1.0
    return float((1 if tick_s else count) * (width / most) ** (count - 1) / _FACTOR ** (count * (count - 1) / 2))


def _length(gap_s: float) -> str:
    """A gap in the unit one would say it in."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if gap_s >= 2 * size:
            return f"{gap_s / size:.3g} {unit}"
    return f"{gap_s:.2g} s" if gap_s < 10 else f"{gap_s:.3g} s"

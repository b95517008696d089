"""What grew during a stage at one rate: latency, and the memory of a watched process. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from hookproof.load.engine.histogram import Histogram
from hookproof.load.engine.tally import Slot, Tally
from hookproof.wording import milliseconds, number

LEAST = 8
"""How many slots, or samples of memory, a stage must have before growth is judged."""
GROWN = 1.5
"""How many times the first quarter's value the last quarter's must be to count as growth."""
SLIGHT_S = 0.005
"""Growth of latency by fewer seconds than this never counts."""
SLIGHT_BYTES = 16 * 2**20
"""Growth of memory by fewer bytes than this never counts."""


@dataclass(frozen=True)
class Drift:
    """The first quarter of a stage beside its last; None where too little was seen.

    latency_s  99th percentiles of the two quarters, in seconds
    memory     medians of the two quarters, in bytes
    """

    latency_s: tuple[float, float] | None
    memory: tuple[float, float] | None

    @property
    def grown(self) -> tuple[str, ...]:
        """One line for each of latency and memory that grew by half or more."""
        found = []
        if self.latency_s and _grew(*self.latency_s, SLIGHT_S):
            first, last = (milliseconds(value) for value in self.latency_s)
            found.append(f"latency drifts: p99 {first} in the first quarter, {last} in the last")
        if self.memory and _grew(*self.memory, SLIGHT_BYTES):
            first, last = (number(value / 2**20) for value in self.memory)
            found.append(f"memory drifts: {first} MiB in the first quarter, {last} MiB in the last")
        return tuple(found)


def _grew(first: float, last: float, slight: float) -> bool:
    return last > GROWN * first and last - first > slight


def drift(tally: Tally, memory: Sequence[int]) -> Drift:
    """Compare the first and the last quarter of a stage. `memory`: bytes, sampled at even intervals."""
    slots = [slot for _, slot in sorted(tally.slots.items()) if slot.due]
    quarter = len(slots) // 4
    latency = None
    if len(slots) >= LEAST:
        latency = (_p99_s(slots[:quarter]), _p99_s(slots[-quarter:]))
    part = len(memory) // 4
    return Drift(latency, (median(memory[:part]), median(memory[-part:])) if len(memory) >= LEAST else None)


def _p99_s(slots: Sequence[Slot]) -> float:
    found = Histogram()
    for slot in slots:
        found.merge(slot.latency)
    return found.quantile_us(0.99) / 1e6

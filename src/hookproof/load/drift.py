"""What grew while a stage went on at one rate: latency, and the memory of a watched process. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from hookproof.figures import milliseconds, number
from hookproof.load.histogram import Histogram
from hookproof.load.tally import Tally

LEAST = 8
"""So many slots, or samples of memory, are needed before anything can be said."""
GROWN = 1.5
SLIGHT_S = 0.005
SLIGHT_BYTES = 16 * 2**20
"""Growth below these is none, whatever the proportion."""


@dataclass(frozen=True)
class Drift:
    """First quarter against last: 99th percentiles in seconds, memory in bytes; None where it was not seen."""

    latency_s: tuple[float, float] | None
    memory: tuple[float, float] | None

    @property
    def grown(self) -> tuple[str, ...]:
        """What grew by half and more, in words."""
        found = []
        if self.latency_s and _grew(*self.latency_s, SLIGHT_S):
            first, last = (milliseconds(value) for value in self.latency_s)
            found.append(f"latency drifts: p99 {first} in the first quarter, {last} in the last")
        if self.memory and _grew(*self.memory, SLIGHT_BYTES):
            first, last = (number(value / 2**20) for value in self.memory)
            found.append(f"memory drifts: {first} MiB in the first quarter, {last} MiB in the last")
        return tuple(found)

    def plain(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {"latency_s": self.latency_s, "memory_bytes": self.memory, "grown": list(self.grown)}


def _grew(first: float, last: float, slight: float) -> bool:
    return last > GROWN * first and last - first > slight


def drift(tally: Tally, memory: Sequence[int]) -> Drift:
    """Compare the quarters of a stage. `memory`: bytes, sampled at even pace."""
    slots = [slot for _, slot in sorted(tally.slots.items()) if slot.due]
    quarter = len(slots) // 4
    latency = None
    if len(slots) >= LEAST:
        latency = (_p99_s(slots[:quarter]), _p99_s(slots[-quarter:]))
    part = len(memory) // 4
    return Drift(latency, (median(memory[:part]), median(memory[-part:])) if len(memory) >= LEAST else None)


def _p99_s(slots: Sequence[Any]) -> float:
    found = Histogram()
    for slot in slots:
        found.merge(slot.latency)
    return found.quantile_us(0.99) / 1e6

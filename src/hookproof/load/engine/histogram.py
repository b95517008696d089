"""How often each latency occurred, in buckets no wider than 0.4 % of their value. Pure; merges without loss."""

from __future__ import annotations

from collections.abc import Mapping

PRECISION_BITS = 8
"""Each power of two is cut into 256 buckets: 1/256 is the largest relative width of one."""


class Histogram:
    """Counts of whole microseconds. Below 512 us each value has a bucket of its own.

    `counts` maps a bucket's lowest value to how often it occurred; adding two histograms' counts gives exactly the
    histogram of both. `highest_us` is exact.
    """

    __slots__ = ("counts", "highest_us")

    def __init__(self, counts: Mapping[int, int] | None = None, highest_us: int = 0) -> None:
        self.counts: dict[int, int] = dict(counts or {})
        self.highest_us = highest_us

    def add(self, seconds: float) -> None:
        """Record one latency. Negative ones count as zero."""
        value = int(seconds * 1e6)
        if value > self.highest_us:
            self.highest_us = value
        surplus = value.bit_length() - PRECISION_BITS - 1
        if surplus > 0:
            value = value >> surplus << surplus
        elif value < 0:
            value = 0
        try:
            self.counts[value] += 1
        except KeyError:
            self.counts[value] = 1

    def merge(self, other: Histogram) -> None:
        """Add what another one has seen."""
        for value, count in other.counts.copy().items():
            self.counts[value] = self.counts.get(value, 0) + count
        self.highest_us = max(self.highest_us, other.highest_us)

    @property
    def total(self) -> int:
        return sum(self.counts.copy().values())

    def quantile_us(self, share: float) -> int:
        """The latency that `share` (0 to 1) of all did not exceed: the top of its bucket, so never flattering.

        0 if nothing was recorded.
        """
        counts = self.counts.copy()
        wanted, seen = share * sum(counts.values()), 0
        for value in sorted(counts):
            seen += counts[value]
            if seen >= wanted:
                return min(_top(value), self.highest_us)
        return 0

    def above(self, seconds: float) -> int:
        """How many lie in buckets wholly above this latency."""
        limit = seconds * 1e6
        return sum(count for value, count in self.counts.copy().items() if value > limit)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and (self.counts, self.highest_us) == (other.counts, other.highest_us)

    __hash__ = None  # type: ignore[assignment]


def _top(value: int) -> int:
    """The highest value that falls into the bucket that begins at `value`."""
    surplus = value.bit_length() - PRECISION_BITS - 1
    return value + (1 << surplus) - 1 if surplus > 0 else value

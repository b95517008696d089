"""How many effects some events had, as a check judges it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Effects:
    """How many effects each of some events had, and how many it should have. Its `str` is one line of evidence."""

    counts: dict[str, int]
    attempts: int
    expected: int = 1

    @property
    def once(self) -> bool:
        """Each event was acted on, and not twice."""
        return all(count == 1 for count in self.counts.values())

    @property
    def as_expected(self) -> bool:
        return all(count == self.expected for count in self.counts.values())

    @property
    def at_most_once(self) -> bool:
        return all(count <= 1 for count in self.counts.values())

    @property
    def none(self) -> bool:
        return not any(self.counts.values())

    @property
    def lost(self) -> bool:
        return not all(self.counts.values())

    def __str__(self) -> str:
        wrong = {id_: count for id_, count in self.counts.items() if count != self.expected} or self.counts
        shown = ", ".join(f"{id_}: {count} effect{'s' * (count != 1)}" for id_, count in [*wrong.items()][:6])
        more = f" and {len(wrong) - 6} more" if len(wrong) > 6 else ""
        events = f"{len(self.counts)} event{'s' * (len(self.counts) != 1)}"
        return f"{shown}{more} (after {self.attempts} attempts for {events})"

    __repr__ = __str__

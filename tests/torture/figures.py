"""What a measurement says: how many of how many cases held the promise, in words, and what did not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Figure:
    """`held` of `tried` cases kept the promise. `more`: further numbers, as data; `broken`: what did not hold."""

    tried: int = 0
    held: int = 0
    text: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note(self, holds: object, what: str = "") -> None:
        """Count one case."""
        self.tried += 1
        if holds:
            self.held += 1
        else:
            self.broken.append(what)

    @property
    def good(self) -> bool:
        """Every case held, and there was one."""
        return self.tried > 0 and self.held == self.tried

    def as_json(self) -> dict[str, Any]:
        return {"good": self.good, **asdict(self)}


@dataclass(frozen=True)
class Scale:
    """How much is done. `quick`: what fits beside everything else that must hold before a change lands."""

    quick: bool = False
    seed: int = 7
    limit_s: float = 600.0

    def of(self, many: int, few: int) -> int:
        return few if self.quick else many

"""What the receiver did because of the deliveries of a stage, against what it acknowledged. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hookproof.figures import number

EXAMPLES = 5


@dataclass(frozen=True)
class Effects:
    """The reconciliation of one stage.

    acknowledged  deliveries acknowledged in the whole stage
    asked         deliveries whose effects were counted: all of the acknowledged ones and more, or a sample
    lost          acknowledged and never processed; duplicated: processed more than once; of those asked
    unknown       asked, and the observer could not tell
    examples      "lost", "duplicated", "unknown" -> a few event ids
    """

    acknowledged: int
    asked: int
    lost: int
    duplicated: int
    unknown: int
    sampled: bool
    examples: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        found = f"{number(self.lost)} acknowledged but never processed, {number(self.duplicated)} processed twice"
        found += f", {number(self.unknown)} the observer could not tell" if self.unknown else ""
        asked = f"a sample of {number(self.asked)} out of {number(self.acknowledged)}" if self.sampled else ""
        return f"{found} (of {asked or f'all {number(self.asked)} asked for'})"

    def plain(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {**asdict(self), "examples": {what: list(ids) for what, ids in self.examples.items()}}


def reconcile(acknowledged: Collection[str], counts: Mapping[str, int | None], *, total: int | None = None) -> Effects:
    """Compare what was acknowledged with how often each event was processed.

    `counts` holds every event that was asked for, None where the observer could not tell; `acknowledged` the ids
    among them that were acknowledged; `total` how many were acknowledged in the whole stage, if `counts` is a sample.
    A duplicate is one whether its delivery was acknowledged or not; only what was acknowledged can be lost.
    """
    promised = set(acknowledged)
    found = {
        "lost": [event for event, count in counts.items() if count == 0 and event in promised],
        "duplicated": [event for event, count in counts.items() if count is not None and count > 1],
        "unknown": [event for event, count in counts.items() if count is None],
    }
    known = len(promised & counts.keys())
    return Effects(
        acknowledged=len(promised) if total is None else total,
        asked=len(counts),
        lost=len(found["lost"]),
        duplicated=len(found["duplicated"]),
        unknown=len(found["unknown"]) + len(promised) - known,
        sampled=total is not None and total > known,
        examples={what: tuple(ids[:EXAMPLES]) for what, ids in found.items() if ids},
    )


def sample(serials: range, odd: Iterable[int], limit: int) -> list[int]:
    """Which deliveries to ask for when there are more than `limit`: every odd one, and others evenly spread.

    Odd are those with a story: slow, retried, copied, ended otherwise than acknowledged. If there are more of them
    than `limit`, they too are spread evenly. At most `limit`, ascending, and the same for the same input.
    """
    if len(serials) <= limit:
        return list(serials)
    strange = sorted(set(odd))
    if len(strange) >= limit:
        return _spread(strange, limit)
    return sorted({*strange, *_spread(serials, limit - len(strange))})


def _spread(serials: Sequence[int], wanted: int) -> list[int]:
    return [serials[place * len(serials) // wanted] for place in range(wanted)]

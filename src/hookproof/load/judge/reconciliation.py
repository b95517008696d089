"""Compares what a receiver acknowledged in a stage with the effects that it really had. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hookproof.wording import number

EXAMPLES = 5
"""How many event ids of each kind are named as examples."""


@dataclass(frozen=True)
class Reconciliation:
    """Acknowledged deliveries beside their effects, for one stage.

    acknowledged  deliveries that were acknowledged in the whole stage
    asked         deliveries whose effects were counted: all that were acknowledged and some others, or a sample
    lost          of those asked for: acknowledged and never processed
    duplicated    of those asked for: processed more than once
    unknown       of those asked for: the observer could not tell
    sampled       whether fewer than all acknowledged deliveries were asked for
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


def reconcile(
    acknowledged: Collection[str], counts: Mapping[str, int | None], *, total: int | None = None
) -> Reconciliation:
    """Compare what was acknowledged with how often each event was processed.

    acknowledged  ids of the events that were acknowledged, among those in `counts`
    counts        event id -> how often it was processed; None where the observer could not tell
    total         how many were acknowledged in the whole stage, if `counts` is a sample

    An event can be duplicated whether it was acknowledged or not; only an acknowledged one can be lost.
    """
    promised = set(acknowledged)
    found = {
        "lost": [event for event, count in counts.items() if count == 0 and event in promised],
        "duplicated": [event for event, count in counts.items() if count is not None and count > 1],
        "unknown": [event for event, count in counts.items() if count is None],
    }
    known = len(promised & counts.keys())
    return Reconciliation(
        acknowledged=len(promised) if total is None else total,
        asked=len(counts),
        lost=len(found["lost"]),
        duplicated=len(found["duplicated"]),
        unknown=len(found["unknown"]) + len(promised) - known,
        sampled=total is not None and total > known,
        examples={what: tuple(ids[:EXAMPLES]) for what, ids in found.items() if ids},
    )


def sample(serials: range, odd: Iterable[int], limit: int) -> list[int]:
    """Choose at most `limit` deliveries whose effects are counted: all `odd` ones, and evenly spread others.

    Odd ones are those that were not simply acknowledged. If there are more than `limit` of them, they are spread evenly
    too. The choice is ascending, and does not depend on chance.
    """
    if len(serials) <= limit:
        return list(serials)
    chosen = sorted(set(odd))
    if len(chosen) >= limit:
        return _spread(chosen, limit)
    return sorted({*chosen, *_spread(serials, limit - len(chosen))})


def _spread(serials: Sequence[int], wanted: int) -> list[int]:
    return [serials[number * len(serials) // wanted] for number in range(wanted)]

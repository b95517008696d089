"""States of one and the same thing, as tuples of kinds of event, oldest first."""

from __future__ import annotations

from itertools import combinations

from hookproof.events import Maker
from hookproof.model import Case


def states(maker: Maker) -> dict[str, tuple[str, str]]:
    """Every pair of an older and a newer state."""
    chains = [chain.kinds for chain in maker.surface.fields.states]
    return {f"{newer}, then {older}": (older, newer) for chain in chains for older, newer in combinations(chain, 2)}


def state_chains(maker: Maker) -> dict[str, tuple[str, ...]]:
    """Every documented order of states."""
    return {", ".join(chain.kinds): tuple(chain.kinds) for chain in maker.surface.fields.states}


def state_kinds(maker: Maker) -> dict[str, Case]:
    """Each state about something that was never heard of."""
    return {kind: maker.of_kind(kind) for chain in maker.surface.fields.states for kind in chain.kinds}

"""States of one and the same thing, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from hookproof.delivery.model import Case, Delivery
from hookproof.providers.events import Maker

Related = Callable[[], list[Delivery]]
"""Makes fresh deliveries about one and the same thing."""


def _related(maker: Maker, kinds: Sequence[str]) -> Related:
    return lambda: maker.make_related(kinds)


def states(maker: Maker) -> dict[str, Related]:
    """Deliveries of an older and a newer state, for every pair of them."""
    chains = [chain.kinds for chain in maker.surface.fields.states]
    pairs = [pair for chain in chains for pair in combinations(chain, 2)]
    return {f"{newer}, then {older}": _related(maker, (older, newer)) for older, newer in pairs}


def state_chains(maker: Maker) -> dict[str, Related]:
    """Deliveries of every documented order of states."""
    return {", ".join(chain.kinds): _related(maker, chain.kinds) for chain in maker.surface.fields.states}


def state_kinds(maker: Maker) -> dict[str, Case]:
    """Each state about something that was never heard of."""
    return {kind: maker.of_kind(kind) for chain in maker.surface.fields.states for kind in chain.kinds}

"""Named variations of a genuine delivery: what a check is run over. A table maps case names to transformations.

`@pytest.mark.cases("malformed_signatures")` on a check runs it once for each entry, with the entry as `case`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.cases import (
    answers,
    bodies,
    challenges,
    channels,
    endpoints,
    operations,
    payloads,
    requests,
    signatures,
    states,
)
from hookproof.events import Maker

_MODULES = (answers, signatures, bodies, payloads, requests, challenges, channels, states, endpoints, operations)
Table = Callable[[Maker], dict[str, Any]]

_JSON_ONLY = {"not_json", "hostile_bodies", "unsigned_hostile_bodies", "unsigned_garbage", "nulls", "odd_bytes"}
"""Tables of what only JSON can say; they are empty for surfaces that take forms."""


def table(name: str) -> Table:
    """The table of that name. Raises KeyError naming the known ones."""
    for module in _MODULES:
        found: Table | None = getattr(module, name, None)
        if found is not None and not name.startswith("_"):
            made = found
            return lambda maker: {} if name in _JSON_ONLY and not maker.writing.is_json else made(maker)
    raise KeyError(f"no table of cases is called {name!r}")

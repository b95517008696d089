"""Named variations of a genuine delivery: what a check is run over. A table maps case names to transformations.

`@pytest.mark.cases("malformed_signatures")` on a check runs it once for each entry, with the entry as `case`.
"""

from __future__ import annotations

from collections.abc import Callable

from hookproof.cases import bodies, payloads, requests, signatures
from hookproof.events import Maker
from hookproof.model import Case

Table = Callable[[Maker], dict[str, Case]]


def table(name: str) -> Table:
    """The table of that name. Raises KeyError naming the known ones."""
    for module in (signatures, bodies, payloads, requests):
        found: Table | None = getattr(module, name, None)
        if found is not None and not name.startswith("_"):
            return found
    raise KeyError(f"no table of cases is called {name!r}")

"""Named variations of a genuine delivery: what a check is run over. A table maps case names to transformations.

`@pytest.mark.cases("malformed_signatures")` on a check runs it once for each entry, with the entry as `case`.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from hookproof import providers
from hookproof.cases import (
    answers,
    bodies,
    challenges,
    channels,
    forgeries,
    freshness,
    http_requests,
    payloads,
    signatures,
    spellings,
    states,
)
from hookproof.cases.api import endpoints, operations
from hookproof.delivery.secret import Secret
from hookproof.providers import Provider, SpecError
from hookproof.providers.events import Maker

_MODULES = (
    answers,
    signatures,
    spellings,
    forgeries,
    freshness,
    bodies,
    payloads,
    http_requests,
    challenges,
    channels,
    states,
    endpoints,
    operations,
)
Table = Callable[[Maker], dict[str, Any]]

NAMED = "named"
"""The table of a check whose cases are whatever requirements name."""
_JSON_ONLY = {"not_json", "hostile_bodies", "unsigned_hostile_bodies", "unsigned_garbage", "nulls"}
"""Tables of what only JSON can say; they are empty for surfaces that take forms."""


def _tables(module: ModuleType) -> dict[str, Table]:
    """The tables of a module: its own public functions of a maker and nothing else."""
    own = {name: found for name, found in inspect.getmembers(module, inspect.isfunction) if name[:1] != "_"}
    return {
        name: found
        for name, found in own.items()
        if found.__module__ == module.__name__ and list(inspect.signature(found).parameters) == ["maker"]
    }


TABLES = {name: table for module in _MODULES for name, table in _tables(module).items()}
"""Every table by its name."""


def table(name: str) -> Table:
    """The table of that name. Raises SpecError naming the one that was probably meant."""
    if name not in TABLES:
        nearest = difflib.get_close_matches(name, TABLES, n=1, cutoff=0.0)
        raise SpecError(f"no table of cases is called {name!r}; the nearest is {nearest[0]!r}")
    made = TABLES[name]
    return lambda maker: {} if name in _JSON_ONLY and not maker.writing.is_json else made(maker)


def check(provider: Provider) -> None:
    """Whether each case that a requirement names is there for some surface, whatever is chosen. Raises SpecError."""
    known = providers.checks()
    for id_, row in provider.requirements.items():
        for name, case in (named.removesuffix("]").split("[", 1) for named in row.checks if "[" in named):
            if (found := known[name]) in (None, NAMED):
                continue
            there = dict.fromkeys(one for maker in _makers(provider) for one in table(str(found))(maker))
            if case not in there:
                text = f"{name!r} has no case {case!r}; there are: {', '.join(there) or 'none'}"
                raise SpecError(f"{provider.name}/requirements.toml: {id_}.checks: {text}")


def _makers(provider: Provider) -> Iterator[Maker]:
    """A maker for each surface, as it is without --set and with each other choice of a parameter."""
    choices = [(name, one) for name, parameter in provider.fields.parameters.items() for one in parameter.choices]
    for given in [{}, *({name: one} for name, one in choices)]:
        for surface in provider.surfaces(given):
            yield Maker(surface, secret=Secret(b"only to see which cases there are"))

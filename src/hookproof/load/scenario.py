"""A scenario as a value: what a file of loadtests/ says in its docstring and its numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hookproof.load.arrivals import Arrivals
from hookproof.load.backlog import Backlog
from hookproof.load.objective import Objective
from hookproof.load.options import Settings
from hookproof.load.search import Search
from hookproof.load.stage import Stage
from hookproof.usage import WrongUseError


@dataclass(frozen=True)
class Seeking:
    """Bounds of a search for the highest rate that meets the objective; `Search` says what they mean."""

    first: float
    highest: float
    confirm: int = 2
    precision: float = 0.05


def capacity(first: float, highest: float, confirm: int = 2, precision: float = 0.05) -> Seeking:
    """Search from `first` deliveries a second up to `highest`, to within `precision`."""
    return Seeking(first, highest, confirm, precision)


@dataclass(frozen=True)
class Scenario:
    """When deliveries are due, and what of them must be kept.

    search   stages at growing rates in place of one; retried: failed attempts are made again by the arrivals' ladder
    drift    whether latency and memory must not grow while it runs
    weights  how often the deliveries of each provider, or of each of its surfaces, come, in proportion
    """

    name: str
    about: str
    arrivals: Arrivals
    acknowledged_ratio: float = 0.999
    deadline_s: float | None = None
    search: Seeking | None = None
    retried: bool = False
    drift: bool = False
    weights: tuple[tuple[str, float], ...] = ()
    max_lag_s: float = Objective.max_lag_s

    @property
    def title(self) -> str:
        """The docstring's first line."""
        return self.about.strip().partition("\n")[0]

    def asked(self, settings: Settings) -> Scenario:
        """With what the command line changes. Raises WrongUseError where that makes no sense."""
        arrivals = self.arrivals
        try:
            if settings.rate is not None:
                arrivals = arrivals.at(settings.rate)
            if settings.duration_s is not None:
                arrivals = arrivals.lasting(settings.duration_s)
        except ValueError as error:
            raise WrongUseError(f"--scenario {self.name}: {error}") from None
        promised = min(surface.provider.fields.deadline_s for surface in settings.surfaces)
        search = self.search
        if search and settings.rate is not None:
            search = Seeking(settings.rate, max(search.highest, settings.rate), search.confirm, search.precision)
        return Scenario(
            self.name,
            self.about,
            arrivals,
            settings.min_ok if settings.min_ok is not None else self.acknowledged_ratio,
            settings.deadline_s or self.deadline_s or promised,
            search,
            self.retried,
            self.drift,
            self.weights,
            settings.max_lag_s or self.max_lag_s,
        )

    @property
    def objective(self) -> Objective:
        deadline_s = self.deadline_s or Objective.deadline_s
        return Objective(self.acknowledged_ratio, deadline_s, self.max_lag_s)

    def stage(self, number: int, run: str, seed: int, rate: float | None = None) -> Stage:
        """One stage of it, at its own rate or another."""
        arrivals = self.arrivals if rate is None else self.arrivals.at(rate)
        ladder = arrivals.retries if self.retried and isinstance(arrivals, Backlog) else ()
        return Stage(
            self.name,
            number,
            arrivals,
            self.objective.deadline_s,
            f"{run}-{number}",
            seed + number,
            ladder,
            self.weights,
        )

    def begin(self) -> Search | None:
        """A new search, if this is one."""
        return Search(**vars(self.search)) if self.search else None


def declared(classes: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios that classes declare; a scenario is called as its class is, in small letters."""
    for name, declaration in classes.items():
        yield Scenario(
            name.lower(),
            declaration.__doc__ or "",
            declaration.arrivals,
            declaration.acknowledged_ratio,
            declaration.deadline_s,
            declaration.search,
            declaration.retried,
            declaration.drift,
            declaration.weights,
        )

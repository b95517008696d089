"""A scenario as a value: what a file of loadtests/ says in its docstring and its numbers. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hookproof.load.judge.objective import Objective
from hookproof.load.judge.search import Search
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.schedule.backlog import Backlog
from hookproof.load.schedule.patterns import Schedule
from hookproof.load.schedule.stage import Stage
from hookproof.settings import WrongUseError


@dataclass(frozen=True)
class SearchBounds:
    """Bounds of a search for the highest rate that meets the objective, in deliveries a second.

    confirm    how many more times the highest rate met must be met
    precision  how close, in proportion, the highest rate met and the lowest rate missed must be
    """

    first: float
    highest: float
    confirm: int = 2
    precision: float = 0.05


def capacity(first: float, highest: float, confirm: int = 2, precision: float = 0.05) -> SearchBounds:
    """Search from `first` deliveries a second up to `highest`, to within `precision`."""
    return SearchBounds(first, highest, confirm, precision)


@dataclass(frozen=True)
class Scenario:
    """When deliveries are due, and what share of them must be acknowledged in time.

    about               the scenario's docstring
    arrivals            when deliveries are due: `steady`, `constant`, `burst`, `ramp`, `backlog` or `copied`
    acknowledged_ratio  the share of attempts that must be acknowledged within the deadline
    deadline_s          seconds; None for the shortest deadline among the chosen providers
    search              stages at growing rates instead of a single stage; `capacity` makes its bounds
    retried             whether a failed attempt is made again after the delays of a `backlog`
    drift               whether the report says if latency, or a watched process's memory, grew during the stage
    weights             name of a provider or surface, and how often its deliveries come, in proportion to others
    each_kind_equally   whether every kind of event comes equally often; otherwise every surface does
    max_lag_s           seconds by which the generator may be late before nothing is decided
    """

    name: str
    about: str
    arrivals: Schedule
    acknowledged_ratio: float = 0.999
    deadline_s: float | None = None
    search: SearchBounds | None = None
    retried: bool = False
    drift: bool = False
    weights: tuple[tuple[str, float], ...] = ()
    each_kind_equally: bool = False
    max_lag_s: float = Objective.max_lag_s

    def asked(self, settings: LoadSettings) -> Scenario:
        """The scenario with what the command line changes. Raises WrongUseError where that makes no sense."""
        arrivals, search = self.arrivals, self.search
        try:
            if settings.rate is not None:
                arrivals = arrivals.at(settings.rate)
            if settings.duration_s is not None:
                arrivals = arrivals.lasting(settings.duration_s)
        except ValueError as error:
            raise WrongUseError(f"--scenario {self.name}: {error}") from None
        if search and settings.rate is not None:
            search = replace(search, first=settings.rate, highest=max(search.highest, settings.rate))
        promised = min(surface.provider.fields.deadline_s for surface in settings.surfaces)
        return replace(
            self,
            arrivals=arrivals,
            search=search,
            acknowledged_ratio=settings.min_ok if settings.min_ok is not None else self.acknowledged_ratio,
            deadline_s=settings.deadline_s or self.deadline_s or promised,
            max_lag_s=settings.max_lag_s or self.max_lag_s,
        )

    @property
    def objective(self) -> Objective:
        deadline_s = self.deadline_s or Objective.deadline_s
        return Objective(self.acknowledged_ratio, deadline_s, self.max_lag_s)

    def stage(self, number: int, run: str, seed: int, rate: float | None = None) -> Stage:
        """One stage of the scenario, at its own rate or at another."""
        arrivals = self.arrivals if rate is None else self.arrivals.at(rate)
        return Stage(
            scenario=self.name,
            number=number,
            arrivals=arrivals,
            deadline_s=self.objective.deadline_s,
            run=f"{run}-{number}",
            seed=seed + number,
            retries=arrivals.retries if self.retried and isinstance(arrivals, Backlog) else (),
            weights=self.weights,
            each_kind_equally=self.each_kind_equally,
        )

    def begin_search(self) -> Search:
        """A new search within the scenario's bounds. Raises ValueError if it has none."""
        if self.search is None:
            raise ValueError(f"{self.name} searches for nothing")
        return Search(**vars(self.search))


def declared(classes: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios that subclasses of `Load` declare: the name is the class's in small letters.

    The docstring is the class's own, or else that of its file.
    """
    for name, declaration in classes.items():
        yield Scenario(
            name=name.lower(),
            about=declaration.__doc__ or sys.modules[declaration.__module__].__doc__ or "",
            arrivals=declaration.arrivals,
            acknowledged_ratio=declaration.acknowledged_ratio,
            deadline_s=declaration.deadline_s,
            search=declaration.search,
            retried=declaration.retried,
            drift=declaration.drift,
            weights=declaration.weights,
            each_kind_equally=declaration.each_kind_equally,
        )

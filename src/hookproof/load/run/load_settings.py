"""What the user asked of a load, read from the parsed command line and checked before anything is sent."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookproof import providers, settings
from hookproof.options.table import SECRET_ENV
from hookproof.settings import Key, WrongUseError

CONNECTIONS = 1000
"""Most connections open at once, over all workers, where --connections says nothing."""


@dataclass(frozen=True)
class LoadSettings:
    """One load, as asked for. None stands for the scenario's own value.

    endpoints    name of a provider -> the URL that its deliveries go to
    secrets      name of a surface -> its signing key
    scenarios    names, in the order in which they run
    effects      the observer, as --effects says it; hide: the parts of it that must not be shown
    connections  most connections open at once, over all workers; reuse: each serves several deliveries
    warm         connections opened before anything is due, over all workers
    watch        number of the process whose memory is sampled
    """

    target: str
    endpoints: dict[str, str]
    surfaces: tuple[providers.Surface, ...]
    secrets: dict[str, Key]
    scenarios: tuple[str, ...]
    rate: float | None
    duration_s: float | None
    deadline_s: float | None
    min_ok: float | None
    max_lag_s: float | None
    effects: str
    hide: tuple[str, ...]
    connections: int
    reuse: bool
    warm: int
    watch: int | None
    report: Path | None
    seed: int
    quiet: bool

    @property
    def acknowledges(self) -> frozenset[int]:
        """The statuses that count for every provider of this load."""
        return frozenset.intersection(*(surface.acknowledges for surface in self.surfaces))

    def url(self, surface: providers.Surface) -> str:
        """Where deliveries of a surface go."""
        return self.endpoints[surface.provider.name].rstrip("/" if surface.path else "") + surface.path


def load_settings(options: Namespace, offered: Iterable[str]) -> LoadSettings:
    """Read and check the whole command line; `offered`: the names of the scenarios. Raises WrongUseError."""
    names = sorted(offered)
    target = settings.url("--host", str(options.host or ""))
    if not target:
        raise WrongUseError("nothing to load: type `locust -f loadtests --host URL --provider NAME`")
    chosen = tuple(options.scenario or ["capacity" if "capacity" in names else names[0]])
    for name in chosen:
        if name not in names:
            raise WrongUseError(f"--scenario {name}: there is none; there are {', '.join(names)}")
    surfaces = _surfaces(options)
    effects = options.effects or ""
    observer = settings.observer(effects)
    return LoadSettings(
        target=target,
        endpoints=_endpoints(target, options.endpoint or [], {surface.provider.name for surface in surfaces}),
        surfaces=surfaces,
        secrets=settings.keys(target, options.secret_env or SECRET_ENV.default, surfaces, needed=True),
        scenarios=chosen,
        rate=_number("--rate", options.rate, 1e6),
        duration_s=settings.seconds("--duration", options.duration),
        deadline_s=settings.seconds("--deadline", options.deadline),
        min_ok=_number("--min-ok", options.min_ok, 1.0),
        max_lag_s=settings.seconds("--max-lag", options.max_lag),
        effects=effects,
        hide=tuple(observer.hide) if observer else (),
        connections=_count("--connections", options.connections, CONNECTIONS),
        reuse=not options.fresh_connections,
        warm=_count("--warm", options.warm, 0, least=0),
        watch=_process(options.watch),
        report=Path(options.report) if options.report else None,
        seed=settings.whole("--seed", options.seed or 0),
        quiet=bool(options.quiet),
    )


def _surfaces(options: Namespace) -> tuple[providers.Surface, ...]:
    known = providers.names()
    if not options.provider:
        raise WrongUseError(f"say whose deliveries: --provider {'|'.join(known)}")
    try:
        chosen = tuple(providers.load(name) for name in dict.fromkeys(options.provider))
        given = settings.parameters({"set": options.set}, chosen)
        return tuple(
            surface
            for provider in chosen
            for surface in provider.surfaces({name: value for name, value in given.items() if name in provider.known})
        )
    except providers.SpecError as error:
        raise WrongUseError(str(error)) from None


def _endpoints(target: str, given: Iterable[str], names: set[str]) -> dict[str, str]:
    found = dict.fromkeys(names, target)
    for entry in given:
        name, _, path = entry.partition("=")
        if name not in names or not path.startswith("/"):
            raise WrongUseError(f"--endpoint {entry}: write NAME=/PATH with the name of a --provider")
        found[name] = target.rstrip("/") + path
    return found


def _number(option: str, value: Any, most: float) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 < number <= most:
        raise WrongUseError(f"{option} {value}: write a number above 0, at most {most:g}")
    return number


def _count(option: str, value: Any, default: int, least: int = 1) -> int:
    number = default if value is None else settings.whole(option, value)
    if not least <= number <= 60_000:
        raise WrongUseError(f"{option} {value}: write a whole number from {least} to 60000")
    return number


def _process(value: Any) -> int | None:
    if value is None:
        return None
    number = settings.whole("--watch", value)
    try:
        os.stat(f"/proc/{number}/status")
    except OSError:
        raise WrongUseError(f"--watch {value}: no such process on this machine") from None
    return number

"""What the user asked of a load, from Locust's command line: checked before anything is sent."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookproof import specs, usage
from hookproof.usage import Key, WrongUseError

CONNECTIONS = 1000
OURS = (
    "host", "provider", "scenario", "rate", "duration", "deadline", "max_lag", "min_ok", "effects", "endpoint", "set",
    "secret_env", "connections", "fresh_connections", "warm", "watch", "report", "seed", "quiet",
)  # fmt: skip
"""Names of what a worker has to know of its master's command line."""
_LIST: dict[str, Any] = {"action": "append", "default": None}


def add_options(parser: Any) -> None:
    """Our options on Locust's parser, and its defaults as we want them: no web UI, nothing beyond loopback."""
    group = parser.add_argument_group("hookproof", "webhook load: which deliveries, when, and what counts as kept")
    add = group.add_argument
    add("--provider", metavar="NAME", help="whose deliveries; may be given again", **_LIST)
    add("--scenario", metavar="NAME", help="which file of loadtests/; may be given again [capacity]", **_LIST)
    add("--rate", metavar="N", default=None, help="deliveries a second, in place of the scenario's own")
    add("--duration", metavar="SECONDS", default=None, help="how long, in place of the scenario's own")
    add("--deadline", metavar="SECONDS", default=None, help="within which a delivery must be acknowledged [10]")
    add("--max-lag", metavar="SECONDS", default=None, help="our own lateness beyond which nothing is decided [0.01]")
    add(
        "--min-ok",
        metavar="RATIO",
        default=None,
        help="share that must be acknowledged in time [the scenario's, 0.999]",
    )
    add("--effects", metavar="OBSERVER", default="", help="how effects are counted, as for pytest")
    add(
        "--endpoint",
        metavar="NAME=PATH",
        help="where a provider's deliveries go, below --host; may be given again",
        **_LIST,
    )
    add("--set", metavar="KEY=VALUE", help="a provider's parameter; may be given again", **_LIST)
    add("--secret-env", metavar="NAME", default="HOOKPROOF_SECRET", help="environment variable with the signing secret")
    add(
        "--connections",
        metavar="N",
        default=None,
        help=f"most connections open at once, over all workers [{CONNECTIONS}]",
    )
    add("--fresh-connections", action="store_true", default=False, help="a new connection for each delivery")
    add("--warm", metavar="N", default="0", help="connections opened beforehand and used in turn, over all workers [0]")
    add("--watch", metavar="PID", default=None, help="process on this machine whose memory is watched: the target's")
    add("--report", metavar="DIR", default=None, help="where the run's files go [reports/runs/<UTC time>]")
    add("--seed", metavar="N", default="0", help="seed of contents and arrivals [0]")
    add("--quiet", action="store_true", default=False, help="no line a second")
    parser.set_defaults(
        headless=True, web_host="127.0.0.1", master_bind_host="127.0.0.1", only_summary=True, loglevel="WARNING"
    )


@dataclass(frozen=True)
class Settings:
    """One load, as asked for. None stands for the scenario's own value.

    endpoints   by a provider's name, the URL that its deliveries go to
    scenarios   names, in the order in which they run
    hide        what of `effects` must not be shown
    """

    target: str
    endpoints: dict[str, str]
    surfaces: tuple[specs.Surface, ...]
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
        return frozenset.intersection(*(surface.provider.acknowledges for surface in self.surfaces))

    def url(self, surface: specs.Surface) -> str:
        return self.endpoints[surface.provider.name].rstrip("/" if surface.path else "") + surface.path


def settings(options: Namespace, offered: Iterable[str]) -> Settings:
    """Read and check everything; `offered`: the scenarios there are. Raises WrongUseError."""
    names = sorted(offered)
    target = usage.url("--host", str(options.host or ""))
    if not target:
        raise WrongUseError("nothing to load: type `locust -f loadtests --host URL --provider NAME`")
    chosen = tuple(options.scenario or ["capacity" if "capacity" in names else names[0]])
    for name in chosen:
        if name not in names:
            raise WrongUseError(f"--scenario {name}: there is none; there are {', '.join(names)}")
    surfaces = _surfaces(options)
    observer = usage.observer(options.effects)
    return Settings(
        target=target,
        endpoints=_endpoints(target, options.endpoint or [], {surface.provider.name for surface in surfaces}),
        surfaces=surfaces,
        secrets=usage.keys(target, options.secret_env, surfaces, needed=True),
        scenarios=chosen,
        rate=_number("--rate", options.rate, 1e6),
        duration_s=usage.seconds("--duration", options.duration),
        deadline_s=usage.seconds("--deadline", options.deadline),
        min_ok=_number("--min-ok", options.min_ok, 1.0),
        max_lag_s=usage.seconds("--max-lag", options.max_lag),
        effects=options.effects,
        hide=tuple(observer.hide) if observer else (),
        connections=_count("--connections", options.connections, CONNECTIONS),
        reuse=not options.fresh_connections,
        warm=_count("--warm", options.warm, 0, least=0),
        watch=_process(options.watch),
        report=Path(options.report) if options.report else None,
        seed=usage.whole("--seed", options.seed),
        quiet=bool(options.quiet),
    )


def _surfaces(options: Namespace) -> tuple[specs.Surface, ...]:
    known = specs.providers()
    if not options.provider:
        raise WrongUseError(f"say whose deliveries: --provider {'|'.join(known)}")
    try:
        providers = tuple(specs.load(name) for name in dict.fromkeys(options.provider))
        given = usage.parameters({"set": options.set}, providers)
        return tuple(
            surface
            for provider in providers
            for surface in provider.surfaces({name: value for name, value in given.items() if name in provider.known})
        )
    except specs.SpecError as error:
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
    number = default if value is None else usage.whole(option, value)
    if not least <= number <= 60_000:
        raise WrongUseError(f"{option} {value}: write a whole number from {least} to 60000")
    return number


def _process(value: Any) -> int | None:
    if value is None:
        return None
    number = usage.whole("--watch", value)
    try:
        os.stat(f"/proc/{number}/status")
    except OSError:
        raise WrongUseError(f"--watch {value}: no such process on this machine") from None
    return number

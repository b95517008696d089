"""What the user asked for: command line, hookproof.toml and environment, checked before anything is sent."""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hookproof import observers, specs
from hookproof.model import Secret

DEMO = "demo"
_CONFIG = "hookproof.toml"


def add_options(parser: pytest.Parser) -> None:
    """Register our options. `--strict` is pytest's own: here it also makes warnings and undecided checks count."""
    group = parser.getgroup("hookproof", "webhook conformance")
    add = group.addoption
    add("--target", metavar="URL", help="the implementation under test, or `demo` for the embedded reference")
    add("--provider", action="append", metavar="NAME", help="whose documents it must keep; may be given again")
    add("--role", action="append", metavar="ROLE", help="receiver (default), sender or api; may be given again")
    add("--secret-env", metavar="NAME", help="environment variable with the signing secret [HOOKPROOF_SECRET]")
    add("--effects", metavar="OBSERVER", help='how effects are counted: http://…{event_id}… answering {"count": N}')
    add("--listen", metavar="HOST:PORT", help="where our files are served [127.0.0.1:0]")
    add("--public-url", metavar="URL", help="how the target reaches what we serve [the --listen address]")
    add("--deadline", metavar="SECONDS", help="acknowledgement deadline [the provider's]")
    add("--patience", metavar="SECONDS", help="how long to wait for effects and late retries [10]")
    add("--set", action="append", metavar="KEY=VALUE", help="a provider's parameter; may be given again")
    add("--report", metavar="DIR", help="where the run's files go [reports/runs/<UTC time>]")
    add(
        "--examples",
        metavar="N",
        help="how many deliveries are generated for each property, and six times as many "
        "boundary values; fewer are quicker [25]",
    )
    add("--seed", metavar="N", help="seed of the generated events [0]")


@dataclass(frozen=True)
class Settings:
    """One run, as asked for."""

    target: str
    providers: tuple[specs.Provider, ...]
    roles: tuple[str, ...]
    secret: Secret | None
    secret_env: str
    effects: str
    observer: observers.Observer | None
    listen: tuple[str, int]
    public_url: str
    deadline_s: float | None
    patience_s: float
    parameters: dict[str, str] = field(default_factory=dict)
    report: Path | None = None
    seed: int = 0
    examples: int = 25
    strict: bool = False

    @property
    def demo(self) -> bool:
        return self.target == DEMO


def settings(config: pytest.Config) -> Settings:
    """Read and check everything. Raises pytest.UsageError with one line that says what to type instead."""
    given = _given(config)
    target = str(given.get("target") or "")
    if not target:
        raise pytest.UsageError(
            "nothing to test: type `pytest --target URL --provider NAME`, or `pytest --target demo`"
        )
    providers = _providers(given, demo=target == DEMO)
    _check_url("--target", target, demo=True)
    secret_env = str(given.get("secret_env") or "HOOKPROOF_SECRET")
    effects = str(given.get("effects") or "")
    return Settings(
        target=target,
        providers=providers,
        roles=_roles(given, providers),
        secret=_secret(target, secret_env, providers),
        secret_env=secret_env,
        effects=effects,
        observer=_observer(effects),
        listen=_address(str(given.get("listen") or "127.0.0.1:0")),
        public_url=_check_url("--public-url", str(given.get("public_url") or "")),
        deadline_s=_seconds("--deadline", given.get("deadline")),
        patience_s=_seconds("--patience", given.get("patience")) or 10.0,
        parameters=_parameters(given, providers),
        report=Path(str(given["report"])) if given.get("report") else None,
        seed=_whole("--seed", given.get("seed", 0)),
        examples=max(1, _whole("--examples", given.get("examples", 25))),
        strict=bool(given.get("strict")),
    )


_NAMES = ("target", "provider", "role", "secret_env", "effects", "listen", "public_url", "deadline", "patience")
_KNOWN = (*_NAMES, "set", "report", "seed", "examples", "strict")


def _given(config: pytest.Config) -> dict[str, Any]:
    """hookproof.toml below the command line."""
    found = _from_file(config.invocation_params.dir / _CONFIG)
    for name in _KNOWN:
        value = getattr(config.option, name, None)
        if value is not None and value is not False:
            found[name] = value
    return found


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"{_CONFIG}: {error}") from None
    if unknown := set(found) - set(_KNOWN):
        raise pytest.UsageError(f"{_CONFIG}: unknown {', '.join(sorted(unknown))}; known are {', '.join(_KNOWN)}")
    table = found.get("set", {})
    if isinstance(table, dict):
        found["set"] = [f"{key}={value}" for key, value in table.items()]
    for name in ("provider", "role"):
        if isinstance(found.get(name), str):
            found[name] = [found[name]]
    return found


def _providers(given: dict[str, Any], *, demo: bool) -> tuple[specs.Provider, ...]:
    known = specs.providers()
    names = given.get("provider") or (known if demo or len(known) == 1 else [])
    if not names:
        raise pytest.UsageError(f"--provider is missing: say whose documents count; known are: {', '.join(known)}")
    try:
        return tuple(specs.load(name) for name in dict.fromkeys(names))
    except specs.SpecError as error:
        raise pytest.UsageError(str(error)) from None


def _roles(given: dict[str, Any], providers: tuple[specs.Provider, ...]) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(given.get("role") or ["receiver"]))
    for role in roles:
        if role not in ("receiver", "sender", "api"):
            raise pytest.UsageError(f"unknown role {role!r}; choose receiver, sender or api")
        for provider in providers:
            if role not in provider.fields.roles:
                offered = ", ".join(provider.fields.roles)
                raise pytest.UsageError(f"role {role} has no checks yet for {provider.name}; choose {offered}")
    return roles


def _check_url(option: str, url: str, *, demo: bool = False) -> str:
    if not url or (demo and url == DEMO):
        return url
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or any(character.isspace() or ord(character) < 32 for character in url):
        raise pytest.UsageError(f"{option} {url}: not a URL; write it like http://127.0.0.1:3000/webhooks/whatsapp")
    if parts.username or parts.password:
        raise pytest.UsageError(f"{option}: leave user and password out of the URL")
    return url


def _secret(target: str, name: str, providers: tuple[specs.Provider, ...]) -> Secret | None:
    signing = [provider.name for provider in providers if provider.scheme]
    if not signing:
        return None
    if target == DEMO:
        return Secret(secrets.token_urlsafe(24).encode())
    value = os.environ.get(name, "")
    if not value.strip():
        raise pytest.UsageError(f"{', '.join(signing)} signs deliveries: put the endpoint's secret in ${name}")
    return Secret(value.encode())


def _observer(text: str) -> observers.Observer | None:
    if not text:
        return None
    try:
        return observers.parse(text)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise pytest.UsageError(f"--listen {text}: write HOST:PORT, like 127.0.0.1:0")
    return host.strip("[]"), int(port)


def _seconds(option: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise pytest.UsageError(f"{option} {value}: write a number of seconds above 0, like 10")
    return seconds


def _whole(option: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise pytest.UsageError(f"{option} {value}: write a whole number") from None


def _parameters(given: dict[str, Any], providers: tuple[specs.Provider, ...]) -> dict[str, str]:
    found = {}
    for entry in given.get("set") or []:
        key, equals, value = str(entry).partition("=")
        if not equals or not key:
            raise pytest.UsageError(f"--set {entry}: write KEY=VALUE")
        found[key] = value
    for provider in providers:
        try:
            provider.parameters({key: value for key, value in found.items() if key in provider.fields.parameters})
        except specs.SpecError as error:
            raise pytest.UsageError(str(error)) from None
    known = {name for provider in providers for name in provider.fields.parameters}
    if unknown := sorted(set(found) - known):
        raise pytest.UsageError(
            f"--set {unknown[0]}=…: no such parameter; there are: {', '.join(sorted(known)) or 'none'}"
        )
    return found

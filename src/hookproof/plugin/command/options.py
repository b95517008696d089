"""What the user asked for: command line, hookproof.toml and environment, checked before anything is sent."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hookproof import cases, observers, providers
from hookproof import settings as typed
from hookproof.evidence.lines import Accepted
from hookproof.evidence.redact import visible
from hookproof.options.table import CHECKS
from hookproof.plugin.command import probe, verifiers
from hookproof.plugin.command.config import FILE as CONFIG
from hookproof.plugin.command.config import read as read_config
from hookproof.plugin.command.joining import FOREIGN, PREFIX
from hookproof.providers import Provider, Surface
from hookproof.providers.tables import TESTED_ROLES
from hookproof.report import ReportError
from hookproof.report.results import baseline as baselines
from hookproof.settings import DEMO, Key
from hookproof.target.restart import NotStartedError, StartedTarget
from hookproof.verdict import Exit


@dataclass(frozen=True)
class CheckSettings:
    """One run, as asked for. `secrets`: by the subject of a surface; `found`: what was found without --provider."""

    target: str
    providers: tuple[Provider, ...]
    surfaces: tuple[Surface, ...]
    roles: tuple[str, ...]
    secrets: dict[str, Key]
    effects: str
    observer: observers.Observer | None
    listen: tuple[str, int]
    public_url: str
    deadline_s: float | None
    patience_s: float
    token: Key = field(default_factory=lambda: Key(None, "HOOKPROOF_TOKEN"))
    trigger: str = ""
    register: str = ""
    restart: str = ""
    started: StartedTarget | None = None
    trouble: str = ""
    slow: str = ""
    found: tuple[str, ...] = ()
    report: Path | None = None
    baseline: tuple[Accepted, ...] | None = None
    seed: int = 0
    examples: int = 25
    strict: bool = False

    @property
    def demo(self) -> bool:
        return self.target == DEMO

    @property
    def how_to_restart(self) -> str | StartedTarget:
        """What --restart says; else what was started by --start; else nothing."""
        return self.restart or self.started or ""


def settings(config: pytest.Config) -> CheckSettings:
    """Read and check everything. Raises pytest.UsageError with one line that says what to type instead."""
    given = _given(config)
    if not given.get("target") and "target" in config.stash.get(FOREIGN, []):
        raise pytest.UsageError(f"--target is another plugin's here: type --{PREFIX}target URL")
    started = None
    try:
        alone = _without_provider(given)  # whatever can be wrong by itself is found before anything is sent
        started = _started(given) if not config.option.collectonly else None
        return replace(_checked(given, alone), started=started)
    except BaseException as ended:
        if started:
            started.stop()
        if isinstance(ended, typed.WrongUseError):
            raise pytest.UsageError(str(ended)) from None
        raise


def _started(given: dict[str, Any]) -> StartedTarget | None:
    """The target, listening, if we are to start it. Ends the run where it does not start."""
    command, target = str(given.get("start") or ""), str(given.get("target") or "")
    if not command:
        return None
    if not target or target == DEMO:
        raise pytest.UsageError("--start COMMAND: say where the target then listens: --target URL")
    started = StartedTarget(command, typed.url("--target", target))
    try:
        started.start()
    except NotStartedError as error:
        pytest.exit(f"hookproof: --start: {visible(str(error))}", returncode=Exit.UNREACHABLE)
    return started


def _checked(given: dict[str, Any], alone: dict[str, Any]) -> CheckSettings:
    target = str(given.get("target") or "")
    if not target:
        raise pytest.UsageError(
            "nothing to test: type `pytest --target URL --provider NAME`, or `pytest --target demo`"
        )
    verifying = verifiers.meant(given)
    if not verifying:
        typed.url("--target", target, demo=True)
    secret_env = str(given.get("secret_env") or "HOOKPROOF_SECRET")
    chosen, found = _providers(given, target, secret_env)
    target, surfaces = _surfaces(target, chosen, typed.parameters(given, chosen))
    roles = _roles(given, target, chosen)
    if verifying:
        verifiers.check_surfaces(chosen, surfaces)
    _check_platform(given, target, roles, chosen)
    return CheckSettings(
        target=target,
        providers=chosen,
        surfaces=surfaces,
        roles=roles,
        secrets=_secrets(target, secret_env, surfaces, roles),
        token=_token(target, str(given.get("token_env") or "HOOKPROOF_TOKEN")),
        found=found,
        **alone,
    )


def _secrets(target: str, name: str, surfaces: tuple[Surface, ...], roles: tuple[str, ...]) -> dict[str, Key]:
    """Every endpoint's key. A verifier is told keys of ours with each request, and needs none from the user."""
    if roles == (verifiers.ROLE,):
        return {surface.subject: Key(None, name) for surface in surfaces}
    return typed.keys(target, name, surfaces, needed="receiver" in roles)


def _check_platform(
    given: dict[str, Any], target: str, roles: tuple[str, ...], chosen: tuple[providers.Provider, ...]
) -> None:
    """Whether a sender can be told where to deliver and made to emit something. Raises UsageError."""
    if target == DEMO or "sender" not in roles:
        return
    if "receiver" in roles:
        raise pytest.UsageError("--role receiver needs another --target than --role sender: test them in two runs")
    if not given.get("trigger"):
        raise pytest.UsageError(
            '--role sender: say by what URL it emits an event: --trigger URL (POST {"kind", "text"})'
        )
    for provider in chosen:
        platform = provider.fields.platform
        if (platform is None or platform.register is None) and not given.get("register"):
            raise pytest.UsageError(
                f"--role sender: {provider.name} documents no API to register an endpoint: --register URL "
                '(POST {"url", "events"})'
            )


def _token(target: str, name: str) -> Key:
    value = secrets.token_urlsafe(24) if target == DEMO else os.environ.get(name, "").strip()
    return Key(typed.secret(value, name) if value else None, name)


def _without_provider(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that no provider has a say in. Raises UsageError."""
    for role in given.get("role") or []:
        if role not in TESTED_ROLES:
            raise pytest.UsageError(f"unknown role {role!r}; choose receiver, sender, api or verifier")
        if role != "receiver" and not given.get("provider") and given.get("target") != DEMO:
            raise pytest.UsageError(
                f"--role {role}: say whose documents count: --provider {'|'.join(providers.names())}"
            )
    for entry in given.get("set") or []:
        if not str(entry).partition("=")[0] or "=" not in str(entry):
            raise pytest.UsageError(f"--set {entry}: write KEY=VALUE")
    return {
        "restart": str(given.get("restart") or ""),
        "trouble": str(given.get("trouble") or ""),
        "slow": str(given.get("slow") or ""),
        "trigger": typed.url("--trigger", str(given.get("trigger") or "")),
        "register": typed.url("--register", str(given.get("register") or "")),
        "effects": str(given.get("effects") or ""),
        "observer": typed.observer(str(given.get("effects") or "")),
        "listen": typed.address(str(given.get("listen") or "127.0.0.1:0")),
        "public_url": typed.url("--public-url", str(given.get("public_url") or "")),
        "deadline_s": typed.seconds("--deadline", given.get("deadline")),
        "patience_s": typed.seconds("--patience", given.get("patience")) or 10.0,
        "report": Path(str(given["report"])) if given.get("report") else None,
        "baseline": _baseline(given.get("baseline")),
        "seed": typed.whole("--seed", given.get("seed", 0)),
        "examples": max(1, typed.whole("--examples", given.get("examples", 25))),
        "strict": bool(given.get("strict")),
    }


def _given(config: pytest.Config) -> dict[str, Any]:
    """hookproof.toml below the command line."""
    found = read_config(config.invocation_params.dir / CONFIG)
    for option in CHECKS:
        value = typed_for(config, option.key)
        if value is not None:
            found[option.key] = value
    return found


def typed_for(config: pytest.Config, key: str) -> Any:
    """What the command line says of one option; None if nothing. `--strict` is pytest's own, and ours too."""
    value = getattr(config.option, f"hookproof_{key}", None)
    return True if key == "strict" and (value or getattr(config.option, "strict", False)) else value


def target_in_file(config: pytest.Config) -> str:
    """The target that hookproof.toml names; empty without one. Raises UsageError."""
    return str(read_config(config.invocation_params.dir / CONFIG).get("target") or "")


def _providers(
    given: dict[str, Any], target: str, secret_env: str
) -> tuple[tuple[providers.Provider, ...], tuple[str, ...]]:
    """Whose documents count; without --provider the target is asked, and what was found is said in lines."""
    known = providers.names()
    names = given.get("provider") or (known if target == DEMO else [])
    try:
        if names:
            return tuple(_load(name) for name in dict.fromkeys(names)), ()
        chosen = tuple(providers.load(name) for name in known)
    except providers.SpecError as error:
        raise pytest.UsageError(str(error)) from None
    asked = dict(entry.partition("=")[::2] for entry in given.get("set") or [])
    return _probed(target, chosen, asked, os.environ.get(secret_env, ""), given)


def _load(name: str) -> providers.Provider:
    """A provider whose requirements name cases that there are. Raises SpecError."""
    provider = providers.load(name)
    cases.check(provider)
    return provider


def _probed(
    target: str, chosen: tuple[providers.Provider, ...], asked: dict[str, str], secret: str, given: dict[str, Any]
) -> tuple[tuple[providers.Provider, ...], tuple[str, ...]]:
    """Ask the target what it implements, and go on as if that had been typed. Raises UsageError."""
    if stranger := set(asked) - {name for provider in chosen for name in provider.known}:
        raise pytest.UsageError(f"--set {min(stranger)}=…: no provider has that parameter")
    try:
        key = typed.secret(secret, given.get("secret_env") or "HOOKPROOF_SECRET") if secret else None
        found = asyncio.run(probe.find(target, chosen, asked, key))
    except typed.WrongUseError as error:
        raise pytest.UsageError(str(error)) from None
    except probe.NobodyThere as nobody:
        pytest.exit(f"hookproof: nobody answers at {target}: {nobody}", returncode=Exit.UNREACHABLE)
    except providers.SpecError as error:
        raise pytest.UsageError(str(error)) from None
    if found.provider is None:
        raise pytest.UsageError(f"{found.lines[-1]}; say --provider NAME; known are: {', '.join(providers.names())}")
    if found.surfaces and "surfaces" not in asked:
        given["set"] = [*(given.get("set") or []), f"surfaces={','.join(found.surfaces)}"]
    return (found.provider,), tuple(found.lines)


def _surfaces(
    target: str, chosen: tuple[providers.Provider, ...], given: dict[str, str]
) -> tuple[str, tuple[providers.Surface, ...]]:
    """The target and the endpoints of a run. A target that ends in a documented path means that endpoint alone."""
    found: list[providers.Surface] = []
    for provider in chosen:
        mine = {name: value for name, value in given.items() if name in provider.known}
        if target == DEMO:  # two channels wherever one can be named
            needed = {name for fields in provider.fields.surfaces.values() for name in fields.needs}
            mine = {name: f"{provider.known[name].example},{provider.known[name].example}0" for name in needed} | mine
        try:
            surfaces = provider.surfaces(mine)
            for surface in surfaces:
                if surface.fields.path and (base := surface.base_of(target)) and len(chosen) == 1:
                    target, more = base
                    surfaces = provider.surfaces({**mine, **more, "surfaces": surface.name})
                    break
            found += surfaces
        except providers.SpecError as error:
            raise pytest.UsageError(str(error)) from None
    return target, tuple(found)


def _roles(given: dict[str, Any], target: str, chosen: tuple[providers.Provider, ...]) -> tuple[str, ...]:
    asked = given.get("role")
    if not asked and target == DEMO:
        return tuple(role for role in TESTED_ROLES if any(role in provider.fields.roles for provider in chosen))
    roles = tuple(dict.fromkeys(asked or ["receiver"]))
    for role in roles if target != DEMO else ():
        for provider in chosen:
            if role not in (*provider.fields.roles, verifiers.ROLE):
                offered = ", ".join(provider.fields.roles)
                raise pytest.UsageError(f"role {role} is not documented for {provider.name}; choose {offered}")
    return roles


def _baseline(path: Any) -> tuple[Accepted, ...] | None:
    if not path:
        return None
    try:
        return tuple(baselines.read(Path(str(path))))
    except ReportError as error:
        raise pytest.UsageError(f"--baseline {error}") from None
    except OSError as error:
        raise pytest.UsageError(f"--baseline {path}: {error.strerror}") from None

"""What the user asked for: command line, hookproof.toml and environment, checked before anything is sent."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hookproof import observers, specs, usage
from hookproof.plugin import probe
from hookproof.plugin.config import FILE as CONFIG
from hookproof.plugin.config import read as read_config
from hookproof.report import ReportError, accepted
from hookproof.report.lines import Accepted
from hookproof.usage import DEMO, Key
from hookproof.verdict import Exit

ROLES = ("receiver", "sender", "api")


def add_options(parser: pytest.Parser) -> None:
    """Register our options. `--strict` is pytest's own: here it also makes warnings and undecided checks count."""
    group = parser.getgroup("hookproof", "webhook conformance")
    add = group.addoption
    add("--target", metavar="URL", help="the implementation under test, or `demo` for the embedded reference")
    add("--provider", action="append", metavar="NAME", help="whose documents it must keep; may be given again")
    add("--role", action="append", metavar="ROLE", help="receiver (default), sender or api; may be given again")
    add("--secret-env", metavar="NAME", help="environment variable with the signing secret [HOOKPROOF_SECRET]")
    add("--token-env", metavar="NAME", help="environment variable with the management API's token [HOOKPROOF_TOKEN]")
    add("--trigger", metavar="URL", help='sender: POST {"kind": KIND, "text": TEXT} there makes it emit one event')
    add("--register", metavar="URL", help='sender: POST {"url": INBOX, "events": […]} there registers an endpoint, '
        "where the provider documents no API for it")  # fmt: skip
    add("--effects", metavar="OBSERVER", help="how effects are counted: http://…{event_id}…, socketio://HOST:PORT/, "
        "sql+URL#SELECT … :event_id, or exec:COMMAND {event_id}")  # fmt: skip
    add("--listen", metavar="HOST:PORT", help="where our inbox is: deliveries of a sender, files [127.0.0.1:0]")
    add("--public-url", metavar="URL", help="how the target reaches what we serve [the --listen address]")
    add("--deadline", metavar="SECONDS", help="acknowledgement deadline [the provider's]")
    add("--patience", metavar="SECONDS", help="how long to wait for effects and late retries [10]")
    add("--set", action="append", metavar="KEY=VALUE", help="a provider's parameter; may be given again")
    add("--restart", metavar="COMMAND", help="shell command that restarts the target and returns [it is not restarted]")
    add("--baseline", metavar="FILE", help="accepted failures, as `hookproof baseline results.json` writes them")
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
    """One run, as asked for. `secrets`: by the subject of a surface; `found`: what was found without --provider."""

    target: str
    providers: tuple[specs.Provider, ...]
    surfaces: tuple[specs.Surface, ...]
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
    found: tuple[str, ...] = ()
    report: Path | None = None
    baseline: tuple[Accepted, ...] | None = None
    seed: int = 0
    examples: int = 25
    strict: bool = False

    @property
    def demo(self) -> bool:
        return self.target == DEMO


def settings(config: pytest.Config) -> Settings:
    """Read and check everything. Raises pytest.UsageError with one line that says what to type instead."""
    try:
        return _checked(_given(config))
    except usage.WrongUseError as wrong:
        raise pytest.UsageError(str(wrong)) from None


def _checked(given: dict[str, Any]) -> Settings:
    target = str(given.get("target") or "")
    if not target:
        raise pytest.UsageError(
            "nothing to test: type `pytest --target URL --provider NAME`, or `pytest --target demo`"
        )
    usage.url("--target", target, demo=True)
    secret_env = str(given.get("secret_env") or "HOOKPROOF_SECRET")
    alone = _without_provider(given)  # whatever can be wrong by itself is found before anything is sent
    providers, found = _providers(given, target, secret_env)
    target, surfaces = _surfaces(target, providers, usage.parameters(given, providers))
    roles = _roles(given, target, providers)
    _check_platform(given, target, roles, providers)
    return Settings(
        target=target,
        providers=providers,
        surfaces=surfaces,
        roles=roles,
        secrets=usage.keys(target, secret_env, surfaces, needed="receiver" in roles),
        token=_token(target, str(given.get("token_env") or "HOOKPROOF_TOKEN")),
        found=found,
        **alone,
    )


def _check_platform(
    given: dict[str, Any], target: str, roles: tuple[str, ...], providers: tuple[specs.Provider, ...]
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
    for provider in providers:
        platform = provider.fields.platform
        if (platform is None or platform.register is None) and not given.get("register"):
            raise pytest.UsageError(
                f"--role sender: {provider.name} documents no API to register an endpoint: --register URL "
                '(POST {"url", "events"})'
            )


def _token(target: str, name: str) -> Key:
    value = secrets.token_urlsafe(24) if target == DEMO else os.environ.get(name, "").strip()
    return Key(usage.secret(value, name) if value else None, name)


def _without_provider(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that no provider has a say in. Raises UsageError."""
    for role in given.get("role") or []:
        if role not in ROLES:
            raise pytest.UsageError(f"unknown role {role!r}; choose receiver, sender or api")
        if role != "receiver" and not given.get("provider") and given.get("target") != DEMO:
            raise pytest.UsageError(
                f"--role {role}: say whose documents count: --provider {'|'.join(specs.providers())}"
            )
    for entry in given.get("set") or []:
        if not str(entry).partition("=")[0] or "=" not in str(entry):
            raise pytest.UsageError(f"--set {entry}: write KEY=VALUE")
    return {
        "restart": str(given.get("restart") or ""),
        "trigger": usage.url("--trigger", str(given.get("trigger") or "")),
        "register": usage.url("--register", str(given.get("register") or "")),
        "effects": str(given.get("effects") or ""),
        "observer": usage.observer(str(given.get("effects") or "")),
        "listen": usage.address(str(given.get("listen") or "127.0.0.1:0")),
        "public_url": usage.url("--public-url", str(given.get("public_url") or "")),
        "deadline_s": usage.seconds("--deadline", given.get("deadline")),
        "patience_s": usage.seconds("--patience", given.get("patience")) or 10.0,
        "report": Path(str(given["report"])) if given.get("report") else None,
        "baseline": _baseline(given.get("baseline")),
        "seed": usage.whole("--seed", given.get("seed", 0)),
        "examples": max(1, usage.whole("--examples", given.get("examples", 25))),
        "strict": bool(given.get("strict")),
    }


_NAMES = ("target", "provider", "role", "secret_env", "effects", "listen", "public_url", "deadline", "patience")
_KNOWN = (
    *_NAMES,
    "set",
    "report",
    "seed",
    "examples",
    "strict",
    "restart",
    "trigger",
    "register",
    "token_env",
    "baseline",
)


def _given(config: pytest.Config) -> dict[str, Any]:
    """hookproof.toml below the command line."""
    found = read_config(config.invocation_params.dir / CONFIG, _KNOWN)
    for name in _KNOWN:
        value = getattr(config.option, name, None)
        if value is not None and value is not False:
            found[name] = value
    return found


def _providers(
    given: dict[str, Any], target: str, secret_env: str
) -> tuple[tuple[specs.Provider, ...], tuple[str, ...]]:
    """Whose documents count; without --provider the target is asked, and what was found is said in lines."""
    known = specs.providers()
    names = given.get("provider") or (known if target == DEMO else [])
    try:
        if names:
            return tuple(specs.load(name) for name in dict.fromkeys(names)), ()
        providers = tuple(specs.load(name) for name in known)
    except specs.SpecError as error:
        raise pytest.UsageError(str(error)) from None
    asked = dict(entry.partition("=")[::2] for entry in given.get("set") or [])
    return _probed(target, providers, asked, os.environ.get(secret_env, ""), given)


def _probed(
    target: str, providers: tuple[specs.Provider, ...], asked: dict[str, str], secret: str, given: dict[str, Any]
) -> tuple[tuple[specs.Provider, ...], tuple[str, ...]]:
    """Ask the target what it implements, and go on as if that had been typed. Raises UsageError."""
    if stranger := set(asked) - {name for provider in providers for name in provider.known}:
        raise pytest.UsageError(f"--set {min(stranger)}=…: no provider has that parameter")
    try:
        key = usage.secret(secret, given.get("secret_env") or "HOOKPROOF_SECRET") if secret else None
        found = asyncio.run(probe.find(target, providers, asked, key))
    except usage.WrongUseError as error:
        raise pytest.UsageError(str(error)) from None
    except probe.NobodyThere as nobody:
        pytest.exit(f"hookproof: nobody answers at {target}: {nobody}", returncode=Exit.UNREACHABLE)
    except specs.SpecError as error:
        raise pytest.UsageError(str(error)) from None
    if found.provider is None:
        raise pytest.UsageError(f"{found.lines[-1]}; say --provider NAME; known are: {', '.join(specs.providers())}")
    if found.surfaces and "surfaces" not in asked:
        given["set"] = [*(given.get("set") or []), f"surfaces={','.join(found.surfaces)}"]
    return (found.provider,), tuple(found.lines)


def _surfaces(
    target: str, providers: tuple[specs.Provider, ...], given: dict[str, str]
) -> tuple[str, tuple[specs.Surface, ...]]:
    """The target and the endpoints of a run. A target that ends in a documented path means that endpoint alone."""
    found: list[specs.Surface] = []
    for provider in providers:
        mine = {name: value for name, value in given.items() if name in provider.known}
        if target == DEMO:  # two channels wherever one can be named
            needed = {name for fields in provider.fields.surfaces.values() for name in fields.needs}
            mine = {name: f"{provider.known[name].example},{provider.known[name].example}0" for name in needed} | mine
        try:
            surfaces = provider.surfaces(mine)
            for surface in surfaces:
                if surface.fields.path and (base := surface.base_of(target)) and len(providers) == 1:
                    target, more = base
                    surfaces = provider.surfaces({**mine, **more, "surfaces": surface.name})
                    break
            found += surfaces
        except specs.SpecError as error:
            raise pytest.UsageError(str(error)) from None
    return target, tuple(found)


def _roles(given: dict[str, Any], target: str, providers: tuple[specs.Provider, ...]) -> tuple[str, ...]:
    asked = given.get("role")
    if not asked and target == DEMO:
        return tuple(role for role in ROLES if any(role in provider.fields.roles for provider in providers))
    roles = tuple(dict.fromkeys(asked or ["receiver"]))
    for role in roles if target != DEMO else ():
        for provider in providers:
            if role not in provider.fields.roles:
                offered = ", ".join(provider.fields.roles)
                raise pytest.UsageError(f"role {role} is not documented for {provider.name}; choose {offered}")
    return roles


def _baseline(path: Any) -> tuple[Accepted, ...] | None:
    if not path:
        return None
    try:
        return tuple(accepted.read(Path(str(path))))
    except ReportError as error:
        raise pytest.UsageError(f"--baseline {error}") from None
    except OSError as error:
        raise pytest.UsageError(f"--baseline {path}: {error.strerror}") from None

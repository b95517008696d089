"""What a user typed, checked one by one before anything is sent. Both front ends ask here."""

from __future__ import annotations

import os
import secrets as random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hookproof import observers, specs
from hookproof.model import Secret
from hookproof.redact import without_user

DEMO = "demo"


class WrongUseError(Exception):
    """What was typed cannot be meant. Its text is one line that says what to type instead."""


@dataclass(frozen=True)
class Key:
    """An endpoint's secret, and the environment variable it is from."""

    secret: Secret | None
    env: str


def url(option: str, text: str, *, demo: bool = False) -> str:
    """The URL as it was typed; empty if it was not. With `demo`, that word counts as one."""
    if not text or (demo and text == DEMO):
        return text
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or any(character.isspace() or ord(character) < 32 for character in text):
        shown = without_user(text)
        raise WrongUseError(f"{option} {shown}: not a URL; write it like http://127.0.0.1:3000/webhooks/whatsapp")
    if parts.username or parts.password:
        raise WrongUseError(f"{option}: leave user and password out of the URL")
    return text


def keys(target: str, name: str, surfaces: tuple[specs.Surface, ...], *, needed: bool) -> dict[str, Key]:
    """Every endpoint's key: $NAME_SURFACE where it is set, else $NAME. A sender may give its own when asked to."""
    found = {}
    for surface in surfaces:
        if not (surface.scheme or "crc" in surface.features):
            found[surface.subject] = Key(None, name)
            continue
        own = f"{name}_{surface.name.upper()}"
        env = own if os.environ.get(own, "").strip() else name
        value = random.token_urlsafe(24) if target == DEMO else os.environ.get(env, "")
        if not value.strip() and not needed:
            found[surface.subject] = Key(None, env)
            continue
        if not value.strip():
            hint = f" or --set {surface.unsigned}" if surface.unsigned else ""
            raise WrongUseError(f"{surface.subject} signs deliveries: put the endpoint's secret in ${name}{hint}")
        found[surface.subject] = Key(secret(value, env), env)
    return found


def secret(value: str, env: str) -> Secret:
    """A secret from the environment. Raises WrongUseError."""
    try:
        return Secret(value.encode())
    except UnicodeEncodeError:
        raise WrongUseError(f"${env} is not UTF-8: put the secret there as text") from None


def observer(text: str) -> observers.Observer | None:
    """What --effects asks for; None if it was not given."""
    if not text:
        return None
    try:
        return observers.parse(text)
    except ValueError as error:
        raise WrongUseError(str(error)) from None


def seconds(option: str, value: Any) -> float | None:
    """A time in seconds; None if it was not given."""
    if value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 < found < 1e6:
        raise WrongUseError(f"{option} {value}: write a number of seconds above 0, like 10")
    return found


def whole(option: str, value: Any) -> int:
    """A whole number."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise WrongUseError(f"{option} {value}: write a whole number") from None


def parameters(given: dict[str, Any], providers: tuple[specs.Provider, ...]) -> dict[str, str]:
    """What --set says, for these providers together."""
    found = {}
    for entry in given.get("set") or []:
        key, _, value = str(entry).partition("=")
        found[key] = value
    for provider in providers:
        try:
            provider.parameters({key: value for key, value in found.items() if key in provider.known})
        except specs.SpecError as error:
            raise WrongUseError(str(error)) from None
    known = {name for provider in providers for name in provider.known}
    if unknown := sorted(set(found) - known):
        raise WrongUseError(f"--set {unknown[0]}=…: no such parameter; there are: {', '.join(sorted(known)) or 'none'}")
    return found


def address(text: str) -> tuple[str, int]:
    """Host and port of --listen."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise WrongUseError(f"--listen {text}: write HOST:PORT, like 127.0.0.1:0")
    return host.strip("[]"), int(port)

"""What a user typed, checked one by one before anything is sent. Both front ends ask here."""

from __future__ import annotations

import base64
import os
import secrets as random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hookproof import observers, providers
from hookproof.delivery.secret import Secret

DEMO = "demo"
ROTATION = providers.ROTATION


class WrongUseError(Exception):
    """What was typed cannot be meant. Its text is one line that says what to type instead."""


@dataclass(frozen=True)
class Key:
    """An endpoint's secret, and the environment variable it is from; while keys rotate, also the former secret."""

    secret: Secret | None
    env: str
    former: Secret | None = None


def url(option: str, text: str, *, demo: bool = False) -> str:
    """The URL as it was typed; empty if it was not. With `demo`, that word counts as one."""
    if not text or (demo and text == DEMO):
        return text
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or any(character.isspace() or ord(character) < 32 for character in text):
        shown = f"***@{text.rpartition('@')[2]}" if "@" in text else text  # a password with a slash ends no host
        raise WrongUseError(f"{option} {shown}: not a URL; write it like http://127.0.0.1:3000/webhooks/whatsapp")
    if parts.username or parts.password:
        raise WrongUseError(f"{option}: leave user and password out of the URL")
    return text


def _is_host(name: str) -> bool:
    """Whether a name can be looked up: no part of it is empty, or longer than 63 letters."""
    if ":" in name:
        return True  # an address of IPv6, which urlsplit has looked at
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return bool(name.rstrip(".")) and ".." not in name


def keys(target: str, name: str, surfaces: tuple[providers.Surface, ...], *, needed: bool) -> dict[str, Key]:
    """Every endpoint's key: $NAME_SURFACE where it is set, else $NAME. A sender may give its own when asked to."""
    found = {}
    for surface in surfaces:
        if not (surface.scheme or "crc" in surface.features):
            found[surface.subject] = Key(None, name)
            continue
        own = f"{name}_{surface.name.upper()}"
        env = own if os.environ.get(own, "").strip() else name
        value = fresh_secret(surface) if target == DEMO else os.environ.get(env, "")
        if not value.strip() and not needed:
            found[surface.subject] = Key(None, env)
            continue
        if not value.strip():
            hint = f" or --set {surface.unsigned}" if surface.unsigned else ""
            raise WrongUseError(f"{surface.subject} signs deliveries: put the endpoint's secret in ${name}{hint}")
        former = _former(target, env, surface)
        found[surface.subject] = Key(spelled(secret(value, env), env, surface), env, former)
    return found


def _former(target: str, env: str, surface: providers.Surface) -> Secret | None:
    """The secret before this one, where --set rotation says that keys rotate. Raises WrongUseError."""
    rotation, env = surface.parameters.get(ROTATION), f"{env}_OLD"
    if rotation is None:
        return None
    value = fresh_secret(surface) if target == DEMO and rotation != "none" else os.environ.get(env, "").strip()
    if value and rotation == "none":
        raise WrongUseError(
            f"${env} is set: say --set {ROTATION}=during while {surface.subject} takes both keys, or {ROTATION}=over"
        )
    if not value and rotation != "none":
        raise WrongUseError(f"--set {ROTATION}={rotation}: put the former secret of {surface.subject} in ${env}")
    return spelled(secret(value, env), env, surface) if value else None


def fresh_secret(surface: providers.Surface) -> str:
    """A fresh secret, as the provider spells one."""
    scheme = surface.scheme
    if scheme is not None and scheme.pair:
        raw = random.token_bytes(31) + b"\x01"
        return scheme.key_prefix + (base64.b64encode(raw).decode() if scheme.key == "base64" else raw.hex())
    if scheme is None or scheme.key == "utf-8":
        return (scheme.key_prefix if scheme else "") + random.token_urlsafe(24)
    raw = random.token_bytes(32)
    return scheme.key_prefix + (raw.hex() if scheme.key == "hex" else base64.b64encode(raw).decode())


def spelled(found: Secret, env: str, surface: providers.Surface) -> Secret:
    """The secret, if its text spells a key as the provider documents it. Raises WrongUseError."""
    try:
        if surface.scheme:
            surface.scheme.key_of(found.reveal())
    except ValueError:
        scheme = surface.scheme
        if scheme and scheme.pair:
            raise WrongUseError(
                f"${env}: {surface.subject} signs with a private key: put it there as PEM, 64 hex digits or Base64"
            ) from None
        lead = f"{scheme.key_prefix} and " if scheme and scheme.key_prefix else ""
        form = scheme.key.title() if scheme else ""
        raise WrongUseError(
            f"${env}: {surface.subject} writes its secrets as {lead}{form}; copy the whole of it"
        ) from None
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


def parameters(given: dict[str, Any], chosen: tuple[providers.Provider, ...]) -> dict[str, str]:
    """What --set says, for these providers together."""
    found = {}
    for entry in given.get("set") or []:
        key, _, value = str(entry).partition("=")
        found[key] = value
    for provider in chosen:
        try:
            provider.parameters({key: value for key, value in found.items() if key in provider.known})
        except providers.SpecError as error:
            raise WrongUseError(str(error)) from None
    known = {name for provider in chosen for name in provider.known}
    if unknown := sorted(set(found) - known):
        raise WrongUseError(f"--set {unknown[0]}=…: no such parameter; there are: {', '.join(sorted(known)) or 'none'}")
    return found


def address(text: str) -> tuple[str, int]:
    """Host and port of --listen."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise WrongUseError(f"--listen {text}: write HOST:PORT, like 127.0.0.1:0")
    return host.strip("[]"), int(port)

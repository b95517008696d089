"""Finding out whose documents a target keeps, where nobody said: documented paths are tried, with genuine events."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from hookproof.delivery.attempt import Exchange
from hookproof.delivery.secret import Secret
from hookproof.providers import Provider, Surface
from hookproof.providers.events import Maker
from hookproof.wire.client import Endpoint, send

_ABSENT = {404, 405, 410, 501}
_WITHIN_S = 4.0
"""Seconds within which an event must be answered; all but the first are sent at the same time."""


class NobodyThere(Exception):
    """Nothing listens at the target."""


@dataclass
class Probed:
    """What a target implements, as far as its answers tell; `lines` say so for people."""

    provider: Provider | None = None
    surfaces: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


async def find(target: str, providers: tuple[Provider, ...], asked: dict[str, str], secret: Secret | None) -> Probed:
    """Try every provider's documented paths below the target, then the target itself. Raises NobodyThere, SpecError."""
    found = Probed()
    for provider in providers:
        if provider.has_paths and not found.provider:
            await _try_paths(target.rstrip("/"), provider, _own(provider, asked), secret, found)
    if not found.provider:
        await _try_endpoint(target, [one for one in providers if not one.has_paths], asked, secret, found)
    return found


def _own(provider: Provider, asked: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name in provider.known}


async def _try_paths(
    base: str, provider: Provider, parameters: dict[str, str], secret: Secret | None, found: Probed
) -> None:
    surfaces = provider.surfaces(parameters)
    nowhere = await _deliver(surfaces[0], f"{base}{surfaces[0].path}-{secrets.token_hex(6)}/nowhere", secret)
    answers = [await _deliver(surface, base + surface.path, secret) for surface in surfaces]
    if nowhere.outcome in ("refused", "unresolved"):
        raise NobodyThere(nowhere.detail or nowhere.outcome)
    ignored = _ABSENT | ({nowhere.status} if nowhere.status else set())
    there = [
        surface
        for surface, answer in zip(surfaces, answers, strict=True)
        if answer.outcome == "answered" and answer.status not in ignored
    ]
    if there:
        found.provider, found.surfaces = provider, [surface.name for surface in there]
        found.lines.append(f"found of {provider.name}: {', '.join(surface.name for surface in there)}")
        absent = [f"{surface.name} ({_said(answer)})" for surface, answer in zip(surfaces, answers, strict=True)
                  if surface not in there]  # fmt: skip
        if absent:
            found.lines.append(f"not there, so not judged: {', '.join(absent)}")


def _said(answer: Exchange) -> str:
    return str(answer.status or answer.outcome)


async def _try_endpoint(
    target: str, providers: list[Provider], asked: dict[str, str], secret: Secret | None, found: Probed
) -> None:
    tried = [(one, surface) for one in providers for surface in one.surfaces(_own(one, asked))[:1]]
    tried = [(provider, surface) for provider, surface in tried if _can_sign(surface, secret)]
    first = [await _deliver(surface, target, secret) for _, surface in tried[:1]]
    if first and first[0].outcome in ("refused", "unresolved"):
        raise NobodyThere(first[0].detail or first[0].outcome)
    rest = await asyncio.gather(*(_deliver(surface, target, secret) for _, surface in tried[1:]))
    taken = [
        provider
        for (provider, surface), answer in zip(tried, [*first, *rest], strict=True)
        if answer.outcome == "answered" and answer.status in surface.acknowledges
    ]
    names = ", ".join(provider.name for provider in taken)
    if len(taken) == 1:
        found.provider = taken[0]
        found.lines.append(f"found: the endpoint acknowledges deliveries of {names}, and of no other provider")
    elif taken:
        found.lines.append(f"the endpoint acknowledges deliveries of {names} alike")
    else:
        found.lines.append("no documented path answers, and no provider's delivery is acknowledged")


def _can_sign(surface: Surface, secret: Secret | None) -> bool:
    """Whether that text can be a secret of the surface's provider: not every text is a key pair, or hexadecimal."""
    if not surface.scheme:
        return True
    try:
        return bool(secret and Maker(surface, secret=secret, run="probe").make(plain=True))
    except ValueError:
        return False


async def _deliver(surface: Surface, url: str, secret: Secret | None) -> Exchange:
    """One genuine event, as plain as they come."""
    signed = secret if surface.scheme else None
    delivery = Maker(surface, secret=signed, run=secrets.token_hex(4), url=url).make(plain=True)
    return await send(Endpoint(url), "POST", delivery.headers, delivery.body, within_s=_WITHIN_S)

"""The commands `hookproof send` and `hookproof replay`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from hookproof import settings as typed
from hookproof.delivery.attempt import Promise
from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import put
from hookproof.providers import Provider, Surface
from hookproof.providers.events import Maker
from hookproof.workbench.captures import CaptureError
from hookproof.workbench.refusing import provider_of, secret_in, stop, surfaces_of
from hookproof.workbench.sending import again, flaws
from hookproof.workbench.sending.sender import HarnessError, SentByHand, deliver

_ANY = Promise(10.0, frozenset(range(200, 300)), frozenset())
"""What is expected of an answer where no provider says it."""
_SECRET_ENV = click.option(
    "--secret-env", metavar="NAME", default="HOOKPROOF_SECRET", show_default=True, help="variable with the secret"
)


@click.command()
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="every documented kind of event")
@click.option("--list", "listed", is_flag=True, help="print the kinds and the flaws there are, and send nothing")
@click.option("--target", metavar="URL", default="", help="where to send")
@click.option("--provider", "name", metavar="NAME|FOLDER", required=True, help="whose deliveries")
@click.option("--field", "fields", metavar="/POINTER=VALUE", multiple=True, help="set a member of the body")
@click.option("--flaw", metavar="NAME", default="", help="send it wrong: bad-signature, duplicate …; --list has all")
@click.option("--body", type=click.Path(path_type=Path, dir_okay=False), help="sign and send this file's bytes")
@click.option("--times", type=click.IntRange(1, 100_000), default=1, help="so many new events of each kind")
@click.option("--deadline", metavar="SECONDS", help="how long an answer may take [the provider's]")
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="a provider's parameter")
@_SECRET_ENV
def send(
    kinds: tuple[str, ...],
    every: bool,
    listed: bool,
    target: str,
    name: str,
    fields: tuple[str, ...],
    flaw: str,
    body: Path | None,
    times: int,
    deadline: str | None,
    given: tuple[str, ...],
    secret_env: str,
) -> None:
    """Send realistic, signed events of these KINDs and print each attempt as a line.

    KIND is SURFACE/KIND where several surfaces have it. Exits 0 if all were acknowledged, 1 if not, 11 if nobody
    answers.
    """
    surfaces = surfaces_of(provider_of(name), given)
    if listed:
        _list(surfaces)
        return
    _wanted(target)
    if not (kinds or every or body):
        stop("send what? Write a KIND, --all, or --body FILE; --list prints the kinds there are")
    url, surfaces = _meant(target, surfaces)
    raw = _bytes(body)
    chosen = _chosen(kinds, every, surfaces) or [(surfaces[0], surfaces[0].plain)]
    makers = {surface.subject: _maker(surface, secret_env) for surface, _ in chosen}

    def outgoing() -> Iterator[SentByHand]:
        for surface, kind in chosen:
            maker = makers[surface.subject]
            for _ in range(times):
                made = maker.make(kind, plain=True)
                if fields:
                    made = maker.deliver(_with_fields(made.read(), fields), kind)
                if raw is not None:
                    made = made.with_signed_body(raw, f"the bytes of {body}")
                for one in flaws.flawed(maker, made, flaw) if flaw else [made]:
                    yield SentByHand(_to(one, url, surface), f"{kind}  {one.event_id or '-'}")

    provider = surfaces[0].provider
    promise = _promise(provider, deadline)
    try:
        sys.exit(deliver(list(outgoing()), url, promise))
    except (flaws.NoFlaw, HarnessError) as error:
        stop(str(error))


@click.command()
@click.argument("capture", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--target", metavar="URL", default="", help="where to send; the whole URL of the endpoint")
@click.option("--only", "ids", metavar="ID", multiple=True, help="only deliveries that carry this id")
@click.option("--sign-again", is_flag=True, help="with the time of now, and a signature of the secret's")
@click.option("--provider", "name", metavar="NAME|FOLDER", default="", help="whose deliveries, for --sign-again")
@click.option(
    "--gaps", type=click.Choice(["real", "none"]), default="none", show_default=True, help="pauses as captured"
)
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="a provider's parameter")
@_SECRET_ENV
def replay(
    capture: Path,
    target: str,
    ids: tuple[str, ...],
    sign_again: bool,
    name: str,
    gaps: str,
    given: tuple[str, ...],
    secret_env: str,
) -> None:
    """Send again what is in CAPTURE: a capture, a HAR file, or a run's journal (run.jsonl).

    Exits 0 if all were acknowledged, 1 if not, 11 if nobody answers.
    """
    _wanted(target)
    try:
        found, unfit = again.read(capture)
    except CaptureError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{capture}: {error.strerror}")
    if unfit:
        click.echo(f"left out: {unfit} whose bodies the journal does not hold whole", err=True)
    chosen = again.only(found, ids)
    if not chosen:
        stop(f"{capture}: no delivery in it carries {' or '.join(ids)}" if ids else f"{capture}: no delivery is in it")
    surface = surfaces_of(provider_of(name), given)[0] if name else None
    if sign_again and (surface is None or surface.scheme is None):
        stop("--sign-again: say whose signature: --provider NAME, one that signs its deliveries")
    if not sign_again and (hidden := sorted({one for each in chosen for one in each.hidden})):
        stop(f"{capture}: {', '.join(hidden)} was left out when it was captured: --sign-again --provider NAME")
    secret = secret_in(secret_env, surface) if sign_again else None
    if sign_again and secret is None:
        stop(f"--sign-again: put the secret in ${secret_env}")

    def outgoing() -> Iterator[SentByHand]:
        before = chosen[0].at
        for one in chosen:
            wait_s = max(0.0, one.at - before) if gaps == "real" else 0.0
            before = one.at
            if secret and surface and surface.scheme:
                made = again.signed_anew(one, surface.scheme, secret, time.time() + wait_s)
            else:
                made = again.as_it_was(one)
            yield SentByHand(made, f"{len(one.body)} B", wait_s)

    try:
        sys.exit(deliver(outgoing(), target, _promise(surface.provider, None) if surface else _ANY))
    except HarnessError as error:
        stop(str(error))


def _wanted(target: str) -> None:
    try:
        if not typed.url("--target", target):
            stop("where to? Write --target URL")
    except typed.WrongUseError as error:
        stop(str(error))


def _promise(provider: Provider, deadline: str | None) -> Promise:
    try:
        within_s = typed.seconds("--deadline", deadline) or provider.fields.deadline_s
    except typed.WrongUseError as error:
        stop(str(error))
    return Promise(within_s, provider.acknowledges, frozenset(provider.fields.rejects))


def _list(surfaces: list[Surface]) -> None:
    for surface in surfaces:
        lead = "" if surface.alone else f"{surface.name}/"
        for kind in surface.events:
            use = surface.events[kind].use
            click.echo(f"{lead}{kind}" + ("" if use == "kind" else f"  ({use})"))
    maker = Maker(surfaces[0], secret=typed.secret(typed.fresh_secret(surfaces[0]), "") if surfaces[0].scheme else None)
    click.echo(f"\n--flaw {', '.join(flaws.names(maker))}")


def _meant(target: str, surfaces: list[Surface]) -> tuple[str, list[Surface]]:
    """Base URL and surfaces: one alone where the target ends in its path."""
    for surface in surfaces:
        if surface.fields.path and (base := surface.base_of(target)):
            alone = surface.provider.surfaces({**surface.parameters, **base[1], "surfaces": surface.name})
            return base[0], alone
    return target, surfaces


def _to(delivery: Delivery, base: str, surface: Surface) -> Delivery:
    """The delivery on its way to a surface below the base URL; it has no path of its own, or a case gave it one."""
    path = delivery.url or surface.path
    return replace(delivery, url=path if path.startswith("http") else base.rstrip("/" if path else "") + path)


def _chosen(kinds: tuple[str, ...], every: bool, surfaces: list[Surface]) -> list[tuple[Surface, str]]:
    """The kinds that were asked for, each with its surface; ends the command in one line for one there is not."""
    if every:
        return [(surface, kind) for surface in surfaces for kind in surface.kinds("kind")]
    found = []
    for text in kinds:
        name, slash, kind = text.rpartition("/")
        having = [one for one in surfaces if kind in one.events and (not slash or one.name == name)]
        if not having:
            known = sorted({known for one in surfaces for known in one.events})
            stop(f"no kind of event is called {text!r}; there are: {', '.join(known)}")
        if len(having) > 1:
            stop(f"{kind}: of which surface? Write one of: {', '.join(f'{one.name}/{kind}' for one in having)}")
        found.append((having[0], kind))
    return found


def _maker(surface: Surface, secret_env: str) -> Maker:
    secret = secret_in(secret_env, surface) if surface.scheme else None
    if surface.scheme and secret is None:
        stop(f"{surface.subject} signs deliveries: put the endpoint's secret in ${secret_env}")
    return Maker(surface, secret=secret, seed=time.time_ns(), run=str(time.time_ns()))


def _with_fields(payload: Any, fields: tuple[str, ...]) -> Any:
    """The payload with these members set; a value is JSON, or a text where it is none."""
    for entry in fields:
        pointer, equals, text = entry.partition("=")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        try:
            if not equals or not pointer.startswith("/"):
                raise ValueError
            put(payload, pointer, value)
        except (LookupError, TypeError, ValueError):
            stop(f"--field {entry}: write /POINTER=VALUE, with a place that the body has, like /data/text=Hello")
    return payload


def _bytes(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        stop(f"--body {path}: {error.strerror}")


COMMANDS = (send, replay)

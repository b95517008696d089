"""The command `hookproof listen`: its options, and what it says before and after."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.settings import WrongUseError
from hookproof.settings import secret as typed_secret
from hookproof.stdout import tolerant
from hookproof.verdict import Exit
from hookproof.workbench.inbound import proofs
from hookproof.workbench.inbound.script import ScriptError, parse
from hookproof.workbench.inbound.store import DISK, KEPT, StoreError
from hookproof.workbench.page.listening import LOOPBACK, Options, PortTakenError, default_store, listening

_MIB = 1024 * 1024


def _stop(text: str, code: int = Exit.USAGE) -> NoReturn:
    click.echo(f"hookproof: {text}", err=True)
    sys.exit(code)


@click.command("listen")
@click.option("--provider", metavar="NAME|FOLDER", multiple=True, help="whose deliveries come [what they seem to be]")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="a provider's parameter")
@click.option("--host", metavar="HOST", default=LOOPBACK, show_default=True, help="where senders reach this machine")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="for deliveries [a free one]")
@click.option(
    "--page-port", type=click.IntRange(0, 65535), default=0, help="for the page, on this machine [a free one]"
)
@click.option("--answer", metavar="SCRIPT", default="", help="what attempts get, such as 500,500,200 [200, or forward]")
@click.option("--challenge", type=click.Choice(proofs.CHOICES), default=proofs.RIGHT, show_default=True,
              help="how proofs of ownership are answered")  # fmt: skip
@click.option("--forward", metavar="URL", default="", help="a receiver to pass deliveries on to, byte for byte")
@click.option("--deadline", type=click.FloatRange(0.1, 120), default=10.0, show_default=True,
              help="seconds that the receiver behind --forward gets")  # fmt: skip
@click.option("--capture", metavar="FILE", type=click.Path(path_type=Path),
              help="also append each delivery to this file")  # fmt: skip
@click.option("--keep-signatures", is_flag=True, help="captures keep signatures and credentials; for your eyes only")
@click.option("--store", metavar="FILE", type=click.Path(path_type=Path),
              help="SQLite file to keep deliveries in, or to go on with [a new one in reports/listen]")  # fmt: skip
@click.option("--keep", type=click.IntRange(1, 10_000_000), default=KEPT, show_default=True,
              help="deliveries kept; then the oldest go")  # fmt: skip
@click.option("--disk", type=click.IntRange(1, 1_000_000), default=DISK // _MIB, show_default=True,
              help="MiB kept; then the oldest go")  # fmt: skip
@click.option("--secret-env", metavar="NAME", default="HOOKPROOF_SECRET", show_default=True,
              help="variable with the secret; others that begin with NAME_ are tried, too")  # fmt: skip
@click.option("--quiet", is_flag=True, help="no line for each delivery")
def listen(
    provider: tuple[str, ...],
    settings: tuple[str, ...],
    host: str,
    port: int,
    page_port: int,
    answer: str,
    challenge: str,
    forward: str,
    deadline: float,
    capture: Path | None,
    keep_signatures: bool,
    store: Path | None,
    keep: int,
    disk: int,
    secret_env: str,
    quiet: bool,
) -> None:
    """Take whatever deliveries come, say what is right about each, and show them on a page, until interrupted.

    SCRIPT: what each delivery's first, second, … attempt gets, with commas between; the last goes on for ever. A step
    is a status, which may be followed by after SECONDS, retry-after SECONDS, drip SECONDS or body TEXT; or silence
    SECONDS, drip SECONDS, reset, close, half, garbage, redirect URL, forward.
    """
    _check_forward(forward)
    try:
        options = Options(
            store=store or default_store(),
            surfaces=_surfaces(provider, settings),
            given=bool(provider),
            keys=_keys(secret_env),
            secret_env=secret_env,
            host=host,
            port=port,
            page_port=page_port,
            script=parse(answer or ("forward" if forward else "200"), forwards=bool(forward)),
            challenges=challenge,
            forward=forward,
            deadline_s=deadline,
            capture=capture,
            keep_signatures=keep_signatures,
            kept=keep,
            disk=disk * _MIB,
        )
    except ScriptError as error:
        _stop(f"--answer {answer}: {error}")
    except (providers.SpecError, WrongUseError) as error:
        _stop(str(error))
    _run(options, quiet=quiet)


def _run(options: Options, *, quiet: bool) -> None:
    out, over = tolerant(), threading.Event()
    with contextlib.suppress(AttributeError, ValueError):
        out.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character still gets the line

    def say(line: str) -> None:
        print(line, flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    try:
        with listening(options, (lambda line: None) if quiet else say) as running:
            say(f"register {running.url}/        every path below it is taken, too")
            say(f"page     {running.page_url}")
            say(f"kept in  {options.store}        --store goes on with it")
            if options.surfaces and not options.keys:
                say(f"no secret in ${options.secret_env}: signatures are not checked")
            over.wait()
            say("stopped; what came:")
        for line in running.summary:
            say(line)
    except (StoreError, PortTakenError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"--capture {options.capture}: {error.strerror}")


def _check_forward(forward: str) -> None:
    try:
        parts = urlsplit(forward)
        fits = not forward or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        fits = False
    if not fits:
        _stop(f"--forward {forward}: write a URL such as http://127.0.0.1:3000/webhooks")


def _surfaces(names: tuple[str, ...], settings: tuple[str, ...]) -> list[providers.Surface]:
    """The surfaces of the named providers, or of all. Raises SpecError."""
    if wrong := [entry for entry in settings if "=" not in entry]:
        raise WrongUseError(f"--set {wrong[0]}: write KEY=VALUE")
    given = dict(entry.split("=", 1) for entry in settings)
    if given and len(names) != 1:
        raise WrongUseError("--set: say --provider NAME too, one whose parameter that is")
    if names:
        return [surface for name in names for surface in providers.load(name).surfaces(given)]
    return [surface for name in providers.names() for surface in _variants(providers.load(name))]


def _variants(provider: providers.Provider) -> list[providers.Surface]:
    """The surfaces of a provider as they may be: without --set, and with each choice that has them signed otherwise."""
    choices = [(name, one) for name, parameter in provider.known.items() for one in parameter.choices]
    found = dict[tuple[str, str], providers.Surface]()
    for given in [{}, *({name: one} for name, one in choices)]:
        try:
            surfaces = provider.surfaces(given)
        except providers.SpecError:
            continue  # a choice that leaves nothing
        for surface in surfaces:
            found.setdefault((surface.subject, repr(surface.scheme)), surface)
    return list(found.values())


def _keys(secret_env: str) -> list[Secret]:
    """The secrets of the environment: the variable's, and those of all that begin with its name and an underscore.

    Raises WrongUseError.
    """
    others = sorted(name for name in os.environ if name.startswith(f"{secret_env}_"))
    return [typed_secret(os.environ[name], name) for name in (secret_env, *others) if os.environ.get(name)]

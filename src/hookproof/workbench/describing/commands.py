"""The commands `hookproof check` and `hookproof keys`."""

from __future__ import annotations

import sys

import click

from hookproof import cases, providers, settings
from hookproof.delivery.asymmetric import PAIRS
from hookproof.providers import loading
from hookproof.verdict import Exit
from hookproof.workbench.describing import checking
from hookproof.workbench.refusing import provider_of, stop, surfaces_of


@click.command()
@click.argument("folder")
def check(folder: str) -> None:
    """Say whether a provider's FOLDER is whole: one line for each thing that is wrong or missing.

    Exits 1 if something is wrong, and 0 if deliveries can be made and judged with it.
    """
    try:
        root = loading.folder_of(folder)
        wrong = loading.complaints(root)
        if not wrong:
            provider = loading.load_folder(root)
            cases.check(provider)
    except providers.SpecError as error:
        stop(str(error))
    for line in wrong:
        click.echo(f"wrong: {line}")
    if wrong:
        click.echo(f"{len(wrong)} to mend before anything can be judged; specs/README.md has every key")
        sys.exit(Exit.NONCONFORMANT)
    for line in checking.open_points(provider, root):
        click.echo(f"open:  {line}")
    for line in checking.judged(provider, folder):
        click.echo(line)


@click.command()
@click.argument("provider")
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="a provider's parameter")
def keys(provider: str, given: tuple[str, ...]) -> None:
    """Print a fresh secret as PROVIDER, a name or a folder, spells one.

    Of a key pair, first the private half for $HOOKPROOF_SECRET, then the public one that a receiver is given.
    """
    found = surfaces_of(provider_of(provider), given)
    signed = [surface for surface in found if surface.scheme]
    if not signed:
        stop(f"{provider} signs nothing, so it has no secrets")
    text, scheme = settings.fresh_secret(signed[0]), signed[0].scheme
    click.echo(text)
    if scheme and scheme.algorithm in PAIRS:
        click.echo(scheme.public_text(scheme.key_of(text.encode())))


COMMANDS = (check, keys)

"""How a command of the workbench ends when what was typed cannot be meant: one line, and exit code 4."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from hookproof import providers
from hookproof import settings as typed
from hookproof.delivery.secret import Secret
from hookproof.verdict import Exit


def stop(text: str, code: int = Exit.USAGE) -> NoReturn:
    """End the command with one line."""
    click.echo(f"hookproof: {text}", err=True)
    sys.exit(code)


def provider_of(name: str) -> providers.Provider:
    """The provider of that name or folder; ends the command in one line where there is none."""
    try:
        return providers.load(name)
    except providers.SpecError as error:
        stop(str(error))


def surfaces_of(provider: providers.Provider, settings: tuple[str, ...]) -> list[providers.Surface]:
    """Its surfaces with what --set says; ends the command in one line where that cannot be."""
    if wrong := [entry for entry in settings if "=" not in entry]:
        stop(f"--set {wrong[0]}: write KEY=VALUE")
    try:
        return provider.surfaces(dict(entry.split("=", 1) for entry in settings))
    except providers.SpecError as error:
        stop(str(error))


def secret_in(env: str, surface: providers.Surface | None = None) -> Secret | None:
    """The secret in that environment variable, as the surface's provider spells one; None if there is none."""
    value = os.environ.get(env, "")
    try:
        found = typed.secret(value, env) if value.strip() else None
        return typed.spelled(found, env, surface) if found and surface else found
    except typed.WrongUseError as error:
        stop(str(error))

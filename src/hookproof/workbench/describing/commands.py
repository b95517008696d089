"""The commands `hookproof init`, `hookproof check` and `hookproof keys`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click
import yaml

from hookproof import cases, providers, settings
from hookproof.delivery.asymmetric import PAIRS
from hookproof.providers import loading
from hookproof.providers.files.reading import load_yaml
from hookproof.verdict import Exit
from hookproof.workbench import captures as captures_file
from hookproof.workbench.describing import checking, documents, drafting
from hookproof.workbench.refusing import provider_of, secret_in, stop, surfaces_of


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


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "sources",
    metavar="FILE",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="a capture (of hookproof listen --capture), HAR, a body as .json, OpenAPI or AsyncAPI; may be repeated",
)
@click.option("--secret-env", default="HOOKPROOF_SECRET", metavar="NAME", show_default=True,
              help="the environment variable with the signing secret, by which the signature is found")  # fmt: skip
def init(folder: Path, sources: tuple[Path, ...], secret_env: str) -> None:
    """Draft a provider's FOLDER from deliveries, and check it.

    What does not show in them is left open, and said. An existing folder is never written into.
    """
    if not re.fullmatch("[a-z0-9][a-z0-9-]*", folder.name):
        stop(f"{folder.name}: name the folder after the sender, in small letters, digits and hyphens")
    if folder.exists():
        stop(f"{folder}: is there already; choose another name, or delete it")
    try:
        if document := _document(sources):
            made = drafting.of_document(folder.name, document)
        else:
            captures = [one for path in sources for one in _captured(path)]
            made = drafting.draft(folder.name, captures, secret_in(secret_env))
    except drafting.NothingToDraft as nothing:
        stop(f"{', '.join(map(str, sources))}: {nothing}")
    try:
        (folder / "events").mkdir(parents=True)
        (folder / "provider.toml").write_text(made.toml, "utf-8")
        if made.openapi:
            (folder / "openapi.yaml").write_text(
                yaml.safe_dump(json.loads(json.dumps(made.openapi)), sort_keys=False), "utf-8"
            )
        for kind, event in made.events.items():
            (folder / "events" / f"{kind}.json").write_text(
                json.dumps(event, indent=2, ensure_ascii=False) + "\n", "utf-8"
            )
    except OSError as error:
        stop(f"{folder}: {error.strerror}")
    for line in made.found:
        click.echo(f"found: {line}")
    for line in made.open:
        click.echo(f"open:  {line}")
    said = "" if made.openapi else "; the events are as they came, with whatever they say of people"
    click.echo(f"written: {folder}{said}")
    try:
        provider = loading.load_folder(folder.resolve())
    except providers.SpecError as error:
        stop(f"{error}; mend that, then: hookproof check {folder}", Exit.NONCONFORMANT)
    where = str(folder) if "/" in str(folder) else f"./{folder}"
    for line in checking.judged(provider, where):
        click.echo(line)


def _document(sources: tuple[Path, ...]) -> dict[str, Any]:
    """The OpenAPI or AsyncAPI document, where that is what was given. Ends the command in one line where it is none."""
    written = [path for path in sources if path.suffix in (".yaml", ".yml")]
    if not written and len(sources) == 1 and sources[0].suffix == ".json":
        written = list(sources)
    if not written:
        return {}
    if len(sources) > 1:
        stop(f"{written[0]}: an OpenAPI or AsyncAPI document is given alone: one --from")
    try:
        found = load_yaml(written[0].read_bytes(), str(written[0]))
    except OSError as error:
        stop(f"{written[0]}: {error.strerror}")
    except providers.SpecError as error:
        if written[0].suffix == ".json":
            return {}
        stop(str(error))
    if not documents.is_document(found):
        if written[0].suffix == ".json":
            return {}
        stop(f"{written[0]}: is neither an OpenAPI nor an AsyncAPI document")
    return found


def _captured(path: Path) -> list[captures_file.Capture]:
    """The requests in a file: a capture, a HAR, or one body of JSON. Ends the command in one line where it is none."""
    try:
        if path.suffix == ".json":
            raw = path.read_bytes()
            found = json.loads(raw)
            is_log = isinstance(found, dict) and ("log" in found or str(found.get("schema")).startswith("hookproof/"))
            if not is_log:
                head = ((b"Content-Type", b"application/json"),)
                return [captures_file.Capture(path.stat().st_mtime, "POST", "/", head, raw)]
        return captures_file.read(path)
    except captures_file.CaptureError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{path}: {error.strerror}")
    except (ValueError, RecursionError):
        stop(f"{path}: is no JSON")


COMMANDS = (init, check, keys)

"""What is printed from the table of options: Markdown, the help of a load, the JSON Schema of hookproof.toml."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from hookproof.options.table import CHECKS, LOADS, Option


def markdown(options: Iterable[Option]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    yield "| option | meaning | default |"
    yield "|---|---|---|"
    for option in options:
        again = "; may be given again" if option.kind == "list" else ""
        cells = [f"`{option.usage}`", option.help + again, option.default]
        yield "| " + " | ".join(map(cell, cells)) + " |"


def cell(text: str) -> str:
    """A text as it may stand in a cell of a table in Markdown."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def schema() -> dict[str, Any]:
    """The JSON Schema of hookproof.toml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hookproof.toml",
        "description": "Options of `pytest --target URL`, so that nobody types them again; the command line wins.",
        "$ref": "#/$defs/options",
        "$defs": {
            "options": {
                "type": "object",
                "properties": {option.key: option.schema for option in CHECKS},
                "additionalProperties": False,
            }
        },
    }


def help_of_loads() -> str:
    """What `hookproof load --help` says before Locust says what it has."""
    parser = ArgumentParser(
        "hookproof load",
        "hookproof load --host URL --provider NAME [options]",
        "How many deliveries a second the target keeps its promises under: they come due whatever it does.",
        "Locust's own options follow. Of its users, spawn rates and web page a load needs none; --processes N, "
        "--master and --worker spread it over cores and machines.",
        add_help=False,
    )
    parser.add_argument("--host", metavar="URL", help="the endpoint, or the base URL of a provider's documented paths")
    for option in LOADS:
        parser.add_argument(f"--{option.name}", **option.attributes)
    return parser.format_help()

"""Writes docs/options.md from the table of options and from click's commands: `make options`.

A test compares, so that no page says of an option what --help does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hookproof.cli import main as command
from hookproof.options import printed
from hookproof.options.table import CHECKS, LOADS

PAGE = Path(__file__).with_name("options.md")
SAMPLE = """```toml
#:schema specs/schema/hookproof.schema.json
target = "http://127.0.0.1:3000/webhooks/whatsapp"
provider = "whatsable"
effects = "http://127.0.0.1:3000/effects/{event_id}"
patience = 20
set = { payload = "flat" }
```"""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield from ["# Options", ""]
    yield from ["## Of a run of checks: `pytest --target URL …`", "", *printed.markdown(CHECKS), ""]
    yield (
        "Where another plugin, or your conftest.py, has an option of the same name, that name is left to it; with "
        "`--hookproof-` in front (`--hookproof-seed`) it is always ours. pytest's own options work as ever: "
        "`-k signature`, `-x`, `-q`; but not `-n`, because checks share one run."
    )
    yield from ["", "## hookproof.toml", ""]
    yield (
        "The same names with underscores, in the folder that pytest is started in; the command line wins. "
        "`specs/schema/hookproof.schema.json` is its schema: editors that know TOML complete and check it."
    )
    yield from ["", SAMPLE, "", "## Of a load: `hookproof load --host URL …`", "", *printed.markdown(LOADS), ""]
    yield from ["Locust's own options come beside them: `hookproof load --help` ends with those.", ""]
    yield from ["## Of the other commands", ""]
    for name, sub in sorted(command.commands.items()):
        yield from [f"### `hookproof {name}`", "", " ".join((sub.help or "").split()), ""]
        yield from _own(sub)


def _own(sub: click.Command) -> Iterator[str]:
    """The table of one command's options, if it has any."""
    context = click.Context(sub, terminal_width=200)
    records = [one.get_help_record(context) for one in sub.params if isinstance(one, click.Option)]
    if records:
        yield from ["| option | meaning |", "|---|---|"]
        for record in filter(None, records):
            yield f"| `{printed.cell(record[0])}` | {printed.cell(' '.join(record[1].split()))} |"
        yield ""


def text() -> str:
    """What docs/options.md must say."""
    return "\n".join(lines()).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")

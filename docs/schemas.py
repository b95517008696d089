"""Writes specs/schema/*.schema.json: the contracts that have types in src/, printed from them.

`make schemas` writes each file that has changed, and docs/options.md. To print another contract, add it to CONTRACTS.
"""

from __future__ import annotations

import json
import runpy
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from hookproof.evidence.lines import CheckRunLine
from hookproof.evidence.load_lines import LoadRunLine
from hookproof.options import printed
from hookproof.providers.requirements import REQUIREMENTS_FILE
from hookproof.providers.tables import EVENT_FILE, PROVIDER_FILE, VECTORS_FILE
from hookproof.report.results.load_member import LoadResults
from hookproof.report.results.results import AttemptResult, Results
from hookproof.vectors.vector_file import VectorFile
from hookproof.workbench.captures import CaptureLine

FOLDER = Path(__file__).parents[1] / "specs" / "schema"


@dataclass(frozen=True)
class Contract:
    """A schema's file: its name, what it is of, and its type. `named`: types that are only named in a $ref by hand."""

    name: str
    title: str
    about: str
    type: Any
    named: tuple[type, ...] = ()

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.schema.json"

    def text(self) -> str:
        """What the file must say."""
        (schema, *_), parts = msgspec.json.schema_components([self.type, *self.named], ref_template="#/$defs/{name}")
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.title}
        whole = {**head, "description": self.about, **schema, "$defs": parts}
        whole.pop("discriminator", None)  # a keyword of OpenAPI
        return json.dumps(_unindented(whole), indent=2, ensure_ascii=False) + "\n"


def _unindented(node: Any) -> Any:
    """A schema whose descriptions, which are docstrings, have lost the indentation of the source."""
    if isinstance(node, dict):
        about = {"description": cleandoc(node["description"])} if isinstance(node.get("description"), str) else {}
        return {key: _unindented(value) for key, value in {**node, **about}.items()}
    return [_unindented(item) for item in node] if isinstance(node, list) else node


@dataclass(frozen=True)
class FileContract:
    """The schema of a file that people write, as its type makes it."""

    name: str
    schema: dict[str, Any]

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.schema.json"

    def text(self) -> str:
        """What the file must say."""
        return json.dumps(self.schema, indent=2, ensure_ascii=False) + "\n"


CONTRACTS = (
    FileContract("provider", PROVIDER_FILE.schema),
    FileContract("requirements", REQUIREMENTS_FILE.schema),
    FileContract("events", EVENT_FILE.schema),
    FileContract("printed-vectors", VECTORS_FILE.schema),
    Contract(
        "vectors",
        "hookproof vectors",
        "vectors/<provider>.json. Members may be added within hookproof/vectors/1, never removed or changed.",
        VectorFile,
    ),
    FileContract("hookproof", printed.schema()),
    Contract(
        "journal",
        "hookproof journal",
        "One line of a run.jsonl. Keys and types of lines may be added within hookproof/journal/1, never removed.",
        CheckRunLine | LoadRunLine,
    ),
    Contract(
        "results",
        "hookproof results",
        "results.json of a run. Keys may be added within hookproof/results/1, never removed or changed.",
        Results,
        (LoadResults, AttemptResult),
    ),
    Contract(
        "capture",
        "hookproof capture",
        "One line of a capture. Keys may be added within hookproof/capture/1, never removed or changed.",
        CaptureLine,
    ),
)


def main() -> None:
    for contract in CONTRACTS:
        if not contract.file.is_file() or contract.file.read_text("utf-8") != contract.text():
            contract.file.write_text(contract.text(), "utf-8")
            print(f"written: {contract.file.relative_to(FOLDER.parents[1])}")
    runpy.run_path(str(Path(__file__).with_name("options.py")), run_name="__main__")


if __name__ == "__main__":
    main()

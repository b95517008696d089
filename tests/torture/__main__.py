"""Measures the promises that are named, or all; prints a line for each; writes them as JSON and as a table."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path
from types import ModuleType

from tests import torture
from tests.torture.figures import Figure, Scale

ROOT = Path(__file__).parents[2]


def promises() -> dict[str, ModuleType]:
    """Every module here that measures something, by its promise's name."""
    found = {}
    for entry in pkgutil.iter_modules(torture.__path__):
        if entry.name != "__main__":
            module = importlib.import_module(f"tests.torture.{entry.name}")
            if hasattr(module, "NAME"):
                found[module.NAME] = module
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].lstrip("P"))))


def line(name: str, figure: Figure, took_s: float) -> str:
    word = "ok " if figure.good else "BAD"
    return f"{word} {name:<4} {figure.held} of {figure.tried} {figure.text} ({took_s:.0f} s)"


PAGE = """# What torture found

Written by `make torture`, from `docs/torture.json`; nobody types these numbers. A promise holds if all of its cases do.
`python -m tests.torture P5` measures one of them, `--quick` all in a minute.

| | promise | measured |
|---|---|---|
"""


def table(found: dict[str, dict[str, object]]) -> str:
    """The figures as a page in Markdown."""
    rows = [
        f"| {name} | {row['title']} | {row['held']} of {row['tried']} {row['text']} |" for name, row in found.items()
    ]
    return PAGE + "\n".join(rows) + "\n"


def main() -> int:
    known = promises()
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PROMISE", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="fewer cases of each, in a minute")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--limit", type=float, default=600.0, metavar="SECONDS", help="for what repeats [600]")
    parser.add_argument("--write", type=Path, metavar="FILE", help="update this JSON file, and the page beside it")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(known):
        parser.error(f"no promise is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    scale = Scale(asked.quick, asked.seed, asked.limit)
    found, all_good = {}, True
    for name in asked.names or known:
        began = time.monotonic()
        figure = known[name].measure(scale)
        took_s = time.monotonic() - began
        print(line(name, figure, took_s), flush=True)
        for what in figure.broken[:20]:
            print(f"         {what}", flush=True)
        all_good &= figure.good
        found[name] = {"title": known[name].TITLE, "took_s": round(took_s, 1), **figure.as_json()}
    if asked.write:
        write(asked.write, found)
    return 0 if all_good else 1


def write(path: Path, found: dict[str, dict[str, object]]) -> None:
    older = json.loads(path.read_text()) if path.is_file() else {}
    every = dict(sorted({**older, **found}.items(), key=lambda pair: int(pair[0].lstrip("P"))))
    path.write_text(json.dumps(every, indent=1) + "\n")
    path.with_suffix(".md").write_text(table(every))


if __name__ == "__main__":
    sys.exit(main())

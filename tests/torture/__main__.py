"""Measures the promises that are named, or all; prints a line for each; writes them as JSON and as a table."""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from tests import torture
from tests.torture.apart import each_apart
from tests.torture.figures import Figure, Scale

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


def promises() -> dict[str, ModuleType]:
    """Every module here that measures something, by its promise's name."""
    found = {}
    for entry in pkgutil.iter_modules(torture.__path__):
        if entry.name != "__main__":
            module = importlib.import_module(f"tests.torture.{entry.name}")
            if hasattr(module, "NAME"):
                found[module.NAME] = module
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].lstrip("P"))))


def measured(module: ModuleType, scale: Scale) -> Json:
    """What a promise comes out as, and how long that took."""
    began = time.monotonic()
    figure: Figure = module.measure(scale)
    return {"title": module.TITLE, "took_s": round(time.monotonic() - began, 1), **figure.as_json()}


def show(name: str, found: Json) -> None:
    word = "ok " if found["good"] else "BAD"
    print(f"{word} {name:<4} {found['held']} of {found['tried']} {found['text']} ({found['took_s']:.0f} s)", flush=True)
    for what in found["broken"][:20]:
        print(f"         {what}", flush=True)


PAGE = """# What torture found

Written by `make torture`, from `docs/torture.json`; nobody types these numbers. A promise holds if all of its cases do.
`python -m tests.torture P5` measures one of them, `--quick` all in a minute.
"""
BEGIN, END = "<!-- measured by `make torture` -->", "<!-- end of what was measured -->"


def table(found: dict[str, Json]) -> str:
    """The figures as a table in Markdown."""
    rows = [
        f"| {name} | {row['title']} | {row['held']} of {row['tried']} {row['text']} |" for name, row in found.items()
    ]
    return "\n".join(["", "| | promise | measured |", "|---|---|---|", *rows, "", ""])


def main() -> int:
    known = promises()
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PROMISE", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="fewer cases of each, in a minute")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--limit", type=float, default=600.0, metavar="SECONDS", help="for what repeats [600]")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="promises measured at a time [1; quick: 4]")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="update this JSON file; docs/torture.json in README too",
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(known):
        parser.error(f"no promise is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    scale = Scale(asked.quick, asked.seed, asked.limit)
    names = asked.names or list(known)
    works = [functools.partial(measured, known[name], scale) for name in names]
    found = {}
    for name, result in zip(names, each_apart(works, asked.jobs or (4 if asked.quick else 1)), strict=True):
        found[name] = result or {"title": known[name].TITLE, "took_s": 0, **Figure(text="cases; it died").as_json()}
        show(name, found[name])
        if asked.write:
            write(asked.write, {name: found[name]})
    return 0 if all(result["good"] for result in found.values()) else 1


def write(path: Path, found: dict[str, Json]) -> None:
    older = json.loads(path.read_text()) if path.is_file() else {}
    every = dict(sorted({**older, **found}.items(), key=lambda pair: int(pair[0].lstrip("P"))))
    path.write_text(json.dumps(every, indent=1) + "\n")
    if path.absolute() != ROOT / "docs" / "torture.json":
        return
    path.with_suffix(".md").write_text(PAGE + table(every))
    readme = ROOT / "README.md"
    readme.write_text(in_readme(readme.read_text("utf-8"), every), "utf-8")


def in_readme(text: str, found: dict[str, Json]) -> str:
    """The README with the table of what was measured between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(found)}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main())

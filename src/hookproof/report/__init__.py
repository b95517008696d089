"""The report of a run: its journal becomes results.json, and that becomes every other file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hookproof.evidence.lines import Json
from hookproof.evidence.reader import RecordedLoad, ReportError, read
from hookproof.report.formats import badge, html_page, junit, sarif, summary
from hookproof.report.results import load_results, stored
from hookproof.report.results.run import results

__all__ = ["FORMATS", "ReportError", "remake", "write"]

FORMATS = {
    "report.html": html_page.render,
    "junit.xml": junit.render,
    "results.sarif": sarif.render,
    "summary.md": summary.render,
    "badge.json": badge.render,
}


def write(journal: Path) -> Json:
    """Write results.json and every other format beside the journal; return the results.

    Raises ReportError if the journal says nothing, OSError if a file cannot be read or written.
    """
    run = read(journal)
    made = load_results.results(run) if isinstance(run, RecordedLoad) else results(run)
    text = json.dumps(made, indent=2, allow_nan=False) + "\n"
    _replace(journal.with_name("results.json"), text)
    found: Json = json.loads(text)
    _write_formats(found, journal.parent)
    return found


def remake(path: Path) -> Json:
    """Make every format again from a results.json, or from a journal that has not become one. Raises as `write`."""
    path = _inside(path) if path.is_dir() else path
    if path.suffix == ".jsonl":
        return write(path)
    found = stored.read(path)
    _write_formats(found, path.parent)
    return found


def _inside(folder: Path) -> Path:
    journal = folder / "run.jsonl"
    return journal if journal.is_file() else folder / "results.json"


def _write_formats(found: Json, folder: Path) -> None:
    for name, render in FORMATS.items():
        _replace(folder / name, render(found))


def _replace(path: Path, text: str) -> None:
    """Write a file so that whoever looks sees the old one or the new one, never half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

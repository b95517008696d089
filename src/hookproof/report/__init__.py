"""The report of a run: its journal becomes results.json, and that becomes every other file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hookproof.report import html, junit
from hookproof.report.lines import Json, ReportError, read
from hookproof.report.results import results

__all__ = ["ReportError", "write"]


def write(journal: Path) -> Json:
    """Write results.json, report.html and junit.xml beside the journal; return the results.

    Raises ReportError if the journal says nothing, OSError if a file cannot be read or written.
    """
    found = results(read(journal))
    _replace(journal.with_name("results.json"), json.dumps(found, indent=2, allow_nan=False) + "\n")
    _replace(journal.with_name("report.html"), html.render(found))
    _replace(journal.with_name("junit.xml"), junit.render(found))
    return found


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

"""Where the files of a run go, what version writes them, and how the run was started."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest


def tool_version() -> str:
    try:
        return version("hookproof")
    except PackageNotFoundError:
        return "unreleased"


def run_folder(asked: Path | None) -> Path:
    """The run's own folder, new or empty of runs. Raises OSError."""
    if asked:
        asked.mkdir(parents=True, exist_ok=True)
        if (asked / "run.jsonl").exists():
            raise pytest.UsageError(f"--report {asked}: already holds a run; choose another folder or delete it")
        return asked
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
        folder = Path("reports/runs") / f"{stamp}{suffix}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise OSError(0, "too many runs in one second", str(folder))


def command_line() -> list[str]:
    """How this run was started, as far as it can be typed again."""
    return [Path(sys.argv[0]).name.replace("__main__.py", "pytest"), *sys.argv[1:]]

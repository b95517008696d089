"""The folder that a run writes into, the command that started the run, and the installed version of hookproof."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hookproof.settings import WrongUseError


def tool_version() -> str:
    """The installed version of hookproof; `unreleased` where it is not installed."""
    try:
        return version("hookproof")
    except PackageNotFoundError:
        return "unreleased"


def run_folder(asked: Path | None) -> Path:
    """Make a run's folder: the one asked for, or a new one in reports/runs named by the time.

    Raises OSError if that cannot be, WrongUseError if the folder asked for holds a run already.
    """
    if asked:
        asked.mkdir(parents=True, exist_ok=True)
        if (asked / "run.jsonl").exists():
            raise WrongUseError(f"--report {asked}: already holds a run; choose another folder or delete it")
        return asked
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
        folder = Path("reports/runs") / f"{stamp}{suffix}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise OSError(0, "too many runs in one second", str(folder))


def command_line(program: str = "pytest") -> list[str]:
    """The words of the command that started this run, as they can be typed again."""
    return [Path(sys.argv[0]).name.replace("__main__.py", program), *sys.argv[1:]]

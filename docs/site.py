"""Makes the site of these pages: `make site`. README.md is its first page.

The pages are copied into build/pages, because mkdocs links only what lies in one folder; mkdocs, told to be strict,
finds every link and anchor that leads nowhere. Links out of docs/ lead to $REPOSITORY, and must be files that exist.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "pages"
REPOSITORY = os.environ.get("REPOSITORY", "https://example.invalid/hookproof").rstrip("/")
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")


def main() -> int:
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir(parents=True)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        name = "index.md" if page.parent == ROOT else page.name
        (PAGES / name).write_text(linked(page), "utf-8")
    for picture in (ROOT / "docs").glob("*.svg"):
        shutil.copy(picture, PAGES)
    shutil.copy(ROOT / "specs" / "schema" / "hookproof.schema.json", PAGES)
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--config-file",
        str(ROOT / "mkdocs.yml"),
    ]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, check=False, env=quiet).returncode


def linked(page: Path) -> str:
    """A page with its links as they lead from the site. Ends the command where one leads to no file."""

    def place(link: re.Match[str]) -> str:
        there = (page.parent / link[1]).resolve()
        if not there.exists() or not there.is_relative_to(ROOT):
            sys.exit(f"{page.relative_to(ROOT)}: there is no {link[1]}")
        anchor = link[2] or ""
        if there == ROOT / "README.md":
            return f"index.md{anchor}"
        if there.parent == ROOT / "docs" and there.suffix in (".md", ".svg"):
            return f"{there.name}{anchor}"
        return f"{REPOSITORY}/{'tree' if there.is_dir() else 'blob'}/main/{there.relative_to(ROOT)}{anchor}"

    return LINK.sub(place, page.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())

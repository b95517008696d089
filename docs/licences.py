"""Writes docs/licences.md: what each package of requirements.lock is licensed under, as its own metadata says."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """# Licences of what hookproof is installed with

Written by `make licences` from `requirements.lock` and the metadata of the packages. A package that other platforms or
versions of Python need has no licence here, because it is not installed where this was written.

| package | version | licence |
|---|---|---|
"""


def locked() -> dict[str, str]:
    """Every package of the lock, and its version."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return dict(found.groups() for line in lines if (found := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line)))


def licence(name: str) -> str:
    """What a package says of its licence: the expression, else the classifiers, else its own words."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    classified = [value.rpartition(" :: ")[2] for value in about.get_all("Classifier") or [] if "License ::" in value]
    words = " ".join((_one(about, "License") or "").split())[:60]
    return _one(about, "License-Expression") or ", ".join(classified) or words or "not said"


def _one(about: PackageMetadata, key: str) -> str:
    return str(about[key]) if key in about else ""


def page() -> str:
    rows = [f"| {name} | {version} | {licence(name)} |" for name, version in sorted(locked().items())]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "licences.md").write_text(page(), "utf-8")

"""Where the data folders are: inside the package in a wheel, in the repository's root in a checkout."""

from pathlib import Path

import hookproof


def folder(name: str) -> Path:
    """Path of `specs`, `suites`, `loadtests` or `reports`. Raises FileNotFoundError when the installation lacks it."""
    for base in hookproof.__path__:
        path = Path(base) / name
        if path.is_dir():
            return path
    raise FileNotFoundError(f"hookproof: this installation has no folder {name!r}; install it again")

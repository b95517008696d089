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


def collects_suites(path: Path) -> bool:
    """Whether pytest finds our checks there: it looks into no environment."""
    path = path.resolve()
    for base in hookproof.__path__:
        suites = Path(base).resolve() / "suites"
        if suites.is_dir():
            if path.is_relative_to(suites):
                return True
            return suites.is_relative_to(path) and "site-packages" not in suites.relative_to(path).parts
    return False

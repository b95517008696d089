"""hookproof: proves that a webhook implementation keeps its promises. Here: what a check may import."""

from pathlib import Path as _Path

from hookproof.verdict import Inconclusive, assume

__all__ = ["Inconclusive", "assume"]

# In a wheel `suites`, `specs` and `reports` lie inside this package. In a checkout they lie in the repository's
# root: adding that root to the package's search path makes `hookproof.suites` mean the same thing everywhere.
_root = _Path(__file__).resolve().parents[2]
if not (_Path(__file__).parent / "suites").is_dir() and (_root / "suites").is_dir() and (_root / "specs").is_dir():
    __path__.append(str(_root))

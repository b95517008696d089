"""How much memory a process of this machine occupies."""

from __future__ import annotations

import os
from pathlib import Path


def resident(process: int) -> int:
    """How many bytes of a process are in memory; 0 if it is gone, or the system does not say."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")

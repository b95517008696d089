"""Work done in a process of its own, so that nothing it opens, patches or grows by is left behind."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def apart(work: Callable[[], Any]) -> Any:
    """What `work` returns, as JSON carries it; None if its process died."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _own_streams()
        try:
            with os.fdopen(writer, "w") as out:
                json.dump(work(), out)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def _own_streams() -> None:
    """Another thread may have been printing when this process was forked: its streams are locked for ever."""
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115


def each_apart(works: Iterable[Callable[[], Any]], at_once: int) -> Iterator[Any]:
    """What each of them returns, in order, so many at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(apart, works)


def all_apart(works: Iterable[Callable[[], Any]], at_once: int) -> list[Any]:
    return list(each_apart(works, at_once))


class Memory:
    """By how much this process has grown since this was made, at its largest, in MB."""

    def __init__(self) -> None:
        self._before = _memory_mb("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak is measured from here on

    @property
    def grown_mb(self) -> float:
        return round(_memory_mb("VmHWM") - self._before, 1)


def _memory_mb(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0

"""Standard output that may end before the run does: closed, a pipe that nobody reads, a disk that is full."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Any, TextIO


class Tolerant:
    """Writes to a stream for as long as that takes what is written, and to nowhere from then on.

    lost  why it stopped taking it; None as long as it does, and where a reader has merely had enough (`| head`)
    """

    def __init__(self, stream: TextIO) -> None:
        self.lost: OSError | None = None
        self._stream = stream

    def write(self, text: str) -> int:
        with self._tolerating():
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._tolerating():
            self._stream.flush()

    @contextlib.contextmanager
    def _tolerating(self) -> Any:
        try:
            yield
        except OSError as error:
            self.lost = self.lost or (None if error.errno == errno.EPIPE else error)
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        """What is still in its buffer is written when the process ends, and must not fail then."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def tolerant() -> Tolerant:
    """Make standard output tolerant, for the rest of this process."""
    if not isinstance(sys.stdout, Tolerant):
        sys.stdout = Tolerant(sys.stdout)
    return sys.stdout


def open_closed() -> None:
    """Give a process that was begun without standard streams some that lead nowhere: files it opens are not taken for
    them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115

"""Where the harness meets the operating system: every such call counted, and one of them made to fail."""

from __future__ import annotations

import builtins
import errno
import io
import os
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = f"{os.sep}src{os.sep}hookproof{os.sep}"


@dataclass
class Seams:
    """Counts the calls at each seam; the `nth` at `seam` fails with `number`, and no other does."""

    seam: str = ""
    nth: int = 0
    number: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failed: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def passed(self, seam: str) -> None:
        """Count one call. Raises OSError if it is the one to fail."""
        with self._lock:
            self.counts[seam] += 1
            fails = seam == self.seam and self.counts[seam] == self.nth
            self.failed |= fails
        if fails and seam == "thread":
            raise RuntimeError("can't start new thread")
        if fails:
            raise OSError(self.number, os.strerror(self.number))

    def install(self) -> None:
        """Put the counting in the way of everything this process will do."""
        for name in ("connect", "bind", "listen", "accept", "send", "recv"):
            self._wrap(socket.socket, name, name)
        self._wrap_creation()
        for name in ("fsync", "replace", "mkdir"):
            self._wrap(os, name, name, ours=True)
        self._wrap(threading.Thread, "start", "thread", ours=True)
        self._wrap_open()

    def _wrap(self, owner: Any, name: str, seam: str, *, ours: bool = False) -> None:
        original = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            to_itself = owner is socket.socket and args[0].family == socket.AF_UNIX  # how a loop wakes itself up
            if not to_itself and (not ours or called_by_us()):
                self.passed(seam)
            return original(*args, **kwargs)

        setattr(owner, name, call)

    def _wrap_creation(self) -> None:
        original = socket.socket.__init__

        def init(sock: Any, *args: Any, fileno: int | None = None, **kwargs: Any) -> None:
            if fileno is None and len(args) < 4:
                self.passed("socket")
            original(sock, *args, fileno=fileno, **kwargs) if len(args) < 4 else original(sock, *args, **kwargs)

        socket.socket.__init__ = init  # type: ignore[method-assign]

    def _wrap_open(self) -> None:
        original = io.open

        def opened(*args: Any, **kwargs: Any) -> Any:
            if not called_by_us():
                return original(*args, **kwargs)
            self.passed("open")
            file = original(*args, **kwargs)
            return Written(file, self) if file.writable() else file

        builtins.open = io.open = opened  # type: ignore[assignment]


class Written:
    """A file whose writes are counted."""

    def __init__(self, file: Any, seams: Seams) -> None:
        self._file, self._seams = file, seams

    def write(self, data: Any) -> Any:
        self._seams.passed("write")
        return self._file.write(data)

    def __enter__(self) -> Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def called_by_us() -> bool:
    """Whether hookproof is on the stack."""
    frame = sys._getframe(2)
    while frame:
        if OURS in frame.f_code.co_filename:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


KINDS: dict[str, tuple[int, ...]] = {
    "socket": (errno.EMFILE, errno.ENFILE),
    "connect": (errno.EADDRNOTAVAIL, errno.ENOBUFS),
    "bind": (errno.EADDRINUSE,),
    "listen": (errno.EADDRINUSE,),
    "accept": (errno.EMFILE,),
    "send": (errno.ENOBUFS, errno.ENOMEM),
    "recv": (errno.ENOMEM, errno.ENOBUFS),
    "open": (errno.EMFILE, errno.EACCES),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.EIO,),
    "replace": (errno.EROFS,),
    "mkdir": (errno.EROFS,),
    "thread": (errno.EAGAIN,),
}
"""What may go wrong at each seam, on a machine that has run out of something."""


def count(run: Callable[[Seams, Path], None], folder: Path) -> Counter[str]:
    """How many calls an undisturbed run makes at each seam."""
    seams = Seams()
    run(seams, folder)
    return seams.counts

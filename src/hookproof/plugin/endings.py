"""However a run ends: signals interrupt it once and never its report; a process left midway is not green."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator
from typing import Any, NoReturn

import pytest

from hookproof.verdict import Exit

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Endings:
    """What this process does about signals and `os._exit` while a run is under way. The main thread makes one.

    `noted`: a signal came when the checks were over; it no longer interrupts, but it is not forgotten.
    """

    def __init__(self) -> None:
        self.noted = False
        self._closing = False
        self._pid, self._leave = os.getpid(), os._exit
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                    signal.signal(number, self._came)

    def guard(self) -> None:
        """From now on, leaving this process without a report is no success."""
        os._exit = self._left

    def close(self) -> None:
        """The checks are over: what is left to do takes a moment, and is done."""
        self._closing = True

    def closed(self) -> None:
        """The report is written: the process may be left."""
        os._exit = self._leave

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """After the last check nothing is interrupted any more: whoever clears up has nobody to catch it."""
        try:
            return (yield)
        finally:
            self.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Leave the last step of the traceback: to write out all of it takes longer than the report."""
        excinfo.traceback = excinfo.traceback[-1:]

    def _came(self, number: int, frame: Any) -> None:
        if not self._closing:
            self._closing = True  # one is enough: the next ones would hit the clearing up
            raise KeyboardInterrupt(signal.Signals(number).name)
        if self.noted:
            self._leave(Exit.INTERRUPTED)
        self.noted = True

    def _left(self, status: int) -> NoReturn:
        if os.getpid() == self._pid and not status:
            sys.stderr.write("hookproof: the process was left before the run was over; nothing is proven\n")
            sys.stderr.flush()
            status = Exit.INTERNAL
        self._leave(status)

"""A line that says what a run waits for: on a terminal only, rewritten in place, gone before anything else is said."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from hookproof.report.words.evidence import spoken

AFTER_S, EVERY_S = 1.0, 0.5
"""How long nothing is said, and how often it is said anew."""
_DOWN, _UP, _CLEAR = "\n", "\r\x1b[A", "\x1b[2K"


class Progress:
    """Below pytest's own line, whose end the cursor returns to."""

    def __init__(self, config: pytest.Config, total: int) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        dumb = os.environ.get("CI") or os.environ.get("TERM", "dumb") == "dumb"
        self.on = bool(self._reporter and self._reporter.isatty and self._reporter.verbosity >= 0 and not dumb)
        self._what, self._since, self._shown = "", 0.0, False
        self._number, self._total = 0, total

    def begin(self, what: str, *, counted: bool = False) -> None:
        """From now on it is this that is waited for; `counted` if it is one of the run's checks."""
        self._number += counted
        number = f"{self._number} of {self._total}, " if counted else ""
        self._what, self._since = f"{number}{what}", time.monotonic()

    def tick(self) -> None:
        """Say it, if it has been waited for a while."""
        waited_s = time.monotonic() - self._since
        if self.on and self._what and waited_s >= AFTER_S:
            width = self._reporter._tw.fullwidth - 1
            text = " ".join(spoken(f"{waited_s:.0f} s: {self._what}").split())
            self._write(text if len(text) <= width else text[: width - 1] + "…")
            self._shown = True

    def end(self) -> None:
        """Leave no trace."""
        if self._shown:
            self._write("")
        self._what, self._shown = "", False

    def _write(self, text: str) -> None:
        """Put the text on the line below, and the cursor back; relative moves only, for that line may scroll."""
        column = self._reporter._tw.width_of_current_line + 1
        with self._capture.global_and_fixture_disabled():
            file = self._reporter._tw._file
            file.write(f"{_DOWN}{_CLEAR}{text}{_UP}\x1b[{column}G")
            file.flush()

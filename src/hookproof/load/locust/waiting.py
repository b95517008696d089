"""Waiting for the engine's thread without keeping Locust's greenlets from their turn."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent

from hookproof.load.engine.tally import Tally
from hookproof.load.run.stage_share import StageShare

BEAT_S = 0.05
"""Seconds between two looks at what is waited for, and the longest time that Locust's greenlets are kept waiting."""
SHOW_S = 0.5
"""Seconds between two times that a growing tally is shown."""


def wait_for(share: StageShare, show: Callable[[Tally], None]) -> None:
    """Return when a share of a stage is done; `show` gets its tally now and then, and at the end."""
    shown = time.monotonic()
    while not share.done:
        gevent.sleep(BEAT_S)
        if time.monotonic() - shown > SHOW_S:
            show(share.tally)
            shown = time.monotonic()
    show(share.tally)


def breather() -> Callable[[], None]:
    """A function that long work calls again and again, so that heartbeats and signals are dealt with meanwhile."""
    last = time.monotonic()

    def pause() -> None:
        nonlocal last
        if time.monotonic() - last > BEAT_S:
            gevent.sleep(0.001)
            last = time.monotonic()

    return pause


def show_nothing(tally: Tally) -> None:
    """Show nothing: what a stage gets as `show` if it is not part of what the user asked for."""


def last_line(traceback: str) -> str:
    """The last line of a traceback, which says what was raised; empty if there is none."""
    return traceback.strip().splitlines()[-1] if traceback.strip() else ""

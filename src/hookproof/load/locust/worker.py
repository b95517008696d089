"""One of Locust's workers: sends its share of each stage, and reports its tally to the master."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from locust.runners import WorkerRunner

from hookproof.load.engine.tally import Tally
from hookproof.load.locust.waiting import breather, last_line, show_nothing, wait_for
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.run.stage_share import StageShare, UnreachableError
from hookproof.load.schedule.stage import Json, Stage
from hookproof.settings import WrongUseError

PREPARE, BEGIN, ABANDON = "hookproof_prepare", "hookproof_begin", "hookproof_abandon"
"""Messages from the master to a worker: make your share of a stage, begin to send it, end it at once."""
READY, SECOND, DONE = "hookproof_ready", "hookproof_second", "hookproof_done"
"""Messages from a worker to the master: the share is made, the tally so far, the complete tally."""
REPORT_S = 0.9
"""Seconds between two reports of a growing tally."""
LATEST = 15
"""How many slots, the newest, are in each report of a growing tally."""


@dataclass(repr=False)
class Worker:
    """Does what the master's messages say.

    understand  makes settings from the master's command line; secrets are this machine's own
    show        is called a few times a second with the tally as it grows
    leaving     whether this process is about to end, so that its tally is not complete
    """

    runner: WorkerRunner
    understand: Callable[[Json], LoadSettings]
    show: Callable[[Tally], None]
    share: StageShare | None = None
    leaving: bool = False

    def __post_init__(self) -> None:
        for message, handler in ((PREPARE, self._prepare), (BEGIN, self._begin), (ABANDON, self._abandoned)):
            self.runner.register_message(message, handler, concurrent=True)

    def abandon(self) -> None:
        """End the stage at once."""
        if self.share:
            self.share.abandon()

    def _prepare(self, environment: Any, msg: Any, **_: Any) -> None:
        stage, trouble = Stage.read(msg.data["plan"]), ""
        try:
            settings = self.understand(msg.data["options"])
            self.share = StageShare(settings, stage, msg.data["worker"], msg.data["workers"], pause=breather())
        except (UnreachableError, WrongUseError, ValueError) as error:
            trouble = str(error)
        self._say(READY, stage.number, trouble=trouble)

    def _begin(self, environment: Any, msg: Any, **_: Any) -> None:
        share = self.share
        if share is None or share.stage.number != msg.data["stage"]:
            return
        share.start(msg.data["in_s"])
        wait_for(share, self._reporter(share.stage))
        trouble = last_line(share.error)
        self._say(DONE, share.stage.number, tally=share.tally.plain(), trouble=trouble, left=self.leaving)

    def _reporter(self, stage: Stage) -> Callable[[Tally], None]:
        """A function that shows a growing tally here, and reports it to the master about once a second."""
        show, reported = self.show if stage.shown else show_nothing, time.monotonic()

        def report(tally: Tally) -> None:
            nonlocal reported
            show(tally)
            if time.monotonic() - reported >= REPORT_S:
                reported = time.monotonic()
                self._say(SECOND, stage.number, tally=tally.latest(LATEST).plain(marks=False))

        return report

    def _abandoned(self, environment: Any, msg: Any, **_: Any) -> None:
        if self.share and self.share.stage.number == msg.data["stage"]:
            self.abandon()

    def _say(self, message: str, stage: int, **data: Any) -> None:
        self.runner.send_message(message, {"stage": stage, **data})

"""A load that one process sends without workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hookproof.load.engine.tally import Tally
from hookproof.load.locust.waiting import breather, last_line, show_nothing, wait_for
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.run.stage_share import LEAD_S, StageShare
from hookproof.load.run.workers import LoadError, StageResult
from hookproof.load.schedule.stage import Stage


@dataclass(repr=False)
class Alone:
    """Sends every stage from this process. `show` is called a few times a second with the tally as it grows."""

    settings: LoadSettings
    show: Callable[[Tally], None]
    share: StageShare | None = None
    abandoned: bool = False

    @property
    def tally(self) -> Tally:
        return self.share.tally if self.share else Tally()

    def run(self, stage: Stage) -> StageResult:
        """Run a stage to its end. Raises UnreachableError, LoadError."""
        self.share = StageShare(self.settings, stage, pause=breather())
        if self.abandoned:  # while the share was being made
            self.share.abandon()
        self.share.start(LEAD_S)
        wait_for(self.share, self.show if stage.shown else show_nothing)
        if self.share.error:
            raise LoadError(last_line(self.share.error))
        return StageResult(self.share.tally, 1)

    def abandon(self) -> None:
        """End the stage at once, and every later one as soon as it begins."""
        self.abandoned = True
        if self.share:
            self.share.abandon()

"""What a load asks of the processes that send it, whether that is this process alone or many workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hookproof.load.engine.tally import Tally
from hookproof.load.schedule.stage import Stage


class LoadError(Exception):
    """No load could be sent, and the target's address is not the reason. The error's text is one line."""


@dataclass(frozen=True)
class StageResult:
    """What all workers together counted in one stage.

    workers  how many there were
    lost     those whose tally never came: name, and why
    """

    tally: Tally
    workers: int
    lost: tuple[str, ...] = ()


class Workers(Protocol):
    """Runs one stage at a time. `tally` is what is known so far of the stage that is running."""

    def run(self, stage: Stage) -> StageResult:
        """Run a stage to its end. Raises UnreachableError, LoadError."""

    def abandon(self) -> None:
        """End the stage at once; may be called from another greenlet."""

    @property
    def tally(self) -> Tally: ...

"""One event that a platform under test was asked to emit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hookproof.delivery.attempt import Attempt
from hookproof.wire.arrivals import Answer


@dataclass(eq=False)
class Trigger:
    """One event that the platform was asked to emit; `token` is a text of ours that stands in its `text`.

    scripts   how each endpoint answers the event's attempts, in order, by the endpoint's URL; "" stands for wherever
              they come, where an account has one address
    asked_s   when the platform was asked, on the inbox's clock
    call      the request that asked
    claimed   whether an attempt has been credited to the event
    asked     how many times the platform was asked, in the same words
    wanted    whether it must be delivered somewhere
    """

    token: str
    kind: str
    text: str
    scripts: dict[str, Sequence[Answer]] = field(default_factory=dict)
    asked_s: float = 0.0
    call: Attempt | None = None
    claimed: bool = False
    asked: int = 0
    wanted: bool = False

    def answer_from_now_on(self, answers: Sequence[Answer]) -> None:
        """Replace every script: whatever still comes of the event is answered like this."""
        self.scripts = {url: tuple(answers) for url in self.scripts}

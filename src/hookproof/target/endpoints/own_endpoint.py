"""An endpoint of ours that a platform under test is told to deliver to, and all that came there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hookproof.delivery.attempt import Attempt
from hookproof.target.endpoints.trigger import Trigger
from hookproof.target.endpoints.verification import VerificationRequest
from hookproof.wire.arrivals import OK, Answer, Arrival
from hookproof.wire.inbox import Listener


@dataclass(eq=False)
class OwnEndpoint:
    """One URL of ours that the platform may deliver to, and all that came there.

    listener      the port it is at; None for the port that all endpoints share
    answer        what it answers to the events of the check that registered it, where they say nothing else
    registration  the call that registered it; `registrations`: how many times it was registered
    arrivals      each attempt, with the event it is credited to, if any
    challenges    the verification requests that came
    switched_on   the member of the listed endpoint that says that it is on, and its value; once it was looked for
    """

    url: str
    listener: Listener | None = None
    refuses_challenges: bool = False
    answer: Answer = OK
    registration: Attempt | None = None
    registrations: int = 0
    arrivals: list[tuple[Trigger | None, Arrival]] = field(default_factory=list)
    challenges: list[VerificationRequest] = field(default_factory=list)
    switched_on: tuple[str, Any] | None = None

    def of(self, trigger: Trigger) -> list[Arrival]:
        """The attempts of one event that came here, in order."""
        return [arrival for whose, arrival in self.arrivals if whose is trigger]

    @property
    def requests(self) -> list[Arrival]:
        """Every request that came here: attempts of any event, and verification requests."""
        return [arrival for _, arrival in self.arrivals] + [request.arrival for request in self.challenges]

    async def shut(self) -> None:
        """Refuse connections from now on. Only an endpoint with a port of its own can."""
        assert self.listener, "the port that all endpoints share stays open"
        await self.listener.shut()

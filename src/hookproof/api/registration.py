"""What became of an attempt to register an endpoint, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.own_inbox import OwnInbox


@dataclass(frozen=True, repr=False)
class Registration:
    """One attempt to register an endpoint.

    url     as it was sent
    inbox   the inbox that the URL leads to, if it is a good one
    id      what the answer calls the endpoint; empty if it does not say
    taken   the API carried it out, and did not merely ignore the URL
    hint    what the user may have to change so that the API takes a URL of ours
    """

    url: Any
    inbox: OwnInbox
    answer: ApiAnswer
    id: str = ""
    taken: bool = False
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.answer}{self.hint}"

    __repr__ = __str__

    @property
    def carried_out(self) -> bool:
        """The API did what it was asked for, by its own account."""
        return self.answer.carried_out

    @property
    def refused(self) -> bool:
        """The API understood the call and did not carry it out."""
        return self.answer.refused

    @property
    def survived(self) -> bool:
        """The API answered and did not break."""
        return self.answer.survived

    @property
    def names_the_endpoint(self) -> bool:
        """The answer says by what id the endpoint goes, or in a header Location where it is."""
        located = any(name.lower() == b"location" for name, _ in self.answer.attempt.exchange.headers)
        return bool(self.id) or located

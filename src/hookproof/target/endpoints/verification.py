"""A request by which a platform asks an endpoint of ours to prove that it wants to be delivered to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from hookproof.providers import ChallengeFields, filled
from hookproof.wire.arrivals import Arrival


@dataclass(frozen=True)
class VerificationRequest:
    """One verification request, read by what the provider documents of its challenge."""

    arrival: Arrival
    challenge: ChallengeFields
    parameters: dict[str, str]

    @property
    def at_s(self) -> float:
        """When it came, on the inbox's clock."""
        return self.arrival.at_s

    @property
    def text(self) -> str | None:
        """The random text that is to be sent back; None where the request is no such challenge."""
        documented = self._documented
        name = next((name for name, value in documented.items() if "{challenge}" in value), "")
        if self.challenge.query:
            return self._query.get(name, "") if self.arrival.method == self.challenge.method else None
        value = self._body.get(name)
        return value if isinstance(value, str) else None

    @property
    def missing(self) -> str:
        """The names of the documented parameters that are not there; empty if all are."""
        return ", ".join(sorted(set(self._documented) - set(self._said)))

    @property
    def has_the_mode(self) -> bool:
        """Whether the mode is the documented one, where a mode is documented."""
        mode = self.challenge.mode
        return not mode or self._said.get(mode) == self._documented[mode]

    @property
    def has_the_token(self) -> bool:
        """Whether the token is the one that was registered."""
        wanted = filled(self._documented[self.challenge.token], self.parameters)
        return self._said.get(self.challenge.token) == wanted

    @property
    def _documented(self) -> dict[str, str]:
        """The documented parameters: name and template."""
        return {filled(name, self.parameters): value for name, value in self.challenge.members.items()}

    @property
    def _query(self) -> dict[str, str]:
        return dict(parse_qsl(self.arrival.target.partition("?")[2], keep_blank_values=True))

    @property
    def _body(self) -> dict[str, Any]:
        return self.arrival.payload if isinstance(self.arrival.payload, dict) else {}

    @property
    def _said(self) -> dict[str, Any]:
        """The parameters that came: those of the query, without one those of the body."""
        return self._body if not self.arrival.target.partition("?")[2] and self._body else self._query

    def __str__(self) -> str:
        return f"{self.arrival.method} {self.arrival.target}"

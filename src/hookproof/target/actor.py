"""What every check works with, whatever its role: a receiver, a sender or a management API under test."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from hookproof.evidence.differences import Difference


class Actor(Protocol):
    """What the plugin asks of an actor when its check has ended."""

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the attempts that the check looked at, in order."""

    @property
    def drawn(self) -> Sequence[dict[str, Any]]:
        """Series of attempts that the report draws as time lines."""

    @property
    def differences(self) -> Sequence[Difference]:
        """Where bytes that should be equal first differ."""

    def explain(self) -> str | Coroutine[Any, Any, str]:
        """The likely cause of what the check saw, empty if none is known; a coroutine where more is sent to find it."""

    def reproduce(self, message: str = "") -> str:
        """Shell text that does again what the check did; of many attempts those that `message` quotes."""

"""A signing key as a value that never shows itself."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A signing key that never shows itself: not in `repr`, not in a traceback, not in a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The key itself, for signing and for redaction only."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

"""What of a delivery may be shown: secrets of the run, and credentials of whomever, are left out."""

from __future__ import annotations

from collections.abc import Sequence

from hookproof.delivery.model import Headers
from hookproof.delivery.secret import Secret
from hookproof.evidence.redact import MIN_SECRET, SECRET, Redactor, spellings, visible

HIDDEN = "<hidden>"
SHOWN = 256 * 1024
"""Bytes of a body that are shown at most."""
_CREDENTIALS = ("authorization", "cookie", "token", "secret", "api-key", "apikey", "password")


class Hiding:
    """Takes the run's secrets out of whatever is shown, and the values of headers that hold credentials."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        self._redactor = Redactor()
        for key in keys:
            self._redactor.add(key.reveal())
        told = {
            spelling.encode() for key in keys if len(key.reveal()) >= MIN_SECRET for spelling in spellings(key.reveal())
        }
        self._spelled = [(one, SECRET.encode()) for one in sorted(told, key=len, reverse=True)]

    def text(self, text: str) -> str:
        """A text of a stranger: without secrets, and what is invisible in it written out."""
        return visible(self._redactor.text(text))

    def copied(self, text: str, secret_env: str) -> str:
        """A script of ours without secrets; line breaks stay, as it is to be run."""
        return self._redactor.text(text).replace(SECRET, f"${secret_env}")

    def raw(self, raw: bytes) -> bytes:
        """Bytes without secrets; of more than are shown, only in the spellings by which a secret shows itself."""
        if len(raw) <= SHOWN:
            return self._redactor.raw(raw)
        for spelling, name in self._spelled:
            raw = raw.replace(spelling, name)
        return raw

    def headers(self, headers: Headers) -> list[tuple[str, str]]:
        """Headers as they are shown. A signature is shown, as it is what people look at; a credential is not."""
        return [(self.text(name.decode("latin-1")), self._value(name, value)) for name, value in headers]

    def _value(self, name: bytes, value: bytes) -> str:
        if value and any(word in name.decode("latin-1").lower() for word in _CREDENTIALS):
            return HIDDEN
        return self.text(value.decode("latin-1"))

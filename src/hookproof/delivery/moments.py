"""Times as signatures write them: seconds, milliseconds, ISO 8601, or as whatever stands in a body. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

TIMESTAMPS = ("unix", "unix.ms", "iso")
"""How a signed time is written: seconds since 1970, milliseconds since 1970, or ISO 8601 in UTC."""
_MILLISECONDS = 1e11
"""From this number on a time in a body is meant in milliseconds."""
_ISO = "%Y-%m-%dT%H:%M:%SZ"


def written(at: float, form: str) -> str:
    """Unix time `at` (seconds) in one of TIMESTAMPS; in seconds for a place in a body."""
    if form == "iso":
        return datetime.fromtimestamp(int(at), UTC).strftime(_ISO)
    return str(int(at * 1000)) if form == "unix.ms" else str(int(at))


def instant(text: str, form: str) -> float:
    """The Unix time (seconds) that a time in one of TIMESTAMPS says. Raises ValueError if it is not written so."""
    if form.startswith("/"):
        return _told(text)
    if form == "iso":
        return _moment(text)
    if not re.fullmatch("[0-9]{1,15}", text):
        raise ValueError("not a whole number")
    return int(text) / 1000 if form == "unix.ms" else float(text)


def written_like(old: Any, at: float) -> Any:
    """Unix time `at` (seconds) in the form of a time in a body: seconds, milliseconds or ISO; a number, or text."""
    if isinstance(old, str) and not old.isdecimal():
        return datetime.fromtimestamp(int(at), UTC).strftime(_ISO)
    number = int(at * 1000) if float(old) >= _MILLISECONDS else int(at)
    return str(number) if isinstance(old, str) else number


def _told(text: str) -> float:
    if re.fullmatch("[0-9]{1,15}", text):
        number = float(text)
        return number / 1000 if number >= _MILLISECONDS else number
    return _moment(text)


def _moment(text: str) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()

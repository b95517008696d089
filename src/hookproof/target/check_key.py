"""By what a check is known in the journal: its id, whom it is run for, and which case of it this is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckKey:
    """One check, for one subject, in one case. `id` is None for what the run does before or beside all checks."""

    id: str | None
    subject: str
    case: str | None = None


def of_the_run(subject: str) -> CheckKey:
    """The key of what the run itself does with a subject: greeting it, marking how far it has got."""
    return CheckKey(None, subject)

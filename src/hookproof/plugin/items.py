"""Which checks run for whom: ids, subjects, cases and the order of the phases; and one item as a check."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hookproof import cases, providers
from hookproof.evidence.lines import RequirementRecord
from hookproof.folders import folder
from hookproof.providers import Requirement, Surface
from hookproof.providers.events import Maker
from hookproof.providers.tables import TESTED_ROLES
from hookproof.target.actor import Actor
from hookproof.target.check_key import CheckKey
from hookproof.verdict import Level, strictest

_PHASES = ("overlap", "plain", "late", "hostile", "closing", "last")
MARKS = {
    "overlap": "an async check: all of a role's are started before its first check, and wait at the same time",
    "late": "comes after the plain checks, because it sleeps long or looks back on the run",
    "hostile": "comes after the late checks, because it may bring the target down",
    "closing": "comes when all has been sent: looks back on the whole run",
    "last": "comes after everything else, because it judges the target after it all, or restarts it",
    "basic": "is judged although no genuine delivery was acknowledged: it is about that, or needs none",
    "regime(name, alone=False)": "a sender's checks run at the same time only within one regime: the settings they "
    "need; alone: where an account has one address, the check has the address for itself",
    "cases(table)": "runs once for each entry of that table in hookproof.cases, which is its fixture `case`",
}
"""What each mark of a check means. The first five are phases of a run: a check with several of them comes in the latest
of its phases, in the order overlap, (no mark), late, hostile, closing, last."""


def register_marks(config: pytest.Config) -> None:
    """Make the marks of checks known, which a project may insist on (`--strict-markers`)."""
    for mark, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {meaning}")


@dataclass
class CheckItem:
    """What a pytest item knows of itself as a check, from its first fixture to its line in the journal.

    `started`: when a check that overlaps others began.
    """

    key: CheckKey
    actor: Actor
    reason: str | None = None
    message: str = ""
    reproduce: str | None = None
    started: float = 0.0

    @property
    def id(self) -> str:
        return self.key.id or ""

    @property
    def subject(self) -> str:
        return self.key.subject

    @property
    def case(self) -> str | None:
        return self.key.case


def is_check(item: pytest.Item | Path) -> bool:
    path = item if isinstance(item, Path) else item.path
    return path.is_relative_to(folder("suites").resolve())


def check_id(path: Path, function: str) -> str:
    """`receiver.signature.rejects-another-secret` for test_rejects_another_secret in receiver/test_signature.py."""
    return providers.check_id(path.relative_to(folder("suites").resolve()), function)


def about(items: Iterable[pytest.Item]) -> dict[str, str]:
    """What each check is for, in the words of its docstring."""
    documented = {
        check_id(item.path, item.originalname): inspect.getdoc(item.obj) or ""  # type: ignore[attr-defined]
        for item in items
    }
    return {name: " ".join(text.split()) for name, text in documented.items() if text}


def names(checks: Iterable[str], check: str, case: str | None) -> bool:
    """Whether a requirement names this check, or this case of it."""
    return check in checks or f"{check}[{case}]" in checks


class Selection:
    """The requirements of a run, the subjects they apply to, and which checks they name for which of them."""

    def __init__(
        self, requirements: Iterable[tuple[str, Requirement]], surfaces: Iterable[Surface], roles: Iterable[str]
    ) -> None:
        """`requirements`: (provider, requirement); the provider is `*` for the baseline. `roles`: those of the run."""
        self._roles = set(roles)
        self._surfaces = list(surfaces)
        self.rows = [(provider, row, self._applying(provider, row)) for provider, row in requirements]
        self.empty: list[tuple[str, str]] = []

    def _applying(self, provider: str, row: Requirement) -> list[str]:
        """The subjects that a requirement applies to."""
        mine = [surface for surface in self._surfaces if provider in ("*", surface.provider.name)]
        if not {"receiver", "api", "verifier"} & set(row.roles):
            mine = [surface for surface in mine if surface.name in surface.provider.delivering]
        return [surface.subject for surface in mine if row.applies(surface)]

    def subjects(self, check: str) -> list[str]:
        """Subjects for which some requirement that applies names the check, or a case of it."""
        if check.partition(".")[0] not in self._roles:
            return []
        naming = {
            subject
            for _, row, subjects in self.rows
            if any(name.partition("[")[0] == check for name in row.checks)
            for subject in subjects
        }
        return [surface.subject for surface in self._surfaces if surface.subject in naming]

    def level(self, check: str, subject: str, case: str | None = None) -> Level:
        """The strictest level at which the check, or that case of it, counts for that subject."""
        return strictest(row.level for row in self.naming(check, subject, case))

    def naming(self, check: str, subject: str, case: str | None) -> list[Requirement]:
        """The requirements that apply to the subject and name the check, or that case of it."""
        return [row for _, row, subjects in self.rows if names(row.checks, check, case) and subject in subjects]

    def named_cases(self, check: str, subject: str) -> tuple[list[str], bool]:
        """The cases that requirements name one by one, and whether one of them names the check as a whole."""
        rows = [row for _, row, subjects in self.rows if subject in subjects]
        found = [name for row in rows for name in row.checks if name.startswith(f"{check}[")]
        single = dict.fromkeys(name.partition("[")[2].removesuffix("]") for name in found)
        return list(single), any(check in row.checks for row in rows)


def record(provider: str, requirement: Requirement, subjects: list[str]) -> RequirementRecord:
    """A requirement as the journal announces it; `provider` is `*` for the baseline."""
    return RequirementRecord(
        id=requirement.id,
        provider="baseline" if provider == "*" else provider,
        role=requirement.role if isinstance(requirement.role, str) else list(requirement.role),
        level=requirement.level,
        text=requirement.text,
        source=requirement.source,
        checks=requirement.checks,
        excluded=requirement.excluded,
        applies=bool(subjects),
        subjects=subjects,
    )


def parametrize(
    metafunc: pytest.Metafunc, check: str, selection: Selection, makers: dict[str, Maker]
) -> list[tuple[str, str]]:
    """One item for each subject, and for each case of the check's table; what of it there is no case for.

    Where requirements name single cases, only those. The table `named` has just these, as they are named.
    """
    subjects = selection.subjects(check)
    marker = metafunc.definition.get_closest_marker("cases")
    if marker is None:
        metafunc.parametrize("subject", subjects, indirect=True)
        return []
    tables, empty = {}, []
    for subject in subjects:
        single, whole = selection.named_cases(check, subject)
        table = {name: name for name in single} if marker.args[0] == "named" else None
        table = cases.table(marker.args[0])(makers[subject]) if table is None else table
        tables[subject] = {name: case for name, case in table.items() if whole or name in single}
        empty += [(f"{check}[{name}]", subject) for name in single if name not in table]
        empty += [(check, subject)] if not tables[subject] else []
    rows = [
        pytest.param(subject, (name, case), id=f"{subject}-{name}")
        for subject, table in tables.items()
        for name, case in table.items()
    ]
    metafunc.parametrize("subject,case", rows, indirect=True)
    return empty


def case_name(params: dict[str, Any]) -> str | None:
    """How an item of a parametrized check is told from its siblings."""
    if "case" in params:
        return str(params["case"][0])
    return ", ".join(str(value) for name, value in params.items() if name != "subject") or None


def phase(item: pytest.Item) -> str:
    """When a check's turn comes: by the mark that says so, else `plain`. `MARKS` explains each."""
    return next(
        (name for name in ("last", "closing", "hostile", "late", "overlap") if item.get_closest_marker(name)), "plain"
    )


def role(item: pytest.Item) -> str:
    """Whom a check is about: receiver, sender, api or verifier."""
    return item.path.relative_to(folder("suites").resolve()).parts[0]


def regime(item: pytest.Item) -> tuple[str, bool]:
    """Under which settings a check of a sender runs, and whether an only address must be its own."""
    marker = item.get_closest_marker("regime")
    return (marker.args[0], bool(marker.kwargs.get("alone"))) if marker else ("usual", False)


def overlaps(item: pytest.Item) -> bool:
    return item.get_closest_marker("overlap") is not None


def arrange(items: list[pytest.Item]) -> list[pytest.Item]:
    """The checks role by role and phase by phase, within each as they stand in the files."""
    return sorted(items, key=lambda item: (TESTED_ROLES.index(role(item)), _PHASES.index(phase(item))))

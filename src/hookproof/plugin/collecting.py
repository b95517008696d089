"""Which checks pytest collects, for whom, in which cases and in what order; held against the user's baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.evidence.lines import PlannedCheck
from hookproof.plugin import accepting
from hookproof.plugin import items as checks
from hookproof.plugin.fixtures import subject_of
from hookproof.plugin.run import run_of
from hookproof.providers import SpecError

_TROUBLE = pytest.StashKey[str]()
"""What is wrong with a check that cannot be collected; said once all are, because other plugins swallow it before."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    run = run_of(metafunc.config)
    path = Path(metafunc.module.__file__ or "").resolve()
    if run is None or not checks.is_check(path):
        return
    id_ = checks.check_id(path, metafunc.function.__name__)
    try:
        run.selection.empty += checks.parametrize(metafunc, id_, run.selection, run.makers)
    except SpecError as error:
        metafunc.parametrize("subject,case", [], indirect=True)
        metafunc.config.stash[_TROUBLE] = f"{path.name}, {metafunc.function.__name__}: {error}"


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def pytest_check_the_baseline(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: whether every accepted failure is one there could be. Raises UsageError."""
    run = run_of(config)
    if trouble := config.stash.get(_TROUBLE, ""):
        raise pytest.UsageError(trouble)
    if run is not None and run.settings.baseline:
        whole = not any("::" in argument for argument in config.args)
        known = plan_of([item for item in items if checks.is_check(item) and subject_of(item)])
        for entry in run.settings.baseline:
            if trouble := accepting.unknown(entry, run.selection, known if whole else []):
                raise pytest.UsageError(f"--baseline: {trouble}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out checks that no requirement of this run names, and put the rest in order."""
    run = run_of(config)
    if run is None:
        return
    wanted = [item for item in items if checks.is_check(item) and subject_of(item)]
    items[:] = checks.arrange(wanted)


def plan_of(items: list[pytest.Item]) -> list[PlannedCheck]:
    """The checks of a run as its journal announces them."""
    return [
        PlannedCheck(
            id=checks.check_id(item.path, item.originalname),  # type: ignore[attr-defined]
            subject=subject_of(item),
            case=checks.case_name(item.callspec.params),  # type: ignore[attr-defined]
        )
        for item in items
    ]

"""Whether a command means checks to be run, and whether what it collects are checks: green without one is no proof."""

from __future__ import annotations

import pytest

from hookproof.folders import collects_suites
from hookproof.plugin.command import options
from hookproof.plugin.command.config import FILE as CONFIG
from hookproof.plugin.command.joining import ASKING, FOREIGN, PREFIX, SUITES

_INSTEAD = f"type `pytest --pyargs {SUITES} …`"


def collects_checks(config: pytest.Config) -> bool:
    """Whether collecting finds checks. Raises UsageError if checks are meant and none would run."""
    if any(_collects(argument, config) for argument in config.args):
        _refuse_workers(config)
        return True
    if any(options.typed_for(config, name) is not None for name in ASKING):
        where = ", ".join(config.args)
        raise pytest.UsageError(f"no check of hookproof is in {where}, so nothing would be tested: {_INSTEAD}")
    if not _names_a_path(config) and options.target_in_file(config):
        raise pytest.UsageError(
            f"{CONFIG} names a target, but no check of hookproof is in {', '.join(config.args)}: {_INSTEAD}, "
            "or name the folder of your own tests"
        )
    return False


def _names_a_path(config: pytest.Config) -> bool:
    """Whether a path was typed: not one of `addopts`, nor of `testpaths`."""
    return any(argument in config.args for argument in config.invocation_params.args)


def _collects(argument: str, config: pytest.Config) -> bool:
    """Whether collecting this argument finds checks."""
    name = argument.split("::")[0]
    return (config.option.pyargs and name.startswith(SUITES)) or collects_suites(config.invocation_params.dir / name)


def foreign(config: pytest.Config) -> list[str]:
    """One line for each option that was typed, is called like one of ours, and belongs to another plugin."""
    names = config.stash.get(FOREIGN, [])
    return [f"--{name} is another plugin's here and was left to it: type --{PREFIX}{name} for ours" for name in names]


def _refuse_workers(config: pytest.Config) -> None:
    """Checks share one run with its turns and its journal: workers of pytest-xdist would each make their own."""
    if config.getoption("dist", "no") != "no" and config.getoption("tx", None):
        raise pytest.UsageError(
            f"checks share one run and cannot be given to workers of pytest-xdist: type `-n 0` (`pytest --pyargs "
            f"{SUITES} … -n 0`); checks that wait do so at the same time anyway"
        )

"""Where pytest meets hookproof. Nothing of ours is imported here until a command, or a file, asks for checks.

`command/joining.py` says what asks, and registers `hooks`: the rest of the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from hookproof.folders import collects_suites

_ASKING = ("--hookproof", "--target", "--provider", "--role", "--trigger", "--effects", "hookproof.suites")
"""How an argument begins that may ask for checks."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Every plugin has its options by now; conftest.py gets its own before us, so that ours never stand in a way."""
    if not _may_ask(early_config, args):
        return (yield)
    from hookproof.plugin.command.joining import Joining
    from hookproof.stdout import open_closed

    open_closed()
    joining = Joining(early_config, parser, args)
    joining.before_conftests()
    done = yield
    if joining.asked():
        from hookproof.plugin import hooks

        joining.join()
        early_config.pluginmanager.register(hooks, "hookproof.plugin.hooks")
    return done


def _may_ask(config: pytest.Config, args: list[str]) -> bool:
    """Whether it is worth to look closer: a command of a project that has nothing to do with us ends here."""
    if any(argument.startswith(_ASKING) for argument in args):
        return True
    if (config.invocation_params.dir / "hookproof.toml").is_file():
        return True
    paths = config.known_args_namespace.file_or_dir or config.getini("testpaths") or ["."]
    return any(collects_suites(config.invocation_params.dir / str(path).partition("::")[0]) for path in paths)


@pytest.fixture
def prove_sender(pytestconfig: pytest.Config) -> Callable[..., list[Any]]:
    """Prove that a sender retries as a provider documents it, over days of virtual time.

    Call `prove_sender(deliver, provider="…")` with a coroutine function `deliver(url, body)`, or an object that
    has one, which delivers one event by httpx and comes back when it is delivered or given up. It runs the checks of
    suites/sender/test_retry.py and test_backoff.py and raises one AssertionError that lists what is unmet; with
    `strict=True` a SHOULD counts too. `as_dict=True`: the body is a dict, not bytes. `backend`: asyncio or trio.
    `parameters`: as with --set.
    """
    from hookproof.plugin.items import register_marks
    from hookproof.plugin.proving import prove

    register_marks(pytestconfig)
    return prove

"""A scripted platform and the `Sender` that judges it."""

import pytest

from hookproof.sender import greet
from tests.sender.scripted_sender import judged


@pytest.fixture
def use(tmp_path):
    """What a coroutine function finds out of (sender, scripted platform)."""
    return lambda work, *names, **more: judged(tmp_path, work, *names, **more)


@pytest.fixture
def ready(use):
    """As `use`, once the platform has been greeted; from then on the run has less patience."""

    def run(work, *names, patience_s=2.0, **more):
        async def greeted(sender, scripted):
            assert await greet(sender._platform) == ""
            sender._platform.patience_s = patience_s
            return await work(sender, scripted)

        return use(greeted, *names, **more)

    return run


@pytest.fixture
def read(use):
    """What a plain function finds out of a sender that is never asked for anything."""

    def run(look, *names, **more):
        async def work(sender, _):
            return look(sender)

        return use(work, *names, **more)

    return run

"""A scripted platform and the `Sender` that judges it."""

import pytest

from tests.scripted_sender import judged


@pytest.fixture
def use(tmp_path):
    """What a coroutine function finds out of (sender, scripted platform)."""
    return lambda work, *names, **more: judged(tmp_path, work, *names, **more)


@pytest.fixture
def ready(use):
    """The same, once the main inbox is registered and one event has been delivered; from then on with less patience."""

    def run(work, *names, patience_s=2.0, **more):
        async def greeted(sender, scripted):
            assert await sender.greet() == ""
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

"""A platform that a scripted sender stands behind, and what the run wrote down."""

import json

import pytest

from tests.sender.scripted_sender import judged


@pytest.fixture
def use(tmp_path):
    """What a coroutine function finds out of (platform, scripted sender)."""

    def run(work, *names, **more):
        return judged(tmp_path, lambda sender, scripted: work(sender._platform, scripted), *names, **more)

    return run


@pytest.fixture
def lines(tmp_path):
    return lambda: [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]

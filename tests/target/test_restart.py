"""The user's restart command: run to its end, or no verdict."""

import asyncio
import time

import pytest

from hookproof.target import restart
from hookproof.verdict import Inconclusive, Reason


def test_a_command_is_run_to_its_end(tmp_path):
    asyncio.run(restart.restarted(f"sleep 0.05; echo done > {tmp_path}/file; echo noise >&2", 1.0))

    assert (tmp_path / "file").read_text() == "done\n"


@pytest.mark.parametrize("command, says", [("exit 3", "status 3"), ("no-such-command-here", "status 127"),
                                           ("kill -9 $$", "status -9")])  # fmt: skip
def test_a_command_that_fails_is_no_verdict(command, says, capfd):
    with pytest.raises(Inconclusive, match=says) as stopped:
        asyncio.run(restart.restarted(command, 1.0))

    assert stopped.value.reason is Reason.PREREQUISITE_FAILED
    assert capfd.readouterr() == ("", "")


def test_it_gets_no_input():
    asyncio.run(restart.restarted("! read line", 1.0))


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path, monkeypatch):
    wait_for = asyncio.wait_for
    monkeypatch.setattr(asyncio, "wait_for", lambda work, _: wait_for(work, 0.05))
    begun = time.monotonic()
    with pytest.raises(Inconclusive, match="did not end"):
        asyncio.run(restart.restarted(f"(sleep 0.25; echo late > {tmp_path}/file) & sleep 60", 1.0))

    assert time.monotonic() - begun < 5
    time.sleep(0.1)
    time.sleep(0.1)
    time.sleep(0.1)
    assert not (tmp_path / "file").exists()

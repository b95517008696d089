"""`--start COMMAND`: the target is started, killed where a check restarts it, and ended with the run."""

import shlex
import socket
import sys

import pytest

from tests.plugin.test_plugin import run_pytest

ONE = ("--provider", "waping", "--role", "receiver", "--report", "run")


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def serving(port, *more):
    return shlex.join(
        [sys.executable, "-m", "hookproof.cli", "serve", "--provider", "waping", "--port", str(port), *more]
    )


@pytest.mark.parametrize("database, status", [(["--database", "effects.db"], 0), ([], 1)], ids=["kept", "lost"])
def test_what_was_acknowledged_outlives_a_kill(tmp_path, port, database, status):
    base = f"http://127.0.0.1:{port}"
    done = run_pytest(
        tmp_path, *ONE, "--start", f"exec {serving(port, *database)}", "--target", f"{base}/hook",
        "--effects", base + "/effects/{event_id}", "-k", "loses_nothing_in_a_restart", timeout=240,
    )  # fmt: skip

    assert done.returncode == status, done.stdout + done.stderr
    with socket.socket() as gone:
        assert gone.connect_ex(("127.0.0.1", port)), "the target was left behind"


def test_one_that_does_not_start_says_why(tmp_path, port):
    done = run_pytest(
        tmp_path, *ONE, "--start", "echo no database; exit 3", "--target", f"http://127.0.0.1:{port}/hook"
    )

    assert done.returncode == 11 and "ended with status 3" in done.stderr and "no database" in done.stderr, done.stderr


def test_one_that_dies_in_the_run_says_its_last_lines(tmp_path, port):
    dying = f"{serving(port)} & sleep 6; kill $!; echo out of memory; exit 7"
    done = run_pytest(
        tmp_path, *ONE, "--start", dying, "--target", f"http://127.0.0.1:{port}/hook", "-k", "signature or idempotency",
        timeout=240,
    )  # fmt: skip

    assert done.returncode != 0, done.stdout
    said = " ".join((done.stdout + done.stderr).split())
    assert "ended with status 7" in said and "out of memory" in said, said


@pytest.mark.parametrize("given", [("--target", "demo"), ()])
def test_where_it_listens_must_be_said(tmp_path, given):
    done = run_pytest(tmp_path, "--provider", "waping", "--start", "true", *given)

    assert done.returncode == 4 and "--target URL" in done.stderr, done.stderr

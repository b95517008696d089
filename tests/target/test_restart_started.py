"""A target that we start is awaited, killed, begun anew and ended with all that it started."""

import os
import shlex
import socket
import sys
import time

import pytest

from hookproof.target.restart import NotStartedError, StartedTarget

SERVER = """
import http.server, os, sys, subprocess
print("process", os.getpid(), flush=True)
subprocess.Popen([sys.executable, "-c", "import os, time; print('child', os.getpid(), flush=True); time.sleep(600)"])
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def target(port):
    made = StartedTarget(f"exec {sys.executable} -c {shlex.quote(SERVER)} {port}", f"http://127.0.0.1:{port}/")
    yield made
    made.stop()


def processes(target, least):
    """The numbers of the processes that have printed theirs so far."""
    end = time.monotonic() + 30
    while len(found := [int(line.split()[1]) for line in target.output.decode().splitlines()]) < least:
        assert time.monotonic() < end, target.output
        time.sleep(0.02)
    return found


def gone(number):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(number, 0)
            with open(f"/proc/{number}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_it_is_there_when_start_returns_and_gone_with_its_children(target, port):
    target.start()
    found = processes(target, 2)
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    target.stop()

    assert all(map(gone, found))


def test_a_restart_is_another_process(target):
    target.start()
    first = processes(target, 2)
    target.restart()
    later = processes(target, 4)

    assert all(map(gone, first)) and not set(first) & set(later[2:])
    assert not target.died


def test_one_that_dies_says_its_last_words(port):
    dying = StartedTarget("echo no database; exit 3", f"http://127.0.0.1:{port}/")

    with pytest.raises(NotStartedError, match=r"ended with status 3; it printed:\n  no database"):
        dying.start()


def test_a_port_that_answers_already_is_refused(target, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(NotStartedError, match="already"):
            target.start()

"""Coordinated omission: a server that stands still is measured by us and by Locust's stock user at the same time."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.load.conftest import OK, served

ROOT = Path(__file__).parents[3]
PERIOD_S, FROZEN_S, DEADLINE_S, PERIODS = 2.0, 1.0, 0.3, 3
CALM_MS = 30
TRUTH = (FROZEN_S - DEADLINE_S) / PERIOD_S
"""Who comes in a freeze, and not in its last moments, waits for longer than the deadline."""

STOCK = f"""
import json
from locust import FastHttpUser, constant_throughput, events, task

times = []


class Stock(FastHttpUser):
    wait_time = constant_throughput(10)

    @task
    def deliver(self):
        self.client.post("/", data=b"{{}}")


@events.request.add_listener
def answered(response_time, **_):
    times.append(response_time)


@events.quit.add_listener
def say(**_):
    print(json.dumps([sum(ms > {DEADLINE_S * 1e3} for ms in times), len(times)]))
"""


class Freezing:
    """Answers at once, but for the first second of every two from its first delivery on; keeps who waited how long."""

    def __init__(self):
        self.begun, self.waited_s = 0.0, []
        self._lock = threading.Lock()

    def __call__(self, connection):
        while data := connection.recv(65536):
            while not complete(data):
                data += connection.recv(65536)
            came = time.monotonic()
            with self._lock:
                self.begun = self.begun or came
            into_s = (came - self.begun) % PERIOD_S
            time.sleep(max(0.0, FROZEN_S - into_s))
            self.waited_s.append(time.monotonic() - came)
            connection.sendall(OK)

    @property
    def late(self):
        return sum(seconds > DEADLINE_S for seconds in self.waited_s)


def complete(data):
    head, _, body = data.partition(b"\r\n\r\n")
    return b"\r\n\r\n" in data and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])


def locust(place, *arguments):
    environment = {**os.environ, "HOOKPROOF_SECRET": "a key for our own tests", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "locust", "--host", f"http://127.0.0.1:{place[1]}", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Late and all: as we report it, as our server saw it, and as the stock user reports it.

    What counts as late is known only where our server itself stood still for as long as it means to, and we were on
    time: a machine that is too busy for that gets three chances.
    """
    for _ in range(3):
        numbers, seen, stock = measure(tmp_path_factory.mktemp("omission"))
        froze_as_meant = abs(seen[0] / seen[1] - TRUTH) < 0.04
        if froze_as_meant and numbers["lag"]["p99"] < CALM_MS:
            return (numbers["due"] - numbers["acknowledged"], numbers["due"]), seen, stock
    return pytest.skip("this machine is too busy for it")


def measure(folder):
    (folder / "stock.py").write_text(STOCK)
    ours, theirs, for_s = Freezing(), Freezing(), PERIODS * PERIOD_S
    with served(ours) as place, served(theirs) as other:
        runs = (
            locust(place, "-f", str(ROOT / "loadtests"), "--provider", "whatsable", "--scenario", "steady", "--rate",
                   "100", "--duration", str(for_s), "--deadline", str(DEADLINE_S), "--max-lag", "5", "--quiet",
                   "--report", str(folder / "run")),
            locust(other, "-f", str(folder / "stock.py"), "--headless", "-u", "10", "-r", "10", "-t", f"{for_s:g}s"),
        )  # fmt: skip
        said = [run.communicate(timeout=60)[0] for run in runs]
    numbers = json.loads((folder / "run" / "results.json").read_text())["load"]["scenarios"][0]["numbers"]
    return numbers, (ours.late, len(ours.waited_s)), tuple(json.loads(said[1].splitlines()[-1]))


def test_we_show_the_true_share_of_late_deliveries(measured):
    (late, due), (seen, _), _ = measured

    assert due == 100 * PERIODS * PERIOD_S
    assert late == pytest.approx(seen, abs=0.02 * due)
    assert late / due == pytest.approx(TRUTH, abs=0.05)


def test_a_closed_loop_hides_most_of_them(measured):
    _, _, (late, sent) = measured

    assert 0 < late / sent < TRUTH / 2

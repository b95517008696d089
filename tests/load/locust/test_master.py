"""A load from several hosts: master, two workers and receiver, each with a network of its own."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.load.namespaces import listening, machines, unusable

ROOT = Path(__file__).parents[3]
PORT, RATE, FOR_S = 8080, 100, 3


def start(machine, *command):
    environment = {**os.environ, "HOOKPROOF_SECRET": "a key for our own tests", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return subprocess.Popen(
        ["ip", "netns", "exec", machine[0], sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def listened(process, within_s=15):
    """Where it listens in its own namespace, as soon as it does."""
    end = time.monotonic() + within_s
    while process.poll() is None and time.monotonic() < end:
        own = os.readlink(f"/proc/{process.pid}/ns/net") != os.readlink("/proc/self/ns/net")
        if own and (found := listening(process.pid)):
            return found
        time.sleep(0.05)
    return []


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """What the master said and left, what each worker's exit code was, who sent, and who listened where."""
    if why := unusable():
        pytest.skip(why)
    report = tmp_path_factory.mktemp("namespaces") / "run"
    with machines("master", "one", "two", "receiver") as hosts, ExitStack() as stack:
        address, receiving = hosts["master"][1], hosts["receiver"][1]

        def begin(machine, *command):
            process = start(hosts[machine], *command)
            stack.callback(lambda: (process.kill(), process.communicate()))
            return process

        receiver = begin("receiver", "tests.load.peers", receiving, str(PORT))
        locust = ("locust", "-f", "loadtests")
        master = begin("master", *locust, "--master", "--master-bind-host", address, "--expect-workers", "2",
                       "--host", f"http://{receiving}:{PORT}", "--provider", "whatsable", "--scenario", "steady",
                       "--rate", str(RATE), "--duration", str(FOR_S), "--max-lag", "5",
                       "--report", str(report))  # fmt: skip
        places = {"master": listened(master)}
        workers = {name: begin(name, *locust, "--worker", "--master-host", address) for name in ("one", "two")}
        said = master.stdout.readline()
        places |= {name: listening(worker.pid) for name, worker in workers.items()}
        said += master.communicate(timeout=60)[0]
        codes = {name: worker.wait(10) for name, worker in workers.items()}
        receiver.stdout.readline()
        sent = json.loads(receiver.communicate("", timeout=10)[0])
        yield master.returncode, said, report, codes, sent, places, hosts


def test_hosts_together_send_every_delivery_once_and_a_half_each(load):
    code, said, report, codes, sent, _, hosts = load

    assert code == 0, said
    scenario = json.loads((report / "results.json").read_text())["load"]["scenarios"][0]
    numbers = scenario["numbers"]
    assert numbers["due"] == numbers["sent"] == numbers["acknowledged"] == RATE * FOR_S
    assert {host: sent[hosts[host][1]] // 2 for host in ("one", "two")} == {"one": 75, "two": 75}
    assert sum(sent.values()) == RATE * FOR_S + 1, "and one delivery before the load"
    assert codes == {"one": 0, "two": 0}


def test_only_the_master_listens_and_only_where_it_was_told(load):
    places, hosts = load[5], load[6]

    assert places == {"master": [f"{hosts['master'][1]}:5557"], "one": [], "two": []}

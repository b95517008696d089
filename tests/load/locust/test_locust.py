"""`locust -f loadtests` from outside: what it prints, how it exits, what it leaves. All runs go on at the same time."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from tests.load.conftest import loose
from tests.load.conftest import served as bare

ROOT = Path(__file__).parents[3]
KEY = "a key for our own tests"
NODE = "steady --rate 40 --duration 3"


def silent(connection):
    while connection.recv(65536):
        pass


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Every run by name: exit code, output, folder."""
    whatsable = providers.load("whatsable").surfaces({})[0]
    site = Site([(whatsable, Secret(KEY.encode()))], "")
    with (
        closing(site),
        served(site.app()) as base,
        bare(silent) as quiet,
        bare(loose) as easy,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        closed = taken.getsockname()[1]
        taken.close()
        receiver = base + site.receivers[0].place
        local = {name: f"http://127.0.0.1:{place[1]}" for name, place in (("quiet", quiet), ("easy", easy))}
        ports = iter(range(15557, 15657, 3))
        wanted = {
            "met": (f"--host {receiver} --scenario {NODE} --effects {site.observer(base)}", None),
            "several": (f"--host {local['easy']} --scenario burst --scenario {NODE.replace('3', '5')} --quiet", None),
            "missed": (f"--host {local['quiet']} --scenario {NODE} --deadline 1", None),
            "wrong secret": (f"--host {receiver} --scenario {NODE}", None),
            "nobody": (f"--host http://127.0.0.1:{closed} --scenario {NODE}", None),
            "stopped": (f"--host {local['quiet']} --scenario steady", signal.SIGTERM),
            "interrupted": (f"--host {local['easy']} --scenario steady", signal.SIGINT),
            "hung up": (f"--host {local['easy']} --scenario steady", signal.SIGHUP),
            "killed": (f"--host {local['easy']} --scenario steady", signal.SIGKILL),
            "workers": (f"--host {local['easy']} --scenario steady --rate 300 --duration 3 --processes 2", None),
            "worker killed": (f"--host {local['easy']} --scenario steady --duration 8 --processes 2", "worker"),
        }  # fmt: skip
        with ThreadPoolExecutor(4) as pool:
            made = {
                name: pool.submit(run, tmp_path_factory.mktemp("load"), name, arguments, how, next(ports))
                for name, (arguments, how) in wanted.items()
            }
        return {name: one.result() for name, one in made.items()}


def run(folder, name, arguments, how, port):
    report = folder / "run"
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests"), "--provider", "whatsable",
               "--report", str(report), "--max-lag", "9", "--master-bind-port", str(port), "--master-port", str(port),
               *arguments.split()]  # fmt: skip
    key = "another key" if name == "wrong secret" else KEY
    environment = {**os.environ, "HOOKPROOF_SECRET": key, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    begun = time.monotonic()
    if how:
        journal = report / "run.jsonl"
        while time.monotonic() - begun < 40 and not (journal.is_file() and "load_second" in journal.read_text()):
            time.sleep(0.1)
        victim, how = (process.pid, how) if how != "worker" else (workers_of(process.pid)[0], signal.SIGKILL)
        begun = time.monotonic()
        os.kill(victim, how)
    output, _ = process.communicate(timeout=90)
    return process.returncode, output, report, time.monotonic() - begun


def workers_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def results(run):
    return json.loads((run[2] / "results.json").read_text())


def test_a_receiver_that_keeps_up_meets_the_objective_and_its_effects_are_counted(runs):
    code, output, _, _ = runs["met"]
    found = results(runs["met"])

    assert code == 0, output
    assert "steady: met" in output
    scenario = found["load"]["scenarios"][0]
    assert found["load"]["verdict"] == scenario["verdict"] == "met"
    assert (scenario["effects"]["asked"], scenario["effects"]["lost"], scenario["effects"]["duplicated"]) == (120, 0, 0)


def test_scenarios_of_one_run_are_reported_apart(runs):
    code, output, _, _ = runs["several"]

    assert code == 0, output
    assert [one["name"] for one in results(runs["several"])["load"]["scenarios"]] == ["burst", "steady"]


def test_a_target_that_never_answers_misses_the_objective(runs):
    code, output, _, _ = runs["missed"]

    assert code == 12
    assert "120 timed out" in output


def test_a_refused_control_is_no_measurement(runs):
    code, output, _, _ = runs["wrong secret"]

    assert code == 10
    assert "answered 401" in output
    assert "secret" in output


def test_nobody_there_is_one_line(runs):
    code, output, _, _ = runs["nobody"]

    assert code == 11
    assert "nobody takes a connection" in output


@pytest.mark.parametrize("name", ["stopped", "interrupted", "hung up"])
def test_a_signal_leaves_a_report_of_what_was_measured_within_seconds(runs, name):
    code, output, _, took_s = runs[name]
    found = results(runs[name])

    assert code == 2, output
    assert found["complete"] is False
    assert found["load"]["scenarios"][0]["seconds"]["due"]
    assert took_s < 6


def test_a_killed_run_still_gives_a_report_by_hand(runs):
    code, _, report, _ = runs["killed"]
    subprocess.run([sys.executable, "-m", "hookproof.cli", "report", str(report)], check=True, capture_output=True,
                   env={**os.environ, "PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    found = results(runs["killed"])

    assert code == -signal.SIGKILL
    assert (found["complete"], found["load"]["verdict"]) == (False, "undecided")


def test_workers_together_send_every_delivery_once(runs):
    code, output, _, _ = runs["workers"]
    assert code == 0, output
    numbers = results(runs["workers"])["load"]["scenarios"][0]["numbers"]
    assert numbers["due"] == numbers["sent"] == numbers["acknowledged"] == 900


def test_a_worker_that_is_killed_is_named_and_makes_the_run_undecided(runs):
    code, output, _, _ = runs["worker killed"]

    assert code == 10
    assert "was lost" in output
    assert "200 of 400 deliveries are not accounted for" in output


def test_every_line_fits_the_terminal(runs):
    """Paths and reasons may be longer; they are wrapped by the terminal, never cut by us."""
    lines = runs["met"][1].splitlines()

    assert [line for line in lines if line.startswith("steady ") and len(line) > 80] == []
    assert any(line.startswith("steady ") and "acknowledged" in line for line in lines)


def test_a_port_that_is_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output, _, _ = run(tmp_path, "", "--host http://127.0.0.1:1 --processes 2", None, port)

    assert code == 4
    assert output.splitlines() == [
        f"hookproof: the master cannot listen at 127.0.0.1:{port}: Address already in use; "
        "choose with --master-bind-host and --master-bind-port"
    ]

"""The command line: wrong use gets one line and the right exit code, right use gets a report."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.folders import folder
from hookproof.plugin.overlap import Background, blocking
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.serving import served
from hookproof.report import FORMATS

KEY = "a key for our own tests"
ROOT = Path(__file__).parents[2]


_OURS = ("HOOKPROOF", "COV", "PYTEST", "PYTHONDONTWRITEBYTECODE")


def _environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "COLUMNS": "80", "PYTHONPATH": str(ROOT / "src"), **more}


def run_pytest(cwd, *arguments, key=KEY, timeout=90, **more):
    secret = {"HOOKPROOF_SECRET": key} if key else {}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=cwd,
        env=_environment(**secret, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


URL = "http://127.0.0.1:9/hook"
MINE = ("--provider", "whatsable")


@pytest.mark.parametrize(
    "arguments, says",
    [
        ([], "pytest --target URL"),
        (["--target", "localhost:3000"], "not a URL"),
        (["--target", "http://"], "not a URL"),
        (["--target", "http://h:99999/"], "not a URL"),
        (["--target", "http://user:pw@h/"], "leave user and password out"),
        (["--target", URL, "--provider", "nobody"], f"known are: {', '.join(providers.names())}"),
        ([*MINE, "--target", URL, "--role", "nobody"], "choose receiver, sender, api or verifier"),
        ([*MINE, "--target", URL, "--role", "sender"], "--trigger URL"),
        ([*MINE, "--target", URL, "--set", "payload=round"], "choose one of envelope, flat"),
        ([*MINE, "--target", URL, "--set", "payload"], "KEY=VALUE"),
        ([*MINE, "--target", URL, "--set", "colour=red"], "no such parameter"),
        ([*MINE, "--target", URL, "--effects", "nonsense"], "event_id"),
        ([*MINE, "--target", URL, "--deadline", "soon"], "number of seconds"),
        ([*MINE, "--target", URL, "--patience", "-1"], "number of seconds"),
        ([*MINE, "--target", URL, "--seed", "x"], "whole number"),
        ([*MINE, "--target", URL, "--listen", "nowhere"], "HOST:PORT"),
    ],
)
def test_wrong_use_is_one_line_and_exit_4(tmp_path, arguments, says):
    done = run_pytest(ROOT if not arguments else tmp_path, *arguments)
    complaint = [line for line in done.stderr.splitlines() if line.strip()]

    assert done.returncode == 4, done.stdout + done.stderr
    assert len(complaint) == 1 and says in complaint[0], done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unset_secret_is_named(tmp_path):
    done = run_pytest(tmp_path, *MINE, "--target", URL, "--secret-env", "MY_KEY", key="")

    assert done.returncode == 4 and "$MY_KEY" in done.stderr


def test_an_unwritable_report_folder_is_named_before_anything_is_sent(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_pytest(tmp_path, *MINE, "--target", URL, "--report", str(tmp_path / "file" / "run"))

    assert done.returncode == 4 and "--report" in done.stderr


@pytest.mark.parametrize("given", [MINE, ()], ids=["named", "to be found"])
def test_nobody_listening_is_one_line_and_exit_11(tmp_path, given):
    done = run_pytest(tmp_path, *given, "--target", f"http://127.0.0.1:{_free_port()}/hook")

    assert done.returncode == 11, done.stdout + done.stderr
    assert "nobody answers" in done.stdout + done.stderr and "failed" not in done.stdout


def test_configuration_file_is_read_and_checked(tmp_path):
    (tmp_path / "hookproof.toml").write_text(
        'target = "demo"\nrole = "receiver"\nprovider = "whatsable"\nset = {payload = "flat"}\n'
        'seed = 5\nreport = "here"\n'
    )
    done = run_pytest(tmp_path, "--pyargs", "hookproof.suites", "-k", "acknowledges_every_documented_kind", key="")
    begin = json.loads((tmp_path / "here" / "run.jsonl").read_text().splitlines()[0])

    assert done.returncode == 10, "a run of some checks is not complete"
    assert (begin["seed"], begin["parameters"]["payload"]) == (5, "flat")

    (tmp_path / "hookproof.toml").write_text("tarket = 1")
    assert "unknown tarket" in run_pytest(tmp_path, "--target", "demo").stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One whole run against the embedded reference, from a folder that is not the checkout."""
    cwd = tmp_path_factory.mktemp("demo")
    chosen = ("--provider", "whatsable", "--provider", "pingback", "--set", "surfaces=telegram,x")
    arguments = ("--target", "demo", "--role", "receiver", *chosen, "--patience", "3", "--examples", "3")
    return run_pytest(cwd, *arguments, key="", timeout=400), cwd / "reports" / "runs"


def test_the_reference_conforms(demo):
    done, runs = demo
    results = json.loads(next(runs.glob("*/results.json")).read_text())
    odd = [check for check in results["checks"] if check["verdict"] not in ("pass", "inconclusive")]

    assert done.returncode == 0, done.stdout
    assert results["verdict"] == "conformant" and results["complete"]
    assert odd == []
    assert results["observer"] == "http, socketio"
    assert {check["reason"] for check in results["checks"] if check["verdict"] == "inconclusive"} == {
        "prerequisite_failed",
        "not_triggered",
    }


def test_a_run_writes_its_files_and_says_where(demo):
    done, runs = demo
    report = next(runs.iterdir())

    assert {path.name for path in report.iterdir()} == {"run.jsonl", "results.json", *FORMATS}
    assert f"Report: reports/runs/{report.name}/report.html" in done.stdout
    assert "CONFORMANT" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if not line.startswith("plugins")) <= 80


def test_results_fit_their_published_schema(demo):
    schema = json.loads((folder("specs") / "schema" / "results.schema.json").read_text())
    results = json.loads(next(demo[1].glob("*/results.json")).read_text())

    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(results)] == []


@pytest.fixture
def reference():
    """The embedded reference on a port of its own: its URL and the observer."""
    provider = providers.load("whatsable")
    receiver = ReferenceReceiver(provider.surfaces({})[0], Secret(KEY.encode()))
    with served(receiver.app()) as base:
        yield f"{base}/hook", f"{base}/effects/{{event_id}}"
    receiver.close()


def _results(folder_):
    return json.loads((folder_ / "results.json").read_text())


def test_without_an_observer_effects_are_not_judged(tmp_path, reference):
    done = run_pytest(tmp_path, *MINE, "--target", reference[0], "--report", "run", "-k", "processes_a_retry_once")
    check = _results(tmp_path / "run")["checks"][0]

    assert done.returncode == 10
    assert (check["verdict"], check["reason"]) == ("inconclusive", "no_observer")


def test_a_dead_observer_is_no_verdict_on_the_target(tmp_path, reference):
    effects = f"http://127.0.0.1:{_free_port()}/{{event_id}}"
    run_pytest(tmp_path, *MINE, "--target", reference[0], "--effects", effects, "--report", "run", "-k", "a_retry_once")

    assert {check["verdict"] for check in _results(tmp_path / "run")["checks"]} == {"inconclusive"}


def test_a_wrong_secret_fails_with_its_likely_meaning(tmp_path, reference):
    done = run_pytest(
        tmp_path, *MINE, "--target", reference[0], "--report", "run", "-k", "rejects or kind", key="not the key"
    )
    results = _results(tmp_path / "run")
    verdicts = {check["verdict"] for check in results["checks"] if check["id"].startswith("receiver.signature")}

    assert any("Is $HOOKPROOF_SECRET the secret of this endpoint?" in fact["text"] for fact in results["facts"])
    assert done.returncode == 10 and results["verdict"] == "undecided"
    assert verdicts == {"inconclusive"}
    assert "not the key" not in (tmp_path / "run" / "run.jsonl").read_text()


def test_no_secret_and_no_signature_in_any_file(tmp_path, reference):
    done = run_pytest(tmp_path, *MINE, "--target", reference[0], "--report", "run", "-k", "signature")
    written = done.stdout + "".join(path.read_text() for path in (tmp_path / "run").iterdir())

    assert KEY not in written
    attempts = [json.loads(line) for line in (tmp_path / "run" / "run.jsonl").read_text().splitlines()]
    genuine = [row for row in attempts if row["type"] == "attempt" and row["label"] == "genuine"]
    assert genuine and all(["x-webhook-signature", "<signature>"] in row["request"]["headers"] for row in genuine)


def _started(cwd, reference, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *MINE, "--target", reference[0], "--effects", reference[1], "--report", "run"],
        cwd=cwd,
        env=_environment(HOOKPROOF_SECRET=KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    journal = cwd / "run" / "run.jsonl"
    end = time.monotonic() + 30
    while time.monotonic() < end and (not journal.exists() or journal.read_text().count('"type": "check"') < 20):
        time.sleep(0.02)
    return process


def test_a_killed_run_still_gives_a_report(tmp_path, reference):
    process = _started(tmp_path, reference)
    process.kill()
    process.communicate()
    done = subprocess.run(
        [sys.executable, "-m", "hookproof.cli", "report", "run/run.jsonl"],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    results = _results(tmp_path / "run")

    assert done.returncode == 0, done.stderr
    assert not results["complete"] and len(results["checks"]) >= 20
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.jsonl", "results.json", *FORMATS}
    assert "incomplete" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_run_reports_what_it_has_and_exits_2(tmp_path, reference, number):
    process = _started(tmp_path, reference)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)

    assert process.returncode == 2, out
    assert not _results(tmp_path / "run")["complete"]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.jsonl", "results.json", *FORMATS}
    assert "INCOMPLETE" in out


def test_blocking_runs_coroutines_and_passes_everything_else_on():
    class Subject:
        name = "it"

        async def double(self, number):
            return 2 * number

        async def fail(self):
            raise ValueError("no")

    background = Background()
    subject = blocking(Subject(), background)
    try:
        assert (subject.name, subject.double(4)) == ("it", 8)
        with pytest.raises(ValueError, match="no"):
            subject.fail()
    finally:
        background.stop()

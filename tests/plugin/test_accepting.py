"""`--baseline`: accepted failures do not fail a run, but stay visible; stale and unknown entries do."""

import json

import pytest
from click.testing import CliRunner

from hookproof import providers
from hookproof.cli import main
from hookproof.delivery.secret import Secret
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.serving import served
from tests.flawed.receivers.idempotency import NeverRemembers
from tests.plugin.test_plugin import KEY, MINE, run_pytest

CHOSEN = "processes_a_retry_once or rejects_part_of_the_signature"
CHECK = "receiver.idempotency.processes-a-retry-once"


def _judged(folder, receiver, *arguments):
    """Two checks against a receiver; what pytest said."""
    made = receiver(providers.load("whatsable").surfaces({})[0], Secret(KEY.encode()))
    try:
        with served(made.app()) as base:
            effects = f"{base}/effects/{{event_id}}"
            chosen = ("--target", f"{base}/hook", "--effects", effects, "--patience", "3", "-k", CHOSEN)
            return run_pytest(folder, *MINE, *chosen, *arguments)
    finally:
        made.close()


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The baseline that `hookproof baseline` makes of a run with a failure."""
    folder = tmp_path_factory.mktemp("first")
    first = _judged(folder, NeverRemembers, "--report", "run")
    made = CliRunner().invoke(main, ["baseline", str(folder / "run"), "--reason", "a ticket"])
    (folder / "known.json").write_text(made.output)
    assert first.returncode == 1, first.stdout
    return folder / "known.json"


def test_accepted_failures_do_not_fail_the_run_but_are_said(tmp_path, known):
    done = _judged(tmp_path, NeverRemembers, "--report", "run", "--baseline", str(known))
    results = json.loads((tmp_path / "run" / "results.json").read_text())

    assert done.returncode == 0, done.stdout
    assert "Accepted failures" in done.stdout and "a ticket" in done.stdout and "Fix these first" not in done.stdout
    assert results["verdict"] == "nonconformant" and results["stale"] == []


def test_an_entry_that_is_met_again_fails_the_run_by_name(tmp_path, known):
    done = _judged(tmp_path, ReferenceReceiver, "--baseline", str(known))

    assert done.returncode == 1
    assert "take these out of the baseline" in done.stdout and CHECK in done.stdout


@pytest.mark.parametrize("key, value, says", [
    ("requirement", "WHATSABLE-NONE-1", "WHATSABLE-NONE-1 is no requirement of this run"),
    ("check", "receiver.no.such-check", "is not decided by receiver.no.such-check"),
    ("subject", "waping", "is not judged for waping"),
    ("case", "never", "has no case never"),
])  # fmt: skip
def test_an_unknown_entry_is_one_line_and_exit_4(tmp_path, known, key, value, says):
    found = json.loads(known.read_text())
    found["accepted"] = [{**found["accepted"][0], key: value}]
    (tmp_path / "known.json").write_text(json.dumps(found))
    done = run_pytest(tmp_path, *MINE, "--target", "http://127.0.0.1:9/hook", "--baseline", "known.json")

    assert done.returncode == 4, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_baseline_that_is_none_is_one_line_and_exit_4(tmp_path, content):
    if content:
        (tmp_path / "known.json").write_text(content)
    done = run_pytest(tmp_path, *MINE, "--target", "http://127.0.0.1:9/hook", "--baseline", "known.json")
    complaint = [line for line in done.stderr.splitlines() if line.strip()]

    assert done.returncode == 4 and len(complaint) == 1 and "--baseline known.json: no" in complaint[0].lower()

"""The role verifier as a user runs it: correct and flawed verifiers in this process and as commands."""

import json
import shutil
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "verifiers"
LANGUAGES = {
    "verify.py": (sys.executable, "standard-webhooks"),
    "verify.js": ("node", "standard-webhooks"),
    "verify.pl": ("perl", "standard-webhooks"),
    "Verify.java": ("java", "github"),
    "verify.sh": ("sh", "github"),
}


@pytest.fixture
def judged(pytester, monkeypatch):
    """What a run says of a target, and its results."""
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parents[1]))

    def run(target, provider, *more):
        report = pytester.path / "run"
        options = ["--role", "verifier", "--target", target, "--provider", provider, "--report", str(report), "-q"]
        done = pytester.runpytest_subprocess("--pyargs", "hookproof.suites", *options, *more, timeout=300)
        found = report / "results.json"
        return done, json.loads(found.read_text()) if found.is_file() else {}

    return run


@pytest.mark.parametrize("name", LANGUAGES)
def test_an_adapter_is_short_and_correct(judged, name):
    command, provider = LANGUAGES[name]
    if not shutil.which(command):
        pytest.skip(f"{command} is not installed")
    done, results = judged(f"exec:{command} {EXAMPLES / name}", provider, "--examples", "5", "--deadline", "60")

    assert len((EXAMPLES / name).read_text().splitlines()) <= 30
    unmet = [row["id"] for row in results["requirements"] if row["verdict"] in ("fail", "warn")]
    assert (unmet, results["verdict"], done.ret) == ([], "conformant", 0)


def test_a_flawed_verifier_is_told_with_the_bug_and_a_line_to_try_again(judged):
    done, results = judged("python:tests.flawed.verifiers.signature:ComparesAsMuchAsWasSent.judge", "github")
    row = next(row for row in results["requirements"] if row["id"] == "BASE-VFY-9")

    assert done.ret == 1 and row["verdict"] == "fail"
    assert "cut-signature/first half" in row["message"] and "a short signature can be guessed" in row["message"]


@pytest.mark.parametrize(
    "options, says",
    [
        (["--target", "exec:cat"], "add --role verifier"),
        (["--role", "verifier", "--target", "http://127.0.0.1:9"], "say what to ask"),
        (["--role", "verifier", "--target", "exec:no-such-command"], "no such command on PATH"),
        (["--role", "verifier", "--target", "python:json:nothing"], "python:MODULE:FUNCTION"),
        (["--role", "verifier", "--role", "receiver", "--target", "exec:cat"], "test them in two runs"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(pytester, options, says):
    done = pytester.runpytest_subprocess("--pyargs", "hookproof.suites", "--provider", "github", *options, timeout=120)

    assert done.ret == 4
    assert any(says in line for line in done.errlines + done.outlines)


def test_nobody_at_a_command_is_no_verdict(judged):
    done, results = judged(f"exec:{sys.executable} -c 'import nothing_that_is_there'", "github")

    assert done.ret == 11 and not results
    assert any("nobody answers" in line and "nothing_that_is_there" in line for line in done.outlines)

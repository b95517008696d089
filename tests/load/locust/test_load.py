"""Scenario files of users: those of the first release, and what every file may leave to its docstring or the data."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.load.conftest import loose, served

ROOT = Path(__file__).parents[3]
FIRST_RELEASE = '''
"""Greeting: a scenario that was written for the first release."""

from hookproof.load import Sender, burst


class Greeting(Sender):
    __doc__ = __doc__
    arrivals = burst(20, within_s=0.5, every_s=1.0, times=2)
    acknowledged_ratio = 0.5
    retried = False
    drift = False
    weights = (("whatsable", 2),)
'''
WITHOUT_A_DOCSTRING_OF_ITS_OWN = '''
"""Farewell: the docstring of the file."""

from hookproof.load import Load, steady


class Farewell(Load):
    arrivals = steady(30, for_s=1)
    each_kind_equally = True
'''


def run(folder, text, *options):
    """The exit code, the output and the results of a run of one scenario file."""
    (folder / "scenarios.py").write_text(text)
    environment = {**os.environ, "HOOKPROOF_SECRET": "a key for our own tests", "PYTHONPATH": str(ROOT / "src")}
    with served(loose) as address:
        command = [sys.executable, "-m", "locust", "-f", str(folder / "scenarios.py"), "--quiet", "--max-lag", "9",
                   "--host", f"http://127.0.0.1:{address[1]}", "--report", str(folder / "run"), *options]  # fmt: skip
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)
    assert (folder / "run" / "results.json").is_file(), done.stdout + done.stderr
    return done.returncode, done.stdout, json.loads((folder / "run" / "results.json").read_text())["load"]


def test_a_scenario_of_the_first_release_still_runs(tmp_path):
    code, output, load = run(tmp_path, FIRST_RELEASE, "--provider", "whatsable")
    (scenario,) = load["scenarios"]

    assert (code, scenario["name"], scenario["verdict"]) == (0, "greeting", "met"), output
    assert scenario["numbers"]["acknowledged"] == scenario["numbers"]["due"] == 40
    assert "written for the first release" in json.dumps(scenario)


def test_the_docstring_of_a_file_is_that_of_its_scenario(tmp_path):
    code, output, load = run(tmp_path, WITHOUT_A_DOCSTRING_OF_ITS_OWN, "--provider", "pingback", "--provider", "waping")
    (scenario,) = load["scenarios"]

    assert (code, scenario["name"], scenario["verdict"]) == (0, "farewell", "met"), output
    assert "the docstring of the file" in json.dumps(scenario)

"""Output that ends before the run does, from outside: what is judged is what the exit code says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hookproof.stdout import Tolerant
from tests.torture.running import KEY, ROOT, SOME, correct_receiver


@pytest.fixture(scope="module")
def place():
    with correct_receiver() as found:
        yield found


@pytest.mark.parametrize(
    "output, code",
    [(">/dev/full", 13), ("2>/dev/full", 0), (">&-", 0), (">&- 2>&- <&-", 0), ("| true", 0)],
)
def test_a_run_is_judged_whoever_listens(place, tmp_path, output, code):
    command = " ".join(map("'{}'".format, [sys.executable, "-m", "pytest", *place.arguments("-q", "-k", SOME)]))
    script = f"({command}; echo $? >code) {output}" if output.startswith("|") else f"{command} {output}; echo $? >code"
    environment = {**os.environ, "HOOKPROOF_SECRET": KEY, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert (tmp_path / "code").read_text().strip() == str(code), done.stderr
    assert (tmp_path / "run" / "report.html").is_file()
    assert "Traceback" not in done.stderr + done.stdout


def test_a_reader_who_has_had_enough_is_no_loss():
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as stream:
        output = Tolerant(stream)
        for _ in range(3):
            output.write("x" * 100_000)
            output.flush()

    assert output.lost is None


def test_a_full_disk_is_one():
    with Path("/dev/full").open("w") as stream:
        output = Tolerant(stream)
        for _ in range(2):
            output.write("x")
            output.flush()

    assert output.lost

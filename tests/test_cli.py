import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hookproof.cli import main, requirement_lines


def _run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_lists_every_requirement():
    rows = [line.split("\t") for line in requirement_lines()]

    assert len({(row[0], row[1]) for row in rows}) == len(rows) > 100
    assert all(row[4] for row in rows), "each says how it is decided"
    assert _run("requirements", "--provider", "whatsable", "--role", "receiver").output.count("WHATSABLE-SIG-") >= 8


@pytest.mark.parametrize(
    "arguments, says",
    [
        (("requirements", "--provider", "nobody"), "known are"),
        (("serve", "--provider", "nobody"), "known are"),
        (("report", "nothing.jsonl"), "nothing.jsonl"),
        (("selfcheck", "NoSuchFlaw"), "NoSuchFlaw"),
    ],
)
def test_wrong_use_is_one_line(arguments, says, monkeypatch):
    monkeypatch.delenv("HOOKPROOF_SECRET", raising=False)
    done = _run(*arguments)

    assert done.exit_code not in (0, 1)
    assert says in done.output and done.output.count("\n") == 1


def test_serve_wants_the_secret(monkeypatch):
    monkeypatch.delenv("HOOKPROOF_SECRET", raising=False)

    assert "$HOOKPROOF_SECRET" in _run("serve").output


def test_a_report_is_made_from_a_journal(tmp_path):
    begin = {
        "type": "begin", "schema": "hookproof/journal/1", "version": "1", "run": "x", "started": "2026-01-01T00:00:00Z",
        "seed": 0, "command": "pytest", "target": {"url": "http://h/", "role": ["receiver"], "provider": ["whatsable"]},
        "requirements": [], "plan": [],
    }  # fmt: skip
    (tmp_path / "run.jsonl").write_text(json.dumps(begin) + "\n")
    done = _run("report", str(tmp_path / "run.jsonl"))

    assert done.exit_code == 0 and done.output.startswith("undecided, incomplete: ")
    assert (tmp_path / "report.html").is_file()


def test_the_readme_counts_what_there_is():
    readme = (Path(__file__).parents[1] / "README.md").read_text()

    assert _run("requirements", "--counts").output in readme, "put what `hookproof requirements --counts` prints there"

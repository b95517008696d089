"""Journals that the first release (0.1.0) wrote, and the results it made of them: they still become the same."""

import json
import shutil
from pathlib import Path

import pytest

from hookproof.report import FORMATS, write

JOURNALS = Path(__file__).parents[1] / "journals" / "first_release"


@pytest.mark.parametrize("name", ["checks", "load"])
def test_a_journal_of_the_first_release_becomes_the_results_it_became_then(tmp_path, name):
    shutil.copy(JOURNALS / f"{name}.jsonl", tmp_path / "run.jsonl")
    found = write(tmp_path / "run.jsonl")
    then = json.loads((JOURNALS / f"{name}.results.json").read_text("utf-8"))

    assert {key: found[key] for key in then} == then
    assert found["damaged_lines"] == 0
    assert all((tmp_path / name).stat().st_size for name in FORMATS)

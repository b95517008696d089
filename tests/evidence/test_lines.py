"""Every journal follows the schema printed from its lines: those of the first release, and what is written now."""

import json
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest

from tests.journals import load, realistic, small

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "specs" / "schema" / "journal.schema.json").read_text("utf-8"))


def misfits(text):
    """The lines that one of two validators refuses."""
    slow, fast = jsonschema.Draft202012Validator(SCHEMA), jsonschema_rs.validator_for(SCHEMA)
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if not (slow.is_valid(line) and fast.is_valid(line))]


@pytest.mark.parametrize("name", ["checks", "load"])
def test_the_first_release_wrote_lines_that_fit(name):
    text = (ROOT / "tests" / "journals" / "first_release" / f"{name}.jsonl").read_text("utf-8")

    assert text and misfits(text) == []


def test_journals_made_for_tests_fit():
    lines = [small.begin([{"id": "H-1"}]), small.attempt(1, {"size": 0, "text": ""}), small.check("a.b.c"), small.END]

    assert misfits("".join(json.dumps(line) + "\n" for line in lines)) == []
    assert misfits(realistic.text()) == []


def test_a_load_run_writes_lines_that_fit(tmp_path):
    assert misfits(load.journal(tmp_path / "run.jsonl").read_text("utf-8")) == []


@pytest.mark.parametrize(
    "change", [{"outcome": "good"}, {"id": None}, {"attempts": ["1"]}, {"type": "chek"}, {"series": [{}]}]
)
def test_a_line_that_is_not_as_it_should_be_does_not_fit(change):
    line = small.check("a.b.c") | change

    assert misfits(json.dumps(line)) == [line]

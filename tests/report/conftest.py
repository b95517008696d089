"""A whole load run, its journal's lines and its results, and what is made of other lines."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from hookproof.report import write
from tests.journals import load

SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parents[2] / "specs" / "schema" / "results.schema.json").read_text("utf-8"))
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a whole run."""
    return load.journal(tmp_path_factory.mktemp("run") / "run.jsonl").parent


@pytest.fixture(scope="module")
def lines(run):
    return [json.loads(line) for line in (run / "run.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def whole(run):
    """The results of the whole run; everything made from them is in its folder."""
    return write(run / "run.jsonl")


@pytest.fixture
def report(tmp_path):
    """Write a journal of these lines, and everything made from it; return the results, which follow their schema."""

    def make(lines, folder=tmp_path):
        folder.mkdir(exist_ok=True)
        text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
        (folder / "run.jsonl").write_text(text, "ascii")
        found = write(folder / "run.jsonl")
        SCHEMA.validate(found)
        return found

    return make


def scenario(results, name):
    return next(one for one in results["load"]["scenarios"] if one["name"] == name)

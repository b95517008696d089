"""The committed files of vectors: as they are made today, small, whole, and confirmed by a second implementation."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from docs import vectors as page

from hookproof import providers
from hookproof.folders import folder
from hookproof.vectors import making, vector_file
from hookproof.vectors.flags import FLAGS
from tests.vectors.second_opinion import opinion

FILES = sorted((Path(__file__).parents[2] / "vectors").glob("*.json"))
SCHEMA = json.loads((folder("specs") / "schema" / "vectors.schema.json").read_text())
each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def test_every_provider_that_signs_has_its_file_and_nobody_else():
    signing = {name for name in providers.names() if making.signed_surfaces(providers.load(name))}

    assert {path.stem for path in FILES} == signing


@each
def test_a_file_is_what_is_made_of_the_specs_today(path):
    assert path.read_text("utf-8") == page.text_of(path.stem), "make vectors"


@each
def test_a_file_fits_its_schema_and_is_small(path):
    raw = path.read_bytes()
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(raw))

    assert len(raw) < page.MOST_BYTES
    assert vector_file.text(vector_file.read(raw)).encode() == raw


@each
def test_a_file_says_what_it_holds(path):
    found = json.loads(path.read_bytes())
    tests = [test for group in found["groups"] for test in group["tests"]]
    flags = {flag for test in tests for flag in test["flags"]}

    assert found["count"] == len(tests) == len({test["id"] for test in tests})
    assert list(found["notes"]) == [name for name in FLAGS if name in flags]


@each
def test_there_are_many_of_each_kind(path):
    for group in json.loads(path.read_bytes())["groups"][:1]:
        results = Counter(test["result"] for test in group["tests"])
        covered = group["algorithm"] not in ("token", "bearer", "basic") and not group["place"]

        assert results["valid"] > 20 and results["invalid"] > 30
        assert not covered or len(group["tests"]) >= (150 if "{timestamp}" in group["signs"] else 100)


@each
def test_a_second_implementation_agrees(path):
    """Where a document decides; there is nothing that the two judge differently."""
    for group in json.loads(path.read_bytes())["groups"]:
        for test in group["tests"]:
            if test["result"] != "acceptable":
                assert opinion(group, test) is (test["result"] == "valid"), test["id"]


def test_what_a_lenient_reader_may_take_is_never_called_invalid():
    """The right digest without its padding, in capitals, behind another label: only who has the key can make that."""
    named = {test["id"]: test["result"] for path in FILES for test in _tests(path)}

    assert named["github/malformed-signature/another prefix"] == "acceptable"
    assert named["standard-webhooks/malformed-signature/63 digits"] == "acceptable"
    assert named["github/cut-signature/first half"] == "invalid"


def test_documents_decide_how_far_a_time_may_be_off():
    """Standard Webhooks names no tolerance: an hour beyond that of the libraries is judged, a minute is left open."""
    named = {test["id"]: test["result"] for path in FILES for test in _tests(path)}

    assert named["standard-webhooks/old-time/a minute past the tolerance"] == "acceptable"
    assert named["standard-webhooks/old-time/an hour past the tolerance"] == "invalid"


def _tests(path):
    return [test for group in json.loads(path.read_bytes())["groups"] for test in group["tests"]]


def test_the_page_shows_what_is_in_the_files():
    texts = {path.stem: path.read_text("utf-8") for path in FILES}

    assert page.PAGE.read_text("utf-8") == page.page(texts), "make vectors"

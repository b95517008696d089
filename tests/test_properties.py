"""What is generated fits the schema or does not, and is always the same: also pins what we use of schemathesis."""

import json

import jsonschema_rs
import pytest

from hookproof.plugin.properties import Generator


@pytest.fixture
def generator(maker):
    return Generator(maker, seed=3, examples=25)


def _collect(generator, valid):
    found = []
    generator.for_all(valid=valid)(found.append)
    return found


def test_valid_deliveries_fit_and_are_signed(generator, maker):
    schema = maker.surface.schema(maker.default_kind)
    fits = jsonschema_rs.validator_for(schema, validate_formats=True)
    found = _collect(generator, valid=True)

    assert len(found) > 40
    assert [error.message for one in found for error in fits.iter_errors(one.payload)] == []
    assert all(maker.signer.matches(one.body, one.signature) for one in found)
    assert len({one.event_id for one in found}) == len(found)


def test_invalid_deliveries_do_not_fit(generator, maker):
    schema = maker.surface.schema(maker.default_kind)
    fits = jsonschema_rs.validator_for(schema, validate_formats=True)
    wrong = 0
    found = _collect(generator, valid=False)
    for one in found:
        try:
            wrong += not fits.is_valid(json.loads(one.body))
        except ValueError:
            wrong += 1

    assert len(found) > 80 and wrong > 0.9 * len(found)


def test_nobody_is_sent_to_a_strangers_host(generator):
    urls = [one.body for valid in (True, False) for one in _collect(generator, valid) if b"http" in one.body]

    assert urls and all(body.count(b"http") == body.count(b"files.example.invalid") for body in urls)

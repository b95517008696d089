"""What is generated fits the schema or does not, and is always the same: also pins what we use of schemathesis."""

import json

import jsonschema_rs
import pytest

from hookproof.plugin.generated import kept
from hookproof.plugin.generated.deliveries import Generator
from hookproof.verdict import Inconclusive


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


@pytest.mark.parametrize("valid", [True, False])
def test_what_was_kept_is_what_is_made(generator, monkeypatch, tmp_path, valid):
    monkeypatch.setenv("HOOKPROOF_CACHE", str(tmp_path))
    seen = []
    for _ in range(2):
        monkeypatch.setattr(kept, "_MADE", {})
        seen.append(generator.bodies(valid=valid))

    assert seen[0] == seen[1] and any(body.drawn for body in seen[0])


def test_the_smallest_drawn_body_that_fails_is_told(generator):
    boundaries = sum(not body.drawn for body in generator.bodies(valid=True))
    usual = min(len(body.body) for body in generator.bodies(valid=True) if body.drawn)
    lengths, failed = [], []

    def refused(delivery):
        lengths.append(len(delivery.body))
        if len(lengths) > boundaries and len(delivery.body) > usual + 40:
            failed.append(len(delivery.body))
            raise AssertionError(str(failed[-1]))

    with pytest.raises(AssertionError) as failure:
        generator.for_all(valid=True)(refused)
    assert int(str(failure.value)) < max(failed)


def test_what_fails_only_once_is_no_accusation(generator):
    boundaries = sum(not body.drawn for body in generator.bodies(valid=True))
    seen = []

    def refused_once(delivery):
        seen.append(delivery)
        assert len(seen) != boundaries + 3, "not acknowledged"

    with pytest.raises(Inconclusive, match="answered differently: not acknowledged"):
        generator.for_all(valid=True)(refused_once)

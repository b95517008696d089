"""Whose delivery it seems to be: every provider's own are told, and strangers by the words that most use."""

import json

import pytest

from hookproof import providers
from hookproof.workbench.opinions.recognition import Recogniser, guessed_ids, guessed_kind, series_key
from tests.workbench.opinions.deliveries import made, stranger

SIGNED = ["github", "line", "shopify", "standard-webhooks", "whatsable", "waping"]


@pytest.fixture(scope="module")
def recogniser():
    surfaces = [surface for name in providers.names() for surface in providers.load(name).surfaces({})]
    return Recogniser(surfaces, given=False)


@pytest.mark.parametrize("name", SIGNED)
def test_whose_it_is_is_told_by_headers_and_body(recogniser, name):
    request = made(name, key=b"whsec_" + b"QUJDREVGR0hJSktM" * 2 if name == "standard-webhooks" else b"12345678901")
    found = recogniser.recognise(request)

    assert found.known.surface.provider.name == name and found.ids


@pytest.mark.parametrize("kind", ["ping", "push", "issues.opened"])
def test_the_kind_is_the_one_it_is_most_like(recogniser, kind):
    kinds = providers.load("github").surfaces({})[0].kinds("kind")
    chosen = kind if kind in kinds else kinds[0]

    assert recogniser.recognise(made("github", chosen)).kind == chosen


def test_a_kind_that_the_sender_names_otherwise_is_not_the_documented_one():
    known = Recogniser(providers.load("standard-webhooks").surfaces({}), given=True)
    other = known.recognise(
        stranger({"webhook-id": "m"}, b'{"type": "thing.made", "timestamp": "x", "data": {"id": 1}}')
    )
    none = known.recognise(stranger({"webhook-id": "m"}, b'{"entity": "thing", "timestamp": "x", "data": {"id": 1}}'))

    assert (other.kind, none.kind) == ("thing.made", "")


def test_what_is_nobodys_is_called_by_its_own_words(recogniser):
    found = recogniser.recognise(stranger({"content-type": "application/json"}))

    assert (found.known, found.kind, found.ids) == (None, "thing.made", ("e1",))


@pytest.mark.parametrize(
    ("headers", "body", "kind", "ids"),
    [
        ({"X-Acme-Event": "made", "X-Acme-Delivery": "d1"}, b"{}", "made", ("d1",)),
        ({"webhook-id": "m1"}, b'{"type": "a.b"}', "a.b", ("m1",)),
        ({}, b'{"entity": "model", "action": "created", "data": {"id": 7}}', "model.created", ("7",)),
        ({}, b"[1, 2]", "", ()),
        ({}, b'{"id": true, "type": 4}', "", ()),
        ({}, b"\xff\x00", "", ()),
        ({}, b"[" * 100_000, "", ()),
        ({}, b'{"type": "' + b"x" * 9000 + b'"}', "x" * 200, ()),
    ],
)
def test_common_words_tell_kind_and_id(headers, body, kind, ids):
    request = stranger(headers, body)

    assert (guessed_kind(request), guessed_ids(request)) == (kind, ids)


def test_attempts_share_a_series_and_deliveries_do_not():
    one = stranger({"X-Event-Id": "1", "X-Time": "1"})

    assert series_key(one) == series_key(stranger({"X-Event-Id": "1", "X-Time": "2"}))
    assert series_key(one) != series_key(stranger({"X-Event-Id": "2", "X-Time": "1"}))
    assert series_key(one) != series_key(stranger({"X-Event-Id": "1"}, b"{}")) and not series_key(stranger({}, b""))


@pytest.mark.parametrize("body", [b"\x00" * 50, b"[" * 50_000, b'{"a": "\\ud800"}', json.dumps({"id": {}}).encode()])
def test_nothing_that_comes_breaks_it(recogniser, body):
    recogniser.recognise(stranger({"X-Hub-Signature-256": "sha256=", "X-GitHub-Event": "\x7f"}, body))

"""Ids and endpoints in answers whose form nobody documents."""

import json

import pytest

from hookproof.target import listings


@pytest.mark.parametrize("payload, id_", [
    ({"id": "a"}, "a"),
    ({"id": 7}, "7"),
    ({"webhook_id": "w", "name": "x"}, "w"),
    ({"success": True, "data": {"_id": "d"}}, "d"),
    ({"id": None, "webhook": {"uuid": "u"}}, "u"),
    ({"data": {"webhook": {"id": "deep"}}}, "deep"),
    ({"data": [{"id": "in a list"}]}, "in a list"),
    ({"id": True, "ok": {"id": ""}}, ""),
    ({}, ""),
    (None, ""),
    ("id", ""),
])  # fmt: skip
def test_the_id_of_a_registration_is_found(payload, id_):
    assert listings.id_of(payload) == id_


@pytest.mark.parametrize("listing, found", [
    ([{"url": "http://a", "on": 1}, {"url": "http://b", "on": 2}], {"url": "http://b", "on": 2}),
    ({"webhooks": [{"url": "http://b"}]}, {"url": "http://b"}),
    ({"data": {"items": [{"target": "http://b"}]}}, {"target": "http://b"}),
    ({"webhooks": [{"url": "http://b/"}]}, {}),
    ({"urls": ["http://b"]}, {}),
    (["http://b"], {}),
    (None, {}),
])  # fmt: skip
def test_an_endpoint_is_found_in_a_listing(listing, found):
    assert listings.entry(listings.read(json.dumps(listing).encode()), "http://b") == found


def test_what_is_no_listing_has_no_endpoint():
    assert listings.entry(listings.read(b"<ul>http://b</ul>"), "http://b") == {}


@pytest.mark.parametrize("listed, gone", [
    ({"enabled": True, "status": "active"}, False),
    ({"enabled": False}, True),
    ({"status": "Disabled"}, True),
    ({"deleted_at": "2026-11-21"}, True),
    ({"deleted_at": None, "url": "http://b"}, False),
])  # fmt: skip
def test_a_listed_endpoint_may_be_marked_as_gone(listed, gone):
    assert listings.is_gone(listed) is gone

"""What a listing of endpoints shows of one of them."""

import json

import pytest

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.listing import Listing
from hookproof.api.own_inbox import OwnInbox
from hookproof.api.registration import Registration
from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.delivery.model import Delivery
from hookproof.target.endpoints.own_endpoint import OwnEndpoint

URL = "http://127.0.0.1:9000/token"


def answer(payload, asked=None):
    delivery = Delivery(json.dumps(asked).encode(), (), method="POST", url="http://api", label="ask")
    exchange = Exchange("answered", status=200, body=json.dumps(payload).encode())
    return ApiAnswer(Attempt(1, "http://api", delivery, Manner(), exchange, Promise(10.0, frozenset(), frozenset())))


ENDPOINT = Registration(URL, OwnInbox(OwnEndpoint(URL)), answer({"id": "a", "secret": "given once"}), "a", taken=True)


@pytest.mark.parametrize("payload, shown, count, ids", [
    ([{"id": "a", "url": URL}], True, 1, {"a"}),
    ([{"id": "a", "url": URL}, {"id": "b", "url": URL}], True, 2, {"a", "b"}),
    ([{"id": "a", "url": URL, "enabled": False}], False, 0, {"a"}),
    ([{"id": "a", "url": URL + "/"}], False, 0, set()),
    (None, False, 0, set()),
])  # fmt: skip
def test_an_endpoint_is_listed_with_its_url(payload, shown, count, ids):
    listing = Listing(answer(payload))
    assert (listing.shows(ENDPOINT), listing.count(ENDPOINT), listing.ids(ENDPOINT)) == (shown, count, ids)


@pytest.mark.parametrize("payload, rewritten", [
    ([{"url": URL}], False), ([{"url": URL + "/"}], True), ([{"url": URL + "/", "raw": URL}], False), ([], False),
])  # fmt: skip
def test_a_url_in_another_spelling_is_noticed(payload, rewritten):
    assert Listing(answer(payload)).rewritten(ENDPOINT) is rewritten


def test_members_that_are_not_listed_are_left_out():
    listing = Listing(answer([{"url": URL, "name": "x", "events": ["e"]}]))
    assert listing.members(ENDPOINT, ["name", "colour"]) == {"name": "x"} and listing.events(ENDPOINT) == ["e"]
    assert Listing(answer([])).events(ENDPOINT) is None


@pytest.mark.parametrize("changed, listed, confirmed", [
    ({"url": "ftp://x"}, [], True), ({}, [{"url": "ftp://x"}], True), ({}, [{"url": URL}], False), ({}, [{}], False),
])  # fmt: skip
def test_a_change_is_confirmed_by_its_answer_or_by_the_listing(changed, listed, confirmed):
    assert Listing(answer(listed)).confirms(answer(changed, {"url": "ftp://x"})) is confirmed


@pytest.mark.parametrize("entry, names", [
    ({"url": URL, "note": "given once"}, ["note"]), ({"note": "known"}, ["note"]),
    ({"signing_secret": "whsec_0123456789"}, ["signing_secret"]), ({"signing_secret": "whsec_****"}, []),
    ({"name": "whsec_0123456789"}, []),
])  # fmt: skip
def test_a_secret_is_known_by_its_name_or_by_its_value(entry, names):
    assert Listing(answer([entry]), frozenset({"known"})).secrets(ENDPOINT) == names

"""Deliveries whose signature, or whose time, stands in the body."""

import json
from dataclasses import replace

import pytest

from hookproof.delivery.model import Delivery
from hookproof.delivery.moments import instant, written_like
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme

NOW = 1_700_000_000
PLACED = Scheme("hmac-sha256", "{/time}{/token}", "", "{digest_hex}", place="/signature", timestamp="/time")
ITEMS = Scheme("hmac-sha256", "{/id}", "", "{digest_hex}", place="/signature", items="/items/*")


def _delivery(scheme, payload):
    signer = KeyedSigner(scheme, Secret(b"key"))
    made = Delivery(json.dumps(payload).encode(), (), label="made", signer=signer, id="msg", at=NOW)
    return made.signed("genuine", genuine=True)


def _one():
    return _delivery(PLACED, {"time": str(NOW), "token": "abc", "signature": "-", "text": "free"})


def _right(delivery):
    return delivery.signer.received((), delivery.body).matches(delivery.body, delivery.signature)


def test_the_signature_stands_in_the_body_and_is_that_of_the_places():
    made = _one()

    assert made.genuine and made.well_signed and _right(made)
    assert made.payload["signature"] == made.signature and not made.headers


def test_what_is_forged_is_no_longer_right():
    made = _one()
    unsigned, foreign = made.unsigned(), made.signed("foreign", secret=b"another")

    assert not unsigned.signature and "signature" not in unsigned.payload and not unsigned.genuine
    assert not _right(foreign) and not foreign.genuine
    assert not _right(made.with_signature(made.wrong_signature, "zeros"))
    assert made.with_two_signatures("a", "b").payload["signature"] == ["a", "b"]


def test_a_new_time_stands_where_the_body_says_it():
    made = _one()
    later, told = made.signed_at(NOW + 60, "later", genuine=True), made.with_time(NOW + 60, "told")

    assert later.payload["time"] == told.payload["time"] == str(NOW + 60)
    assert _right(later) and later.genuine and later.signature != made.signature
    assert not _right(told) and told.signature == made.signature


def test_each_item_has_a_signature_of_its_own():
    made = _delivery(ITEMS, {"items": [{"id": 1, "signature": ""}, {"id": 2, "signature": ""}]})
    first, second = (item["signature"] for item in made.payload["items"])

    assert first != second and made.signature == first
    assert made.signer.matches(made.body, second, "/items/1") and not made.signer.matches(made.body, second, "/items/0")


def test_a_body_that_says_nothing_stays_as_it_is():
    made = replace(_one(), body=b"\xff no JSON")

    assert made.signature == "" and made.signed("again").body == made.body
    assert made.signed_at(NOW + 1, "later").body == made.body and made.unsigned().body == made.body


@pytest.mark.parametrize(
    "old, new", [(NOW, NOW + 1), (str(NOW), str(NOW + 1)), (NOW * 1000, (NOW + 1) * 1000),
                 ("2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z")],
)  # fmt: skip
def test_a_time_is_written_as_the_one_before(old, new):
    assert written_like(old, NOW + 1) == new and instant(str(new), "/time") == NOW + 1


def test_companions_are_right_only_beside_what_is_right():
    other = KeyedSigner(Scheme("token", "{body}", "x-token", "{secret}"), Secret(b"token"))
    signer = KeyedSigner(Scheme("hmac-sha256", "{body}", "x-signature", "{digest_hex}"), Secret(b"key"))
    made = Delivery(b"{}", (), label="made", signer=signer, companions=(other,)).signed("genuine", genuine=True)

    assert made.genuine and made.header("x-token") == b"token"
    assert made.signed_at(NOW, "again", genuine=True).header("x-token") == b"token"
    forged = [made.with_body(b"[]", "other"), made.with_signature("0", "zero"), made.signed("foreign", secret=b"x"),
              made.with_two_signatures(made.signature, "0")]  # fmt: skip
    assert all(one.header("x-token") not in (b"token", None) for one in forged)
    assert made.unsigned().header("x-token") is None
    assert made.with_signed_body(b"[]", "ours").header("x-token") == b"token"

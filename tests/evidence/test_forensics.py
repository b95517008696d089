"""Naming the bug: each known mistake is found by trying what it would accept."""

import json

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.evidence.forensics import BODY_RECIPES, body_recipes, explain_acceptance, suspects
from hookproof.providers.events import Maker
from tests.conftest import KEY


def _odd(delivery):
    text = json.dumps({**json.loads(delivery.body), "x": "ü / 1"}, indent=3, ensure_ascii=False) + "\n"
    return delivery.with_signed_body(text.encode(), "odd")


@pytest.mark.parametrize("name", [name for name in BODY_RECIPES if "byte order" not in name and "as UTF-8" not in name])
def test_a_receiver_that_rewrites_the_body_is_named(envelope, name):
    delivery = _odd(envelope.make())
    rewritten = BODY_RECIPES[name](delivery.body)
    taken = [one.mistake for one in suspects(delivery) if envelope.signer.matches(rewritten, one.delivery.signature)]

    assert len(taken) == 1 and (name in taken[0] or len(dict(body_recipes(delivery.body))) < len(BODY_RECIPES))


@pytest.mark.parametrize(
    "expects, mistake",
    [
        (lambda signer, body: "sha256=" + signer.sign(body), "the prefix sha256="),
        (lambda signer, body: signer.sign(body).upper(), "upper-case hex"),
        (lambda signer, body: signer.sign(body, secret=signer.secret.reveal() + b"\n"), "a line break at its end"),
        (lambda signer, body: signer.sign(body, secret=b""), "an empty secret"),
    ],
)
def test_a_receiver_that_expects_another_value_is_named(envelope, expects, mistake):
    delivery = envelope.make()
    value = expects(delivery.signer, delivery.body)
    taken = [one.mistake for one in suspects(delivery) if one.delivery.signature == value]

    assert len(taken) == 1 and mistake in taken[0]


def _changed(delivery, edit):
    payload = json.loads(delivery.body)
    edit(payload)
    return delivery.with_body(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(), "changed")


@pytest.mark.parametrize(
    "forge, cause",
    [
        (lambda one: one.unsigned(), "carry no signature"),
        (
            lambda one: one.with_body(json.dumps(json.loads(one.body), indent=1).encode(), "indented"),
            "re-serialised JSON",
        ),
        (lambda one: one.with_body(one.body + b" ", "longer"), "re-serialised JSON|white space"),
        (lambda one: _changed(one, lambda payload: payload.update(version="x")), "`data` member only|first 1024"),
        (lambda one: _changed(one, lambda payload: payload["data"].update(user_id="x")), "made for other bytes"),
        (lambda one: one.with_signature(one.signature + "zz", "junk"), "stops reading"),
        (lambda one: one.with_signature(one.signature[:8], "short"), "as many characters as were sent"),
        (lambda one: one.with_signature(one.signature.upper(), "upper"), "upper-case hex"),
        (lambda one: one.signed("foreign", secret=b"another"), "nobody with the secret"),
    ],
)
def test_an_accepted_forgery_is_explained(envelope, forge, cause):
    import re

    assert re.search(cause, explain_acceptance(forge(envelope.make())))


def test_digits_in_upper_case_behind_a_prefix_are_no_forgery():
    surface = providers.load("pingback").surfaces({"signatures": "platform", "surfaces": "whatsapp"})[0]
    delivery = Maker(surface, secret=Secret(KEY), run="test").make()
    shouted = "sha256=" + delivery.signature.removeprefix("sha256=").upper()

    assert explain_acceptance(delivery.with_signature(shouted, "upper")) == "it accepts upper-case hex"

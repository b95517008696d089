"""What is thought of a delivery: right is only what the key signed, and wrong says why."""

import dataclasses

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench.opinions.judging import Judge
from hookproof.workbench.opinions.recognition import Recogniser
from tests.workbench.opinions.deliveries import AT, TEXT, hexed, made, stranger

WHSEC = b"whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


def _judge(*names, keys=(TEXT,)):
    surfaces = [surface for name in names for surface in providers.load(name).surfaces({})]
    return Judge(Recogniser(surfaces, given=bool(names)), [Secret(key) for key in keys])


def _changed(request, **what):
    return dataclasses.replace(request, **what)


def _with_header(request, name, value):
    return _changed(
        request, headers=tuple((key, value if key.lower() == name else old) for key, old in request.headers)
    )


@pytest.mark.parametrize("keys", [(TEXT,), (b"the new secret", TEXT)])
def test_what_the_key_signed_is_right(keys):
    found = _judge("github", keys=keys).judge(made("github"), AT)

    assert (found.signature, found.why, found.schema) == ("right", "", "right")
    assert found.signed.header == "x-hub-signature-256" and found.signed.signs == "{body}"


def test_what_it_did_not_sign_is_wrong_and_says_why():
    request, judge = made("github"), _judge("github")
    said = judge.judge(_changed(request, body=request.body + b" "), AT)
    spaced = judge.judge(
        _with_header(request, b"x-hub-signature-256", b"sha256=" + hexed(request.body.strip() + b"\n").encode()), AT
    )

    assert said.signature == "wrong" and "the body with white space trimmed" in said.why
    assert spaced.why == "the secret is another one, or other bytes were signed"


def test_an_old_signature_is_right_and_stale():
    request = made("standard-webhooks", key=WHSEC)
    judge = _judge("standard-webhooks", keys=[WHSEC])

    assert judge.judge(request, AT + 5).signature == "right"
    assert judge.judge(request, AT + 4000).why == "signed 4000 s ago; receivers let 300 s pass"


def test_a_secret_that_spells_no_key_is_said():
    found = _judge("standard-webhooks", keys=[b"not base64!"]).judge(made("standard-webhooks", key=WHSEC), AT)

    assert (found.signature, found.why) == ("wrong", "the secret is not written as documented: base64")


def test_without_a_signature_or_a_secret_it_says_so():
    request = made("github")
    bare = _changed(request, headers=tuple(pair for pair in request.headers if b"signature" not in pair[0].lower()))

    assert _judge("github").judge(bare, AT).why == "the header x-hub-signature-256 is missing"
    assert _judge("github", keys=()).judge(request, AT).signature == "unchecked"


def test_a_header_that_comes_twice_is_wrong():
    request = made("github")
    twice = _changed(request, headers=(*request.headers, (b"X-Hub-Signature-256", b"sha256=00")))

    assert _judge("github").judge(twice, AT).why == "x-hub-signature-256 stands there 2 times"


def test_a_misfit_is_said_with_its_place():
    request = made("standard-webhooks", key=WHSEC)
    found = _judge("standard-webhooks").judge(_changed(request, body=b'{"type": 5, "timestamp": "x", "data": {}}'), AT)

    assert (
        found.schema == "wrong" and found.pointer == "/type" and found.complaint.startswith("/type: 5 is not of type")
    )


def test_what_is_no_json_is_a_misfit_and_half_a_character_can_be_written_down():
    judge, request = _judge("standard-webhooks"), made("standard-webhooks", key=WHSEC)

    assert judge.judge(_changed(request, body=b"\xff"), AT).complaint == "the body is no application/json"
    odd = judge.judge(_changed(request, body=b'{"type": "\\ud800", "timestamp": "x", "data": {}}'), AT)
    assert odd.record()["kind"].isascii()


def test_a_stranger_is_judged_by_the_usual_recipes():
    request = stranger({"X-Acme-Signature": hexed(b'{"id": "e1", "event": "thing.made"}')})

    assert _judge().judge(request, AT).why == "found by trying: hmac-sha256 of {body} in hex, in x-acme-signature"
    assert _judge(keys=[b"another one"]).judge(request, AT).signature == "unchecked"
    assert _judge().judge(stranger({}), AT).signature == "none"

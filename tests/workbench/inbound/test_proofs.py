"""Challenges: those that are documented are answered right or wrong, and nothing else is taken for one."""

import base64
import hmac
import json

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench.inbound.proofs import Prover
from hookproof.workbench.opinions.recognition import IncomingRequest
from tests.workbench.opinions.deliveries import TEXT

META = "/hook?hub.mode=subscribe&hub.verify_token=x&hub.challenge="


def _prover(**settings):
    return Prover(providers.load("pingback").surfaces(settings), [Secret(TEXT)])


def _asked(target, method="GET", body=b""):
    return IncomingRequest(method, target, (), body)


def test_a_challenge_is_answered_as_documented_or_wrong():
    right, told = _prover().answer(_asked(META + "123"), "right")
    wrong, _ = _prover().answer(_asked(META + "123"), "wrong")

    assert (right.status, right.body, wrong.body) == (200, b"123", b"not-123") and "as pingback." in told
    assert _prover().answer(_asked(META + "123"), "off") is None


def test_one_that_is_keyed_takes_the_secret():
    answer, _ = _prover(crc="x").answer(_asked("/x?crc_token=abc"), "right")
    digest = base64.b64encode(hmac.digest(TEXT, b"abc", "sha256")).decode()

    assert json.loads(answer.body) == {"response_token": f"sha256={digest}"}


@pytest.mark.parametrize(
    "target", ["/", "/?hub.challenge=1", META, META + "%0d%0aX", META + "1" * 2000, "/?" + "&" * 5000]
)
def test_what_is_none_is_left_alone(target):
    assert _prover().answer(_asked(target), "right") is None

"""What a verification request of a sender says."""

import pytest

from hookproof.target.endpoints.verification import VerificationRequest
from tests.conftest import loaded
from tests.wire.test_arrivals import arrived


def _read(name, given=None, **more):
    surface = loaded(name).surfaces(given or {})[0]
    request = VerificationRequest(arrived(0, 1, **more), surface.challenges[0], surface.parameters)
    return request.missing, request.has_the_mode, request.has_the_token, request.text


@pytest.mark.parametrize("query, found", [
    ("hub.mode=subscribe&hub.challenge=7%208&hub.verify_token=pingback_verify", ("", True, True, "7 8")),
    ("hub.mode=unsubscribe&hub.challenge=7&hub.verify_token=other", ("", False, False, "7")),
    ("hub.challenge=7", ("hub.mode, hub.verify_token", False, False, "7")),
    ("hub_mode=subscribe&hub_challenge=7", ("hub.challenge, hub.mode, hub.verify_token", False, False, "")),
    ("hub.mode=&hub.challenge=&hub.verify_token=", ("", False, False, "")),
    ("", ("hub.challenge, hub.mode, hub.verify_token", False, False, "")),
])  # fmt: skip
def test_the_parameters_of_a_challenge_by_get(query, found):
    assert _read("pingback", method="GET", target=f"/a?{query}") == found


@pytest.mark.parametrize("payload, found", [
    ({"type": "verification", "proof": "x", "token": "t"}, ("", True, True, "x")),
    ({"type": "verification", "challenge": "x", "token": "u"}, ("proof", True, False, None)),
    ({"proof": 7}, ("token, type", True, False, None)),
    ([], ("proof, token, type", True, False, None)),
])  # fmt: skip
def test_the_parameters_of_a_challenge_by_post(payload, found):
    given = {"handshake": "post", "handshake.field": "proof", "handshake.token": "t"}

    assert _read("waping", given, payload=payload) == found


def test_what_comes_by_another_method_is_no_challenge():
    assert _read("pingback", method="POST", target="/a?hub.mode=subscribe&hub.challenge=7")[3] is None

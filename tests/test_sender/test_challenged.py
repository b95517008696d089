"""What a verification request of a sender says."""

import pytest

from hookproof.platform import Place
from tests.test_arrivals import arrived

URL = "http://127.0.0.1:7/x"


def _challenged(**more):
    return Place(URL, challenges=[arrived(0, 1, **more)])


def _of_challenge(place):
    return lambda sender: (
        sender.missing_parameters(place), sender.has_the_mode(place), sender.has_the_token(place), sender.text_of(place)
    )  # fmt: skip


@pytest.mark.parametrize("query, found", [
    ("hub.mode=subscribe&hub.challenge=7%208&hub.verify_token=pingback_verify", ("", True, True, "7 8")),
    ("hub.mode=unsubscribe&hub.challenge=7&hub.verify_token=other", ("", False, False, "7")),
    ("hub.challenge=7", ("hub.mode, hub.verify_token", False, False, "7")),
    ("hub_mode=subscribe&hub_challenge=7", ("hub.challenge, hub.mode, hub.verify_token", False, False, "")),
    ("hub.mode=&hub.challenge=&hub.verify_token=", ("", False, False, "")),
    ("", ("hub.challenge, hub.mode, hub.verify_token", False, False, "")),
])  # fmt: skip
def test_the_parameters_of_a_challenge_by_get(read, query, found):
    assert read(_of_challenge(_challenged(method="GET", target=f"/a?{query}")), "pingback") == found


@pytest.mark.parametrize("payload, found", [
    ({"type": "verification", "proof": "x", "token": "t"}, ("", True, True, "x")),
    ({"type": "verification", "challenge": "x", "token": "u"}, ("proof", True, False, None)),
    ({"proof": 7}, ("token, type", True, False, None)),
    ([], ("proof, token, type", True, False, None)),
])  # fmt: skip
def test_the_parameters_of_a_challenge_by_post(read, payload, found):
    given = {"handshake": "post", "handshake.field": "proof", "handshake.token": "t"}

    assert read(_of_challenge(_challenged(payload=payload)), "waping", given=given) == found

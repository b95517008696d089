"""The reference receiver takes what is signed in any documented way, refuses every forgery, and answers challenges."""

import asyncio
import base64

import pytest

from hookproof import cases, providers, settings
from hookproof.delivery.secret import Secret
from hookproof.providers.challenge import Challenge
from hookproof.providers.events import Maker
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from hookproof.wire.client import Endpoint, send
from tests.providers.signed_providers import GIVEN, ONE, SCHEMES, TIMED, scheme, written

FORGED = ("changed_digits", "changed_bodies", "forgeries", "other_algorithms", "parts_of_the_signature", "old_times")
GENUINE = ("odd_bytes", "tolerated_times")


def _post(url, delivery):
    return asyncio.run(send(Endpoint(url), delivery.method, delivery.headers, delivery.body, within_s=10)).status


@pytest.mark.parametrize("name", SCHEMES)
def test_what_is_genuine_is_taken_and_no_forgery_is(tmp_path, name):
    *said, secret = SCHEMES[name]
    (found,) = written(tmp_path / "scheme", *said).surfaces(GIVEN.get(name, {}))
    site = Site([(found, Secret(secret))])
    with served(site.app()) as base:
        url = f"{base}/hook"
        maker = Maker(found, secret=Secret(secret), run="test", url=url)
        made = maker.make(plain=True)
        assert made.event_ids and made.well_signed and _post(url, made) == 200
        again = made.signed_at(made.at + 2, "again", genuine=True)
        assert _post(url, again) == 200 and again.id == made.id
        taken = [(table, case) for table in GENUINE for case in cases.table(table)(maker).items()]
        assert [label for table, (label, case) in taken if _post(url, case(maker.make(plain=True))) != 200] == []
        forged = [(table, case) for table in FORGED for case in cases.table(table)(maker).items()
                  if table != "changed_bodies" or "signature" in found.features]  # fmt: skip
        made = [maker.make(plain=True) for _ in forged]
        refused = [
            (table, label) for (table, (label, case)), one in zip(forged, made, strict=True)
            if _post(url, case(one)) not in (400, 401, 403)
        ]  # fmt: skip
        assert forged and refused == []
    site.close()


SIGNED = scheme("hmac-sha256", "v0={digest_hex}", 'signs = "v0:{timestamp}:{body}"', TIMED,
                 'headers = { "x-time" = "{timestamp}" }')  # fmt: skip
CHALLENGES = {
    "an echo in one of several forms": """
method = "POST"
body   = { type = "url_verification", token = "t", challenge = "{challenge}" }
answer = ["{challenge}", "challenge={challenge}"]
expects = { "/challenge" = "{challenge}" }
mode   = "type"
""",
    "a ping": """
method  = "POST"
body    = { type = 1 }
expects = { "/type" = 1 }
""",
    "an HMAC of something deeper": """
method  = "POST"
body    = { event = "endpoint.url_validation", payload = { plainToken = "{challenge}" } }
expects = { "/plainToken" = "{challenge}", "/encryptedToken" = "{hmac_hex}" }
""",
    "an echo that must not be guessed at": """
query  = { challenge = "{challenge}" }
answer = "{challenge}"
answer_headers = { x-content-type-options = "nosniff" }
""",
    "a request without anything": """
method = "HEAD"
""",
    "a header for a header": """
method  = "OPTIONS"
headers = { webhook-request-origin = "{challenge}" }
answer_headers = { webhook-allowed-origin = "{challenge}" }
status  = [204]
""",
}


@pytest.mark.parametrize("name", CHALLENGES)
def test_challenges_are_answered_and_not_without_a_signature(tmp_path, name):
    challenge = f"\n[[surfaces.events.challenge]]{CHALLENGES[name]}"
    (found,) = written(tmp_path / "scheme", SIGNED, ONE, "", "/id", challenge).surfaces({})
    site = Site([(found, Secret(b"key"))])
    with served(site.app()) as base:
        maker = Maker(found, secret=Secret(b"key"), run="test")
        asked = Challenge(found.challenges[0], found.parameters, b"key", maker.signer)

        def ask(change=lambda delivery: delivery):
            made = change(asked.ask(f"{base}/hook", "1158201444", at=maker.now()))
            return asyncio.run(send(Endpoint(made.url), made.method, made.headers, made.body, within_s=10))

        def proved(answer):
            return asked.proves(answer.status, answer.headers, answer.body, "1158201444")

        right = ask()
        assert proved(right), right.body
        if found.challenges[0].has_body:
            wrong = [ask(lambda made: made.unsigned()), ask(lambda made: made.signed("x", secret=b"another"))]
            assert [answer.status for answer in wrong] == [400, 401]
    site.close()


def test_the_former_key_is_asked_for_where_keys_rotate(monkeypatch):
    def keys(**given):
        surfaces = tuple(providers.load("standard-webhooks").surfaces(given))
        return settings.keys("http://127.0.0.1/", "KEY", surfaces, needed=True)["standard-webhooks"]

    monkeypatch.setenv("KEY", "whsec_" + base64.b64encode(b"new").decode())
    assert keys().former is None
    with pytest.raises(settings.WrongUseError, match=r"rotation=over: put the former secret of .* in \$KEY_OLD"):
        keys(rotation="over")
    monkeypatch.setenv("KEY_OLD", "whsec_" + base64.b64encode(b"old").decode())
    assert keys(rotation="during").former is not None
    with pytest.raises(settings.WrongUseError, match=r"\$KEY_OLD is set: say --set rotation=during"):
        keys()

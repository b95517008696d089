"""What an attempt says: its signature, its request, its payload, its challenge."""

import json
import time

import pytest

from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.evidence.forensics import BODY_RECIPES, body_recipes, value_recipes
from hookproof.evidence.redact import spellings
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.series import Series
from hookproof.target.endpoints.trigger import Trigger
from hookproof.verdict import Inconclusive, Reason
from tests.conftest import KEY
from tests.sender.scripted_sender import TOKEN
from tests.wire.test_arrivals import arrived

URL = "http://127.0.0.1:7/x?a=b%20c"


def seen(sender, arrival, event=None):
    """An arrival, read by the documents of a sender."""
    return Received(arrival, sender.documented, event)


def came(delivery, **more):
    """A delivery as an inbox would have seen it."""
    known = {"headers": delivery.headers, "body": delivery.body, "payload": delivery.payload, "ids": delivery.all_ids}
    return arrived(0, 1, **known | more)


def signed_with(value, body=b"{}", name=b"X-Webhook-Signature"):
    return arrived(0, 1, body=body, headers=((name, value.encode()),) if value is not None else ())


# -- signatures


def test_a_signature_is_that_of_the_very_bytes(read):
    def look(sender):
        good = sender.documented.maker.make()
        others = [
            good.with_body(good.body + b" ", "longer"),
            good.unsigned(),
            good.signed("foreign", secret=b"another"),
        ]
        return [seen(sender, came(one)).signed for one in (good, *others)]

    assert read(look) == [True, False, False, False]


def test_any_key_that_the_platform_gave_away_may_sign(read):
    def look(sender):
        sender._platform.keys.append(Secret(b"another"))
        return seen(sender, came(sender.documented.maker.make())).signed, seen(
            sender, came(sender.documented.maker.make().signed("foreign", secret=b"another"))
        ).signed

    assert read(look) == (True, True)


@pytest.mark.parametrize("name, more, says", [
    ("whatsable", {"key": b""}, "put the endpoint's secret in $MY_SECRET"),
    ("chatapi", {}, "nothing is signed with these parameters"),
])  # fmt: skip
def test_without_a_key_or_a_scheme_there_is_no_verdict(read, name, more, says):
    def look(sender):
        with pytest.raises(Inconclusive) as stopped:
            assert seen(sender, arrived(0, 1)).signed
        return stopped.value.reason, str(stopped.value), sender.explain()

    assert read(look, name, **more) == (Reason.PREREQUISITE_FAILED, says, "")


BASE64 = {"signature.algorithm": "hmac-sha1", "signature.encoding": "base64", "signature.prefix": "v1="}


@pytest.mark.parametrize("name, given, value, well", [
    ("whatsable", {}, "0a" * 32, True),
    ("whatsable", {}, "0A" * 32, False),
    ("whatsable", {}, "0a" * 31, False),
    ("whatsable", {}, "0a" * 32 + "\n", False),
    ("whatsable", {}, "sha256=" + "0a" * 32, False),
    ("whatsable", {}, "", False),
    ("whatsable", {}, None, False),
    ("waping", BASE64, "v1=" + "A" * 27 + "=", True),
    ("waping", BASE64, "v1=" + "A-" * 13 + "A=", False),
    ("waping", BASE64, "v2=" + "A" * 27 + "=", False),
    ("waping", {"signature.algorithm": "hmac-sha512"}, "0a" * 64, True),
    ("waping", {"signature.algorithm": "none"}, None, True),
    ("waping", {"signature.algorithm": "none"}, "0a" * 32, True),
])  # fmt: skip
def test_a_signature_has_its_documented_form(read, name, given, value, well):
    header = b"x-wap-signature" if name == "waping" else b"X-Webhook-Signature"

    assert (
        read(lambda sender: seen(sender, signed_with(value, name=header)).has_a_documented_signature, name, given=given)
        is well
    )


def _explained(sender, arrival):
    sender._evidence.seen = [Series("an event", (arrival,))]
    return sender.explain()


PRETTY = json.dumps({"b": "é ", "data": {"z": "ü", "y": [1, 2]}, "a": "x" * 2000}, indent=1, ensure_ascii=False)
ODD = f" {PRETTY}\n".encode()
MARKED = b"\xef\xbb\xbf" + ODD
BROKEN = b'{"text":"\xff"}'


def test_each_mistake_about_the_signed_bytes_is_named(read):
    def look(sender):
        signer = KeyedSigner(sender._platform.surface.scheme, Secret(KEY))
        return {name: _explained(sender, signed_with(signer.sign(text), body))
                for body in (ODD, MARKED, BROKEN) for name, text in body_recipes(body)}  # fmt: skip

    found = read(look)

    assert found == {name: f"it signs {name} instead of the bytes it sends" for name in BODY_RECIPES}


def test_a_wrong_signature_is_compared_without_giving_the_right_one_away(read):
    def look(sender):
        signer = KeyedSigner(sender._platform.surface.scheme, Secret(KEY))
        right = signer.sign(ODD)
        _explained(sender, signed_with(right[:20] + "x" + right[21:], ODD))
        return right, sender.differences

    right, (found,) = read(look)

    assert found.at == 20 and found.actual.endswith(b"x" + right[21:28].encode())
    assert found.expected == right[4:28].encode() and len(right) == 64, "a few digits, not all of them"


HEX = b"6b657920206b6579"


@pytest.mark.parametrize("key, given", [(KEY, {}), (HEX, {}), (b" a key with white space \n", {}),
                                        (KEY, {"signature.encoding": "base64"})])  # fmt: skip
def test_each_mistake_about_the_value_is_named(read, key, given):
    def look(sender):
        signer = KeyedSigner(sender._platform.surface.scheme, Secret(key))
        return {name: _explained(sender, signed_with(value, name=b"X-Wap-Signature"))
                for name, value in value_recipes(signer, b"{}")}  # fmt: skip

    found = read(look, "waping", given=given, key=key)

    assert len(found) > 9 and found == {name: f"it sends {name}" for name in found}
    assert ("the secret decoded from hex" in found) is (key == HEX)
    assert ("the digest in hex" in found) is bool(given)


@pytest.mark.parametrize("write, says", [
    (lambda right: None, "the signature header is missing"),
    (lambda right: "", "the signature header is missing"),
    (lambda right: "{{signature}}", "a placeholder that nobody filled in"),
    (lambda right: "undefined", "a placeholder that nobody filled in"),
    (lambda right: f"t=1,v0={right}", "in another spelling than is documented"),
    (lambda right: right[::-1], "the secret is another one, or other bytes were signed"),
])  # fmt: skip
def test_any_other_mistake_is_described(read, write, says):
    def look(sender):
        return _explained(
            sender, signed_with(write(KeyedSigner(sender._platform.surface.scheme, Secret(KEY)).sign(b"{}")))
        )

    assert says in read(look)


def test_good_signatures_need_no_explanation(read):
    assert read(lambda sender: _explained(sender, came(sender.documented.maker.make()))) == ""


# -- requests


@pytest.mark.parametrize("value, typed", [
    ("application/json", True),
    ("Application/JSON; charset=utf-8", True),
    ("application/json-seq", False),
    ("text/plain", False),
    (None, False),
])  # fmt: skip
def test_the_media_type_counts_without_its_parameters(read, value, typed):
    assert read(lambda sender: seen(sender, signed_with(value, name=b"content-type")).has_the_media_type) is typed


@pytest.mark.parametrize("change, there", [
    ({}, True),
    ({"target": "/x?a=b+c"}, False),
    ({"target": "/x"}, False),
    ({"method": "PUT"}, False),
    ({"headers": ((b"Host", b"127.0.0.1"),)}, False),
])  # fmt: skip
def test_a_url_is_kept_byte_for_byte(read, change, there):
    known = {"method": "POST", "target": "/x?a=b%20c", "headers": ((b"host", b"127.0.0.1:7"),)}

    assert read(lambda sender: seen(sender, arrived(0, 1, **known | change)).is_addressed_to(URL)) is there


@pytest.mark.parametrize("secret, name", [(KEY, "the signing secret"), (TOKEN.encode(), "the API's token")])
def test_a_secret_is_seen_in_every_spelling(read, secret, name):
    def look(sender):
        found = [
            seen(sender, arrived(0, 1, body=f'{{"a":"{text}"}}'.encode())).revealed_secret for text in spellings(secret)
        ]
        heads = [seen(sender, signed_with(f"a {text}", name=b"X-Any")).revealed_secret for text in spellings(secret)]
        return set(found), set(heads), seen(sender, came(sender.documented.maker.make())).revealed_secret

    assert read(look) == ({f"{name} is in the body"}, {f"{name} is in a header"}, "")


def test_an_attempt_is_timed_and_may_be_given_up(read):
    def look(sender):
        attempt = seen(sender, arrived(2.0, 3.0, outcome="abandoned"), Trigger("t", "text", "t", asked_s=1.5))
        return attempt.delay_s, attempt.given_up, attempt.open_s

    assert read(look) == (0.5, True, 1.0)


# -- payloads


def _changed(sender, kind, change, name="whatsable"):
    delivery = sender.documented.maker.make(kind)
    payload = delivery.read()
    change(payload)
    return seen(sender, came(delivery.with_payload(payload, "changed")), Trigger("t", kind, "t"))


def test_what_is_documented_fits(read):
    def look(sender):
        return [seen(sender, came(sender.documented.maker.make(kind))).misfit for kind in sender.documented.maker.kinds]

    assert set(read(look)) == set(read(look, "waping")) == set(read(look, "chatapi")) == {""}


def test_what_does_not_fit_is_said_in_few_words(read):
    def look(sender):
        lacking = _changed(sender, "text", lambda payload: payload.pop("event_id"))
        return lacking.misfit, seen(sender, arrived(0, 1, body=b"<xml/>")).misfit

    lacking, other = read(look)

    assert lacking == 'the body: "event_id" is a required property (nearest to envelope)'
    assert other == "not application/json: b'<xml/>'"


def test_a_member_is_looked_for_in_the_kinds_that_have_it(read):
    def look(sender):
        good = _changed(sender, "text", lambda payload: None)
        bad = _changed(sender, "image", lambda payload: payload["data"]["message"].pop("media"))
        stranger = seen(sender, arrived(0, 1, payload={"data": {}}))
        names = ("/data/message/media", "/data/message/media/url", "/event_id", "/data/message/content")
        assert good.misfit_at(names[0]) == stranger.misfit_at(names[0]) == ""
        return [bad.misfit_at(name) for name in names], bad

    (gone, inside, id_, content), bad = read(look)

    assert gone == f'/data/message: "media" is a required property; {bad}'
    assert (inside, id_, content) == ("", "", "")


def test_a_member_is_looked_for_in_every_item(read):
    def look(sender):
        attempt = _changed(sender, "message", lambda payload: payload["messages"][0].update(fromMe="yes"))
        return attempt.misfit_at("/messages/*/fromMe"), attempt.misfit_at("/messages/*/body")

    wrong, other = read(look, "chatapi")

    assert wrong.startswith("/messages/0/fromMe: ") and other == ""


@pytest.mark.parametrize("payload, there", [
    ({"a": [{"b": None}]}, [True, True, False, False]),
    (None, [False] * 4),
    ([], [False] * 4),
])  # fmt: skip
def test_a_member_is_there_or_not(read, payload, there):
    names = ("/a", "/a/*/b", "/a/*/c", "/b")

    assert read(lambda sender: [seen(sender, arrived(0, 1, payload=payload)).has(name) for name in names]) == there


def test_a_value_is_what_stands_there_or_nothing(read):
    arrival = arrived(0, 1, payload={"a": [{"b": 1}, {"b": 2}], "c": None})
    names = ("/a/*/b", "/a/1/b", "/c", "/d")

    assert read(lambda sender: [seen(sender, arrival).value(name) for name in names]) == [1, 2, None, None]


AN_HOUR_AGO = int(time.time()) - 3600


@pytest.mark.parametrize("value", [
    AN_HOUR_AGO,
    float(AN_HOUR_AGO),
    str(AN_HOUR_AGO),
    AN_HOUR_AGO * 1000,
    str(AN_HOUR_AGO * 1000),
    time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(AN_HOUR_AGO)),
    time.strftime("%Y-%m-%dT%H:%M:%S.123+00:00", time.gmtime(AN_HOUR_AGO)),
    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(AN_HOUR_AGO)),
    time.strftime("%Y-%m-%dT%H:%M:%S+02:00", time.gmtime(AN_HOUR_AGO + 7200)),
    time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(AN_HOUR_AGO)),
], ids=["whole", "float", "text", "ms", "ms as text", "Z", "offset of 0", "no zone", "offset", "mail"])  # fmt: skip
def test_a_time_is_read_in_its_usual_spellings(read, value):
    (away_s,) = read(lambda sender: seen(sender, arrived(0, 1, payload={"at": [value]})).seconds_from_now("/at/*"))

    assert away_s == pytest.approx(-3600, abs=1800)  # the tests before this one took their time


@pytest.mark.parametrize("value", [
    None, True, "", "soon", "2026-13-45", [], [1, 2], {}, {"seconds": 1}, "²", 10**400, "9" * 5000,
], ids=lambda value: str(value)[:20])  # fmt: skip
def test_what_is_no_time_is_left_out(read, value):
    found = read(lambda sender: seen(sender, arrived(0, 1, payload={"at": value})).seconds_from_now("/at"))

    assert found == [] or found == [float("inf")]


@pytest.mark.parametrize("name, has", [("whatsable", True), ("chatapi", True), ("waping", True)])
def test_where_a_text_stands(read, name, has):
    def look(sender):
        arrival = came(sender.documented.maker.deliver(sender.documented.maker.payload(given={"{{text}}": "Grüße 👋"})))
        return (
            seen(sender, arrival).has_a_text,
            seen(sender, arrival).carries("Grüße 👋"),
            seen(sender, arrival).carries("Grusse"),
        )

    assert read(look, name) == (has, True, False)


@pytest.mark.parametrize("url, found", [
    ("https://x.example/photo.jpg", 1), ("http://x.example", 1), (None, 0), ("/photo.jpg", 0), ("ftp://x.example/y", 0),
    (["https://x.example/"], 0),
])  # fmt: skip
def test_files_are_looked_for_where_they_are_documented(read, url, found):
    arrival = arrived(0, 1, payload={"data": {"message": {"media": {"url": url}, "content": "https://y.example/"}}})

    event = Trigger("t", "image", "t")

    assert read(lambda sender: seen(sender, arrival, event).file_urls) == [url] * found
    assert read(lambda sender: seen(sender, arrival, event).points_to_a_file)


def test_how_often_a_payload_repeats_its_text(ready):
    async def work(sender, _):
        return (await sender.trigger()).first.times_its_text_stands_there

    assert ready(work) == 3


@pytest.mark.parametrize("name, pointing, other", [
    ("whatsable", {"image", "audio", "video", "document"}, "text"), ("chatapi", {"message_image"}, "message"),
])  # fmt: skip
def test_some_kinds_point_to_a_file(read, name, pointing, other):
    def look(sender):
        events = [Trigger("t", kind, "t") for kind in sender.documented.maker.kinds]
        return {event.kind for event in events if seen(sender, arrived(0, 1), event).points_to_a_file}

    found = read(look, name)

    assert pointing <= found and other not in found and (name == "chatapi" or found == pointing)

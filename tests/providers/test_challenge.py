"""Challenges as they are sent, and what has to be answered; keyed answers against a published vector."""

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers.challenge import Challenge, replaced

URL = "http://h/api/v1/webhooks/whatsapp"


def _challenge(provider, surface, secret=b"", **given):
    given = {name.replace("_", "."): value for name, value in given.items() if name != "verify_token"} | {
        name: value for name, value in given.items() if name == "verify_token"
    }
    found = next(one for one in providers.load(provider).surfaces(given) if one.name == surface)
    signer = KeyedSigner(found.scheme, Secret(secret)) if found.scheme and secret else None
    return Challenge(found.challenges[0], found.parameters, secret, signer)


def _query(delivery):
    return parse_qsl(urlsplit(delivery.url).query, keep_blank_values=True)


def test_metas_challenge_is_a_query():
    asked = _challenge("pingback", "whatsapp", verify_token="a &+ü").ask(URL, "123")

    assert (asked.method, asked.body, asked.header("Content-Type")) == ("GET", b"", None)
    assert _query(asked) == [("hub.mode", "subscribe"), ("hub.challenge", "123"), ("hub.verify_token", "a &+ü")]
    assert asked.url.startswith(f"{URL}?hub.mode=subscribe&hub.challenge=123&"), "dots stay dots"


def test_a_url_that_has_a_query_keeps_it():
    asked = _challenge("pingback", "whatsapp").ask(f"{URL}?key=1", "123")

    assert _query(asked)[:2] == [("key", "1"), ("hub.mode", "subscribe")]


@pytest.mark.parametrize("text, encoded", [("a+b c%25", "a%2Bb%20c%2525"), ("\udcff", "%FF"), ("é", "%C3%A9"),
                                           ("a\r\nb", "a%0D%0Ab"), ("&=#", "%26%3D%23")])  # fmt: skip
def test_any_text_comes_through(text, encoded):
    challenge = _challenge("pingback", "whatsapp")

    assert f"hub.challenge={encoded}&" in challenge.ask(URL, text).url
    assert challenge.expected(text) == text.encode(errors="surrogateescape")


def test_a_challenge_may_be_a_signed_body():
    challenge = _challenge("waping", "events", b"key", handshake="post", handshake_token="open sesame")
    asked = challenge.ask("http://h/", "grüße")

    assert (asked.method, asked.url) == ("POST", "http://h/")
    assert json.loads(asked.body) == {"type": "verification", "challenge": "grüße", "token": "open sesame"}
    assert challenge.signer.matches(asked.body, asked.signature)


def test_a_token_that_nobody_gave_is_left_out():
    post = _challenge("waping", "events", handshake="post", handshake_field="nonce", signature_algorithm="none")
    get = _challenge("waping", "events", handshake="get", signature_algorithm="none")

    assert json.loads(post.ask("http://h/", "x").body) == {"type": "verification", "nonce": "x"}
    assert _query(get.ask("http://h/", "x")) == [("challenge", "x")]


@pytest.mark.parametrize(
    "body, said",
    [
        (b'{"nonce": "x"}', b"x"),
        (b'{"nonce": "\\ud800"}', b"\xed\xa0\x80"),
        (b'{"nonce": 5}', None),
        (b'{"challenge": "x"}', None),
        (b"[]", None),
        (b"nonce", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_an_answer_says_something_at_its_place_or_nothing(body, said):
    challenge = _challenge("waping", "events", handshake="post", handshake_field="nonce", signature_algorithm="none")

    assert challenge.said(body) == said


def test_a_plain_answer_is_all_of_it():
    assert _challenge("pingback", "whatsapp").said(b" 123\n") == b" 123\n"


def test_the_keyed_answer_is_rfc_4231s():
    challenge = _challenge("pingback", "x", b"Jefe", crc="x")

    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert challenge.expected("what do ya want for nothing?") == b"sha256=" + base64.b64encode(digest)
    assert challenge.said(b'{"response_token": "sha256=x"}') == b"sha256=x"


@pytest.mark.parametrize("values, found", [((), []), (("b",), ["b"]), (("b", "c"), ["b", "c"])])
def test_members_are_replaced_in_their_place(values, found):
    pairs = [("x", "1"), ("token", "a"), ("y", "2")]

    assert replaced("token", *values)(pairs) == [("x", "1"), *(("token", value) for value in found), ("y", "2")]
    assert pairs[1] == ("token", "a")

"""Payloads written and read again: JSON in its spellings, forms, multipart."""

import email
import email.policy
import json
from urllib.parse import parse_qs

import pytest

from hookproof.delivery.encoding import COMPACT, SPELLINGS, WRITINGS, Spelling
from hookproof.providers.events import TEXTS

ODD = {"text": 'a/b é\u2028 </p> 👋 & = + % "q"', "list": [1, None, True, 1.5], "deep": {"": {}}}


@pytest.mark.parametrize("spelling", [*SPELLINGS, Spelling(escaped=True, slashes=True)], ids=str)
def test_every_spelling_says_the_same(spelling):
    assert json.loads(spelling.write(ODD)) == spelling.read(spelling.write(ODD)) == ODD
    assert (spelling.is_json, spelling.content_type) == (True, "application/json")


def test_spellings_are_different_bytes():
    assert len({spelling.write(ODD) for spelling in SPELLINGS}) == len(SPELLINGS)
    assert COMPACT.write({"a": ["ü/", 1]}) == '{"a":["ü/",1]}'.encode()
    assert Spelling(escaped=True, slashes=True).write({"a": ["ü/", 1]}) == b'{"a":["\\u00fc\\/",1]}'
    assert Spelling(", ", ": ").write({"a": [1, 2]}) == b'{"a": [1, 2]}'


def test_a_lone_surrogate_can_be_written():
    assert COMPACT.write({"a": "\ud800"}) == b'{"a":"\xed\xa0\x80"}'


def test_what_is_read_is_the_callers_own():
    body = COMPACT.write(ODD)
    COMPACT.read(body)["deep"]["x"] = 1

    assert COMPACT.read(body) == ODD


FLAT = {"subject": "Grüße & 100% + =", "empty": "", "a b": "line\r\nbreak", **TEXTS}


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_carry_texts_of_every_script(media_type):
    writing = WRITINGS[media_type]

    assert writing.read(writing.write(FLAT)) == FLAT
    assert not writing.is_json and writing.content_type.startswith(media_type)
    assert writing.read(writing.write({"number": 5})) == {"number": "5"}


def test_a_form_is_what_others_read():
    assert parse_qs(WRITINGS["application/x-www-form-urlencoded"].write(FLAT).decode(), True) == {
        name: [value] for name, value in FLAT.items()
    }


def test_multipart_is_what_others_read():
    writing = WRITINGS["multipart/form-data"]
    head = f"Content-Type: {writing.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + writing.write(FLAT), policy=email.policy.HTTP)
    found = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in
             message.iter_parts()}  # fmt: skip

    assert message.defects == []
    assert found.keys() == FLAT.keys()
    assert found["subject"].decode() == FLAT["subject"] and found["empty"] == b""


def test_multipart_that_was_cut_off_is_read_as_far_as_it_goes():
    writing = WRITINGS["multipart/form-data"]

    assert writing.read(b"") == writing.read(b"nonsense") == {}
    assert list(writing.read(writing.write({"a": "1", "b": "2"})[:-60])) == ["a"]

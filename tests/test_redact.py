import base64
import json
import urllib.parse

import pytest

from hookproof.redact import Redactor, visible

KEY = 'p@ss "word"/ü+1'.encode()


@pytest.mark.parametrize(
    "leak",
    [
        KEY.decode(),
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode(),
        urllib.parse.quote(KEY.decode(), safe=""),
        json.dumps(KEY.decode()),
        repr(KEY.decode()),
    ],
)
def test_a_secret_is_hidden_in_every_spelling(leak):
    redactor = Redactor()
    redactor.add(KEY, "$KEY")
    shown = redactor.text(f"before {leak} after")

    assert "$KEY" in shown and "word" not in shown
    assert shown.startswith("before ") and shown.endswith(" after")


def test_structures_are_redacted_everywhere():
    redactor = Redactor()
    redactor.add(b"a long secret", "$KEY")

    found = redactor.value({"a long secret": ["x a long secret", 1, None, ("a long secret",)]})

    assert "a long secret" not in json.dumps(found)


def test_signatures_are_hidden_wherever_they_come_back():
    redactor = Redactor()
    redactor.add_signature("ab" * 32)

    assert redactor.text(f"sent {'ab' * 32}, not {'cd' * 32}") == f"sent <signature>, not {'cd' * 32}"


def test_signatures_are_hidden_however_they_are_spelled():
    redactor = Redactor()
    redactor.add_signature("sha256=" + "ab" * 32)

    for spelling in ("ab" * 32, "AB" * 32, "sha256=" + "AB" * 32):
        assert redactor.text(f"sent '{spelling}'") == "sent '<signature>'"


def test_a_short_secret_does_not_eat_the_text():
    redactor = Redactor()
    redactor.add(b"a")

    assert redactor.text("a banana") == "a banana"


@pytest.mark.parametrize("hostile", ["\x1b", "\x00", "\u202e", "\u200b", "\x9b", "\ud800", "\r"])
def test_nothing_that_steers_a_terminal_is_shown(hostile):
    assert visible(f"a{hostile}[2Jb") == f"a\\u{ord(hostile):04x}[2Jb"

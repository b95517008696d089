import base64
import gzip
import hashlib
import html
import json
import quopri
import time
import urllib.parse

import pytest

from hookproof.evidence.redact import Redactor, visible, without_user

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


ECHO = b'{"headers": {"x-signature": "' + b"ab" * 32 + b'", "key": "' + KEY + b'"}}'


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize(
    "wrapped",
    [
        base64.b64encode,
        base64.urlsafe_b64encode,
        lambda raw: base64.b64encode(base64.b64encode(raw)),
        lambda raw: base64.b64encode(gzip.compress(raw)),
        lambda raw: raw.hex().encode(),
        lambda raw: raw.hex().upper().encode(),
    ],
    ids=["base64", "url", "twice", "gzip", "hex", "HEX"],
)
def test_what_is_wrapped_is_found(wrapped, start):
    """Wherever in the wrapped bytes the secret begins."""
    redactor = Redactor()
    redactor.add(KEY, "$KEY")
    leak = wrapped(b"x" * start + ECHO).decode()

    shown = redactor.text(f"it says {leak}.")
    assert "$KEY" in shown and KEY.hex() not in shown.lower()


@pytest.mark.parametrize("wrapped", [base64.b64encode, lambda raw: raw.hex().encode()])
def test_a_signature_is_found_in_what_is_wrapped(wrapped):
    redactor = Redactor()
    redactor.add_signature("ab" * 32)

    assert redactor.text(wrapped(b"y" + ECHO).decode()) == "<encoded <signature>>"


@pytest.mark.parametrize(
    "leak",
    [
        urllib.parse.quote(KEY.decode(), safe="@").lower(),
        html.escape(KEY.decode()),
        "".join(f"&#{ord(character)};" for character in KEY.decode()),
        "".join(f"\\u{ord(character):04X}" for character in KEY.decode()),
        json.dumps(KEY.decode()).replace("/", "\\/"),
    ],
)
def test_escapes_hide_nothing(leak):
    redactor = Redactor()
    redactor.add(KEY, "$KEY")

    assert redactor.text(leak).strip('"') == "$KEY"


def b64(raw):
    return base64.b64encode(raw)


STACKED = {
    "base64 in a URL": lambda key: urllib.parse.quote(b64(key), safe="").encode(),
    "base64 in PHP's JSON": lambda key: b64(key).replace(b"/", b"\\/").replace(b"+", b"\\u002b"),
    "base64 in HTML": lambda key: b64(key).replace(b"/", b"&#47;").replace(b"+", b"&#x2b;"),
    "base64 in lines": lambda key: base64.encodebytes(b"p" * 45 + key),
    "base64 of gzip of base64": lambda key: b64(gzip.compress(b64(key))),
    "base64 twice, behind letters, cut off": lambda key: (b"p" * 46 + b64(b64(b"yy" + key * 3)))[:100],
    "base32": base64.b32encode,
    "hex with colons": lambda key: key.hex(":").encode(),
    "URL twice": lambda key: urllib.parse.quote(urllib.parse.quote(key, safe=""), safe="").encode(),
    "JSON in a URL": lambda key: urllib.parse.quote(json.dumps(key.decode()), safe="").encode(),
    "HTML twice": lambda key: html.escape(html.escape(key.decode())).encode(),
    "UTF-16": lambda key: key.decode().encode("utf-16"),
    "quoted-printable": lambda key: quopri.encodestring(key, quotetabs=True),
    "octal": lambda key: "".join(f"\\{byte:03o}" for byte in key).encode(),
    "Python's bytes": lambda key: repr(key).encode(),
    "upper case": lambda key: key.decode().upper().encode(),
    "taken for Latin-1": lambda key: key.decode("latin-1").encode(),
    "beside a byte that is no text": lambda key: b"\xff " + key,
    "behind much else in gzip": lambda key: gzip.compress(bytes(300_000) + key),
    "behind false beginnings of gzip": lambda key: b"\x1f\x8b\x08" * 9 + gzip.compress(key),
}


@pytest.mark.parametrize("key", [KEY, "ключ-секрет-канарейка-77".encode(), b"cnry>>>???~~~ooo///+++zzz"])
@pytest.mark.parametrize("wrapped", STACKED.values(), ids=STACKED)
def test_no_wrapping_that_we_know_keeps_a_secret(wrapped, key):
    redactor = Redactor()
    redactor.add(key, "$KEY")
    leak = wrapped(key)

    assert b"<" in (shown := redactor.raw(b"it said " + leak)) or b"$KEY" in shown
    assert leak not in shown
    text = redactor.text(leak.decode("latin-1"))
    assert "<" in text or "$KEY" in text


def test_what_cannot_be_looked_into_is_not_shown():
    redactor = Redactor()
    redactor.add(KEY, "$KEY")

    assert redactor.raw(gzip.compress(bytes(300_000))).startswith(b"<encoded data of")
    assert redactor.raw(b"\xff" + bytes(range(256)) * 20) == b"\xff" + bytes(range(256)) * 20


def test_a_secret_that_is_a_word_of_ours_leaves_our_files_whole():
    redactor = Redactor()
    redactor.add(b"not_applicable")
    said = {"verdict": "not_applicable", "text": "it said not_applicable"}

    assert redactor.value(said, {"verdict", "not_applicable"}) == {**said, "text": "it said $HOOKPROOF_SECRET"}


def test_what_is_cut_off_in_the_middle_is_still_known():
    redactor = Redactor()
    redactor.add(b"whsec_0123456789abcdef")

    assert redactor.text("it said 'whsec_0123456789'") == "it said '$HOOKPROOF_SECRET'"
    assert redactor.text("any whsec_ is fine") == "any whsec_ is fine"


@pytest.mark.parametrize("around", [b"\xff\x00", b""])
def test_bytes_are_redacted_whatever_they_are(around):
    redactor = Redactor()
    redactor.add(b"a long secret", "$KEY")

    assert redactor.raw(around + b"a long secret") == around + b"$KEY"
    assert redactor.raw(gzip.compress(b"a long secret")) == b"<compressed $KEY>"
    assert redactor.raw(gzip.compress(b"nothing")) == gzip.compress(b"nothing")


def test_users_of_urls_are_left_out():
    assert without_user("--effects 'http://me:pw@h/{event_id}' //x") == "--effects 'http://***@h/{event_id}' //x"


def test_a_large_text_takes_no_time():
    redactor = Redactor()
    for number in range(20):
        redactor.add(b"secret number %d" % number)
    began = time.process_time()
    redactor.text("QUJD" * 25_000 + "%41\\u0041&amp; " * 5_000)

    assert time.process_time() - began < 20


MADE = hashlib.sha256(b"it").hexdigest()


@pytest.mark.parametrize("kept, shown", [
    (f"sha256={MADE}", "sha256=<signature>"),
    (f"{MADE}zz", "<signature>zz"),
    (f"3a+{MADE.upper()}", "3a+<signature>"),
    (MADE[:-1], "<most of a signature>"),
    (f"{MADE[:-1]}x", "<most of a signature>x"),
    (f"x{MADE[1:]}", "x<most of a signature>"),
    (MADE[:32], MADE[:32]),
    (MADE[::-1], MADE[::-1]),
])  # fmt: skip
def test_a_signature_is_hidden_inside_a_longer_word_too(kept, shown):
    redactor = Redactor()
    redactor.add_signature(MADE)

    assert redactor.text(f"it is {kept}.") == f"it is {shown}."


def test_a_signature_is_hidden_in_another_encoding():
    redactor = Redactor()
    redactor.add_signature("sha256=" + base64.b64encode(bytes.fromhex(MADE)).decode())

    assert redactor.text(f"sha256={MADE}") == "sha256=<signature>"


def test_a_secret_escaped_twice_and_cut_off_is_hidden():
    redactor = Redactor()
    redactor.add(KEY, "$KEY")

    assert redactor.text(repr(json.dumps(KEY.decode()))[:-4]).strip("'\"") == "$KEY"


def test_values_of_a_query_are_never_shown():
    redactor = Redactor()
    redactor.add_queries("http://127.0.0.1/hook?k=abc&token=s3cr%20t-word&event={event_id}#part")

    assert redactor.text("POST /hook?k=abc&token=s3cr%20t-word") == "POST /hook?k=***&token=***"
    assert redactor.text("it says 's3cr t-word' and {event_id}") == "it says '***' and {event_id}"

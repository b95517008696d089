"""The usual recipes: each is found by trying, and none where the secret is another."""

import pytest

from hookproof.workbench.opinions.recipes import search
from tests.workbench.opinions.deliveries import TEXT, hexed, packed, stranger

BODY = b'{"id": "e1", "event": "thing.made"}'
T = "1764000000"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X-Acme-Signature": hexed(BODY)}, "hmac-sha256 of {body} in hex, in x-acme-signature"),
        ({"X-Signature": "sha1=" + hexed(BODY, "sha1")}, "hmac-sha1 of {body} in hex, in x-signature"),
        ({"X-Hmac": packed(BODY, "sha512")}, "hmac-sha512 of {body} in base64, in x-hmac"),
        (
            {"Acme-Signature": f"t={T},v1={hexed(T.encode() + b'.' + BODY)}"},
            "hmac-sha256 of {timestamp}.{body} in hex, in acme-signature",
        ),
        (
            {"X-Signature": hexed(T.encode() + b":" + BODY), "X-Request-Timestamp": T},
            "hmac-sha256 of {timestamp}:{body} in hex, in x-signature",
        ),
        (
            {
                "X-M-Signature": "v1," + packed(b"d-1." + T.encode() + b"." + BODY),
                "X-M-Delivery-Id": "d-1",
                "X-M-Timestamp": T,
            },
            "hmac-sha256 of {x-m-delivery-id}.{timestamp}.{body} in base64, in x-m-signature",
        ),
    ],
)
def test_a_recipe_is_found(headers, says):
    assert str(search(stranger(headers, BODY), TEXT)) == says


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_QUJDREVGR0hJSktMTU5PUA==", b"ABCDEFGHIJKLMNOP"),
        ("414243444546", b"ABCDEF"),
        ("QUJDREVG", b"ABCDEF"),
    ],
)
def test_a_secret_may_spell_its_key(secret, key):
    found = search(stranger({"X-Signature": hexed(BODY, key=key)}, BODY), secret.encode())

    assert found and found.key in ("base64", "hex")


def test_nothing_is_found_with_another_secret_and_much_is_not_tried_for_ever():
    hostile = " ".join(hexed(bytes([n])) for n in range(200))
    request = stranger({"X-Signature": hostile, **{f"X-{n}-Id": str(n) for n in range(50)}}, bytes(2_000_000))

    assert search(request, TEXT) is None
    assert search(stranger({"X-Signature": hexed(BODY)}, BODY), b"another secret") is None

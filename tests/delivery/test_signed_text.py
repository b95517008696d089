"""What is signed beside a body, against values that vendors print in their documents or in tests of their libraries."""

from urllib.parse import urlencode

import pytest

from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.delivery.signed_text import Stamp, body_of, params, pieces

CALL = {
    "To": "+18005551212", "Digits": "1234", "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309",
    "From": "+14158675309",
}  # fmt: skip
SUBSCRIPTION = (
    '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    '"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    '"changeFlag":"NEW","appId":54321}]'
)
ITEM = """{"notificationItems": [{"NotificationRequestItem": {"additionalData": {"hmacSignature": "x"},
  "pspReference": "7914073381342284", "merchantAccountCode": "TestMerchant",
  "merchantReference": "TestPayment-1407325143704", "amount": {"value": 1130, "currency": "EUR"},
  "eventCode": "AUTHORISATION", "success": "true"}}]}"""


def _signer(algorithm, secret, signs, value, **more):
    return KeyedSigner(Scheme(algorithm, signs, more.pop("header", "x-signature"), value, **more), Secret(secret))


def test_the_url_and_the_parameters_of_a_form():
    """Twilio, "Webhooks security", and the tests of its libraries."""
    signer = _signer("hmac-sha1", b"12345", "{url}{params}", "{digest_base64}")
    signer = signer.to("https://mycompany.com/myapp.php?foo=1&bar=2")

    assert signer.sign(urlencode(CALL).encode()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_plain_digest_of_secret_and_body():
    """HubSpot, "Validating requests", version 1."""
    signer = _signer("sha256", b"yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "{secret}{body}", "{digest_hex}")

    assert signer.sign(SUBSCRIPTION.encode()) == "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert signer.sign(SUBSCRIPTION.encode(), secret=b"another") != signer.sign(SUBSCRIPTION.encode())


def test_places_of_one_item_in_a_body():
    """Adyen, "Verify HMAC signatures", and the tests of its libraries."""
    item = "/notificationItems/0/NotificationRequestItem"
    signs = ("{/pspReference}:{/originalReference}:{/merchantAccountCode}:{/merchantReference}:"
             "{/amount/value}:{/amount/currency}:{/eventCode}:{/success}")  # fmt: skip
    signer = _signer(
        "hmac-sha256", b"44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", signs, "{digest_base64}",
        key="hex", header="", place="/additionalData/hmacSignature",
        items="/notificationItems/*/NotificationRequestItem",
    )  # fmt: skip

    assert signer.sign(ITEM.encode(), item=item) == "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="


@pytest.mark.parametrize(
    "template, expected",
    [
        ("{body}", (b"", b"")),
        ("v0:{timestamp}:{body}", (b"v0:17:", b"")),
        ("{method}{url}{body}{timestamp}", (b"POSThttps://example.org/?a={b}", b"17")),
        ("{/a/b}{/a/c}{/a/d}", (b"1true",)),
        ("{/a/none}{/no}", (b"",)),
        ("{secret}|{body}|", (b"key|", b"|")),
    ],
)
def test_pieces_around_the_body(template, expected):
    stamp = Stamp("msg", "17", "https://example.org/?a={b}", "POST")

    assert pieces(template, stamp, b'{"a": {"b": 1, "c": true, "d": null}}', b"key") == expected


def test_what_is_filled_in_is_never_a_template():
    assert pieces("{id}.{body}", Stamp("{secret}{body}"), b"", b"key") == (b"{secret}{body}.", b"")


def test_parameters_are_sorted_by_name_and_each_is_there_once():
    assert params(b"b=2&a=%C3%A9&b=1&b=2&c=") == "aéb1b2c".encode()


def test_a_body_in_any_form_says_something():
    multipart = b'--hookproof-boundary-7d1f\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'

    assert [body_of(one) for one in (b'{"a": 1}', b"a=1", multipart + b"--hookproof-boundary-7d1f--\r\n")] == [
        {"a": 1}, {"a": "1"}, {"a": "1"},
    ]  # fmt: skip
    assert body_of(b"\xff\xfe") is None

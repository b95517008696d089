"""Values of the documented form, and cases made of them, whatever a scheme's prefix and encoding."""

import base64

import pytest

from hookproof import cases
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.providers.events import Maker
from tests.conftest import KEY

FORMS = {
    "bare hex": "{digest_hex}", "led hex": "sha256={digest_hex}", "framed hex": "v1={digest_hex};",
    "bare Base64": "{digest_base64}", "led Base64": "sha256={digest_base64}",
}  # fmt: skip
ALGORITHMS = ("hmac-sha256", "hmac-sha1", "hmac-sha512")


@pytest.fixture(params=[(form, algorithm) for form in FORMS for algorithm in ALGORITHMS], ids=" ".join)
def made(request, provider):
    """A maker whose deliveries are signed in that form."""
    form, algorithm = request.param
    scheme = Scheme(algorithm, "{body}", "x-webhook-signature", FORMS[form])
    return _maker(provider, scheme, KEY)


def _maker(provider, scheme, key):
    maker = Maker(provider.surfaces({})[0], secret=Secret(key), run="test")
    maker.signers = [KeyedSigner(scheme, Secret(key))]
    return maker


def _digest(scheme, digits):
    return bytes.fromhex(digits) if scheme.hexed else base64.b64decode(digits, validate=True)


def test_a_value_is_taken_apart_and_put_together(made):
    delivery, scheme = made.make(), made.signer.scheme

    assert scheme.around(delivery.digest) == delivery.signature and len(delivery.digest) == scheme.digit_count
    assert scheme.spell(_digest(scheme, delivery.digest)) == delivery.signature
    assert delivery.wrong_signature != delivery.signature
    assert _digest(scheme, scheme.digits_of(delivery.wrong_signature)) == bytes(scheme.digest_bytes)


def test_a_changed_digit_changes_the_digest_and_nothing_around_it(made):
    scheme, delivery = made.signer.scheme, made.make()
    for name, case in cases.table("changed_digits")(made).items():
        digits = scheme.digits_of(case(delivery).signature)
        assert case(delivery).signature == scheme.around(digits), name
        assert len(digits) == len(delivery.digest), name
        assert _digest(scheme, digits) != _digest(scheme, delivery.digest), name


def test_a_part_is_a_part_of_the_digest(made):
    scheme, delivery = made.signer.scheme, made.make()
    for name, case in cases.table("parts_of_the_signature")(made).items():
        digits = scheme.digits_of(case(delivery).signature)
        assert case(delivery).signature == scheme.around(digits) and 0 < len(digits) < len(delivery.digest), name
        assert digits in delivery.digest, name


@pytest.mark.parametrize("name", ["malformed_signatures", "junk_around_the_signature", "parts_of_the_signature",
                                  "changed_digits", "other_algorithms", "other_encodings", "forgeries"])  # fmt: skip
def test_nothing_forged_is_right_under_any_form(made, name):
    for case, change in cases.table(name)(made).items():
        forged = change(made.make())
        assert not made.signer.matches(forged.body, forged.signature), case
        assert not forged.genuine and not forged.label.startswith("genuine"), case


def test_labels_count_the_digits_that_there_are(made):
    count, scheme = made.signer.scheme.digit_count, made.signer.scheme
    found = {name: case(made.make()) for name, case in cases.table("malformed_signatures")(made).items()}

    assert [found[name].label for name in ("63 digits", "65 digits")] == [
        f"with {count - 1} digits", f"with {count + 1} digits",
    ]  # fmt: skip
    assert [len(scheme.digits_of(found[name].signature)) - count for name in ("63 digits", "65 digits")] == [-1, 1]
    assert len(scheme.digits_of(found["128 digits"].signature)) == 2 * count
    assert ("another prefix" in found) is bool(scheme.lead)


def test_upper_case_is_for_hex_and_the_other_case_for_base64(made):
    hexed = made.signer.scheme.hexed

    assert ("upper case" in cases.table("other_encodings")(made)) is hexed
    assert ("letters in the other case" in cases.table("changed_digits")(made)) is not hexed


def test_a_token_is_cut_and_changed_as_a_whole(provider):
    scheme = Scheme("token", "", "x-token", "{secret}")
    maker = _maker(provider, scheme, b"a token of ours")
    assert maker.make().signature == maker.make().digest == "a token of ours"
    for name in ("parts_of_the_signature", "changed_digits", "malformed_signatures"):
        assert all(case(maker.make()).signature != "a token of ours" for case in cases.table(name)(maker).values())

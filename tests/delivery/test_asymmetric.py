"""Key pairs, against the vectors of RFC 8032 and RFC 6979."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hookproof.delivery import asymmetric
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme

SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNED = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
SCALAR = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def _signer(algorithm, secret, value="{signature_hex}", **more):
    return KeyedSigner(Scheme(algorithm, "{timestamp}{body}", "x-signature", value, **more), Secret(secret))


def test_ed25519_as_in_rfc_8032():
    signer = _signer("ed25519", SEED.encode(), key="hex")

    assert signer.sign(b"\x72") == SIGNED
    assert signer.scheme.public_text(signer.key) == PUBLIC


def test_ecdsa_as_in_rfc_6979():
    printed = encode_dss_signature(R, S)

    assert asymmetric.verifies(asymmetric.ECDSA, bytes.fromhex(SCALAR), b"sample", printed)
    assert asymmetric.verifies(
        asymmetric.ECDSA,
        bytes.fromhex(SCALAR),
        b"more",
        asymmetric.sign(asymmetric.ECDSA, bytes.fromhex(SCALAR), b"more"),
    )


def _pems():
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED))
    point = ec.derive_private_key(int(SCALAR, 16), ec.SECP256R1())
    for algorithm, key in ((asymmetric.ED25519, private), (asymmetric.ECDSA, point)):
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        yield algorithm, key.private_bytes(*form)


@pytest.mark.parametrize("algorithm, pem", list(_pems()), ids=lambda value: str(value)[:8])
def test_a_private_key_in_each_spelling(algorithm, pem):
    raw = bytes.fromhex(SEED if algorithm == asymmetric.ED25519 else SCALAR)
    spelled = (
        pem,
        raw.hex().encode(),
        base64.b64encode(raw),
        base64.b64encode(raw + bytes(32)),
        b" " + raw.hex().encode(),
    )

    assert {asymmetric.key_in(algorithm, one) for one in spelled} == {raw}


@pytest.mark.parametrize("algorithm", asymmetric.PAIRS)
@pytest.mark.parametrize("text", [b"", b"abc", b"whsec_", SEED.encode()[:-1], b"-----BEGIN PRIVATE KEY-----\nAA==\n"])
def test_what_is_no_key_is_refused(algorithm, text):
    with pytest.raises(ValueError):
        asymmetric.key_in(algorithm, text)


@pytest.mark.parametrize("algorithm", asymmetric.PAIRS)
def test_a_public_key_verifies_and_cannot_sign(algorithm):
    signer = _signer(algorithm, SEED.encode(), "v1a,{signature_base64}", key="base64", public_prefix="whpk_")
    spki = (ed25519.Ed25519PrivateKey.from_private_bytes(signer.key).public_key() if algorithm == asymmetric.ED25519
            else ec.derive_private_key(int(SEED, 16), ec.SECP256R1()).public_key())  # fmt: skip
    pem = spki.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    value = signer.sign(b"body")

    assert _signer(algorithm, pem, signer.scheme.value).matches(b"body", value)
    assert not _signer(algorithm, pem, signer.scheme.value).matches(b"bodies", value)


@pytest.mark.parametrize("algorithm", asymmetric.PAIRS)
def test_matches_only_the_documented_spelling(algorithm):
    signer = _signer(algorithm, SEED.encode(), "v1a,{signature_base64}")
    right = signer.sign(b"body")
    wrong = ["", right[4:], right + "A", right.replace("v1a", "v1"), signer.scheme.zeros, right + "\u00e9"]

    assert signer.matches(b"body", right)
    assert not any(signer.matches(b"body", value) for value in wrong)
    assert not signer.matches(b"body", signer.sign(b"body", secret=b"another secret"))

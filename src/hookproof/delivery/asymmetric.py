"""Signatures with a key pair: ed25519, and ECDSA over P-256 with SHA-256. The run's secret is the private key. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

ED25519 = "ed25519"
ECDSA = "ecdsa-p256-sha256"
PAIRS = (ED25519, ECDSA)
"""Algorithms whose receivers hold a public key."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key_in(algorithm: str, text: bytes) -> bytes:
    """The key that a text spells: 32 bytes of a private key, or a public key as DER. Raises ValueError.

    A private key is PEM, 64 hex digits, or Base64 of its 32 bytes (64 where the public key follows). A public key is
    PEM, or Base64 of its DER.
    """
    if text.lstrip().startswith(b"-----BEGIN"):
        return _pem(text)
    plain = text.strip()
    if re.fullmatch(rb"[0-9A-Fa-f]{64}", plain):
        return bytes.fromhex(plain.decode())
    raw = base64.b64decode(plain, validate=True)
    if len(raw) == 64:
        return raw[:32]
    if len(raw) != 32:
        _public(algorithm, raw)
    return raw


def _pem(text: bytes) -> bytes:
    if b"PUBLIC KEY" in text:
        found = serialization.load_pem_public_key(text)
        return found.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = serialization.load_pem_private_key(text, None)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.private_bytes_raw()
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
        return private.private_numbers().private_value.to_bytes(32, "big")
    raise ValueError("neither an ed25519 key nor one of P-256")


def seed_of(key: bytes) -> bytes:
    """32 bytes for a private key out of any bytes: themselves, or their SHA-256."""
    return key if len(key) == 32 else hashlib.sha256(key).digest()


@lru_cache(maxsize=64)
def _ed25519(seed: bytes) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=64)
def _ecdsa(seed: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1 if _beyond(seed) else
                                 int.from_bytes(seed, "big"), ec.SECP256R1())  # fmt: skip


def _beyond(seed: bytes) -> bool:
    """Whether the number is none that a private key may be."""
    return not 0 < int.from_bytes(seed, "big") < _ORDER


@lru_cache(maxsize=64)
def _public(algorithm: str, der: bytes) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey:
    """A public key from its DER. Raises ValueError."""
    wanted = ed25519.Ed25519PublicKey if algorithm == ED25519 else ec.EllipticCurvePublicKey
    try:
        found = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("neither a private nor a public key") from None
    if not isinstance(found, wanted):
        raise ValueError(f"no public key of {algorithm}")
    return found


def sign(algorithm: str, key: bytes, text: bytes) -> bytes:
    """The signature of these bytes with a private key; ECDSA's is DER, and the same for the same bytes (RFC 6979)."""
    if algorithm == ED25519:
        return _ed25519(seed_of(key)).sign(text)
    return _ecdsa(seed_of(key)).sign(text, _HASH)


def verifies(algorithm: str, key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether these bytes were signed with this private key, or with that of this public key (DER)."""
    if len(key) != 32:
        public = _public(algorithm, key)
    else:
        public = _ed25519(key).public_key() if algorithm == ED25519 else _ecdsa(key).public_key()
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, text)
        else:
            public.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def public_key(algorithm: str, key: bytes) -> bytes:
    """The public half of a private key: 32 bytes for ed25519, DER (SubjectPublicKeyInfo) for ECDSA."""
    if algorithm == ED25519:
        return _ed25519(key).public_key().public_bytes_raw()
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return _ecdsa(key).public_key().public_bytes(*form)


def _hash() -> ec.ECDSA:
    """ECDSA with SHA-256, deterministic where the library can."""
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except (TypeError, UnsupportedAlgorithm):
        return ec.ECDSA(hashes.SHA256())


_HASH = _hash()

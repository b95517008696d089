"""Signing is tested against published vectors only."""

import base64
import json
from pathlib import Path

import pytest

from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.folders import folder

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())


def _signer(algorithm, secret, signs="{body}", value="{digest_hex}"):
    return KeyedSigner(Scheme(algorithm, signs, "x-signature", value), Secret(secret.encode()))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['source'][:8]} {vector['algorithm']}")
def test_published_vectors(vector):
    signer = _signer(vector["algorithm"], vector["secret"])

    assert signer.sign(vector["body"].encode()) == vector["hex"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['source'][:8]} {vector['algorithm']}")
def test_templates_spell_the_same_digest(vector):
    encoded = base64.b64encode(bytes.fromhex(vector["hex"])).decode()
    body = vector["body"].encode()

    assert _signer(vector["algorithm"], vector["secret"], value="v1={digest_hex};").sign(body) == f"v1={vector['hex']};"
    assert _signer(vector["algorithm"], vector["secret"], value="{digest_base64}").sign(body) == encoded


@pytest.mark.parametrize(
    "path", sorted((folder("specs") / "providers").glob("*/vectors.json")), ids=lambda p: p.parent.name
)
def test_the_providers_own_vectors(path):
    from hookproof import providers

    provider = providers.load(path.parent.name)
    for vector in json.loads(path.read_text())["vectors"]:
        scheme = next(one for one in provider.surfaces({})[0].schemes if one.header == vector["header"].lower())
        signer = KeyedSigner(scheme, Secret(vector["secret"].encode()))
        signer = signer.stamped(vector.get("id", ""), vector.get("timestamp", 0))
        assert signer.header == vector["header"].lower()
        assert signer.sign(vector["body"].encode()) == vector["value"], vector["comment"]


def test_matches_takes_any_bytes():
    signer = _signer("hmac-sha256", "Jefe")
    right = signer.sign(b"body")

    assert signer.matches(b"body", right)
    assert not any(
        signer.matches(b"body", wrong) for wrong in ("", "é", b"\xff", right + "0", right[:-1], right.upper())
    )


def test_a_foreign_secret_signs_otherwise():
    signer = _signer("hmac-sha256", "Jefe")

    assert signer.sign(b"body", secret=b"") != signer.sign(b"body") == signer.sign(b"body", secret=b"Jefe")


@pytest.mark.parametrize(
    "bad",
    [
        {"algorithm": "rot13"},
        {"signs": "nothing"},
        {"signs": "{body}{body}"},
        {"signs": "v0:{moment}:{body}"},
        {"value": "sha256="},
        {"value": "{secret}"},
        {"algorithm": "token", "value": "{digest_hex}"},
    ],
)
def test_a_scheme_that_cannot_be_is_refused(bad):
    with pytest.raises(ValueError, match=r"rot13|signs m.* \{body\}|value m.* \{(digest_hex|secret)\}"):
        Scheme(**{"algorithm": "hmac-sha256", "signs": "{body}", "header": "x", "value": "{digest_hex}", **bad})


def test_a_secret_never_shows():
    signer = _signer("hmac-sha256", "hush hush hush")

    assert "hush" not in f"{signer!r} {signer.secret} {signer.secret!r}"


@pytest.mark.parametrize("value", ["{digest_hex.__class__}", "{digest_hex:999999999}", "v1={nothing}", "{"])
def test_a_template_holds_nothing_but_what_it_may(value):
    with pytest.raises(ValueError, match="value may hold"):
        Scheme("hmac-sha256", "{body}", "x-signature", value)


@pytest.mark.parametrize("value, sent", [("{secret}", "se{body}cret"), ("Bearer {secret};", "Bearer se{body}cret;")])
def test_a_token_stands_where_its_value_says(value, sent):
    signer = _signer("token", "se{body}cret", value=value)

    assert signer.sign(b"body") == signer.sign(b"another body") == sent
    assert signer.matches(b"body", sent) and not signer.matches(b"body", "se{body}cret;")

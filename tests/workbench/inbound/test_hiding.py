"""What may be shown: no secret in any wrapping, no credential, and nothing invisible."""

import base64

from hookproof.delivery.secret import Secret
from hookproof.workbench.inbound.hiding import HIDDEN, Hiding

KEY = b"a secret of our own tests"


def test_secrets_are_left_out_of_texts_bytes_and_headers():
    hiding = Hiding([Secret(KEY)])

    assert KEY.decode() not in hiding.text(f"say {KEY.decode()} twice {KEY.decode()}")
    assert base64.b64encode(KEY) not in hiding.raw(b"x " + base64.b64encode(KEY) + b" \xff")
    assert hiding.headers(((b"X-A", KEY),)) == [("X-A", "$HOOKPROOF_SECRET")]
    assert hiding.copied(f"x {KEY.decode()}\ny", "MINE") == "x $MINE\ny"


def test_credentials_are_hidden_and_signatures_are_not():
    shown = dict(
        Hiding([]).headers(
            ((b"Authorization", b"Bearer x"), (b"X-API-Key", b"k"), (b"X-Signature", b"s"), (b"Cookie", b""))
        )
    )

    assert shown == {"Authorization": HIDDEN, "X-API-Key": HIDDEN, "X-Signature": "s", "Cookie": ""}


def test_what_is_invisible_is_written_out():
    assert Hiding([]).text("a\u202eb\x1b[2Jc\x00") == "a\\u202eb\\u001b[2Jc\\u0000"

"""Deliveries as senders sign them: by a provider's own scheme, and by schemes that nobody here documents."""

import base64
import hmac

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.workbench.opinions.recognition import IncomingRequest

TEXT = b"a secret of our own tests"
AT = 1_764_000_000.0


def made(name, kind="", at=AT, key=TEXT, **settings):
    """A genuine delivery of a provider's first surface, as it comes in."""
    surface = providers.load(name).surfaces(settings)[0]
    signed = (
        Maker(surface, secret=Secret(key) if surface.scheme else None, run="t")
        .make(kind)
        .signed_at(at, "", genuine=True)
    )
    return IncomingRequest("POST", surface.path or "/", signed.headers, signed.body)


def stranger(headers, body=b'{"id": "e1", "event": "thing.made"}'):
    return IncomingRequest("POST", "/", tuple((name.encode(), value.encode()) for name, value in headers.items()), body)


def hexed(text, name="sha256", key=TEXT):
    return hmac.digest(key, text, name).hex()


def packed(text, name="sha256", key=TEXT):
    return base64.b64encode(hmac.digest(key, text, name)).decode()

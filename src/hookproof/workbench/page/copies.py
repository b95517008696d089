"""A delivery as text that sends it again: for a shell, for Python, and as a test for pytest. No secret is in any."""

from __future__ import annotations

import base64
import json

from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.delivery.model import Delivery, Seal
from hookproof.delivery.signature import KeyedSigner
from hookproof.evidence.reproduce import reproduce
from hookproof.workbench.inbound.gate import passed_on

FORMS = ("curl", "python", "pytest")


def copy(form: str, delivery: Delivery, url: str, secret_env: str) -> str:
    """The text of one form; `url` is where it goes. Its signature is made anew from the environment if we know how."""
    headers = passed_on(delivery.headers)
    made = Delivery(
        delivery.body, headers, label=delivery.label, method=delivery.method, signer=delivery.signer, seal=delivery.seal
    )
    if form == "curl":
        return _curl(made, url, secret_env)
    return _python(made, url, secret_env, test=form == "pytest")


def sealed(delivery: Delivery, signer: KeyedSigner, value: str) -> Delivery:
    """The delivery with what its signature was made by, so that a copy can make it again."""
    seal = Seal(over=delivery.body, value=value)
    return Delivery(
        delivery.body, delivery.headers, label=delivery.label, method=delivery.method, signer=signer, seal=seal
    )


def _curl(delivery: Delivery, url: str, secret_env: str) -> str:
    nothing = Promise(0, frozenset(), frozenset())
    attempt = Attempt(1, url, delivery, Manner(), Exchange("answered", request_head=_head(delivery, url)), nothing)
    return reproduce([attempt], set(), secret_env) + "\n"


def _head(delivery: Delivery, url: str) -> bytes:
    from hookproof.wire.client import Endpoint, request_head

    return request_head(Endpoint(url), delivery.method, delivery.headers, delivery.body)


def _python(delivery: Delivery, url: str, secret_env: str, *, test: bool) -> str:
    """A script, or a test, that needs the standard library alone."""
    value = delivery.seal.value if delivery.seal else ""
    lines = ["import base64", "import hmac", "import http.client", "import os", "from urllib.parse import urlsplit", ""]
    lines += [f"URL = {url!r}", f"BODY = {_literal(delivery.body)}", "HEADERS = ["]
    scheme = delivery.signer.scheme if delivery.signer and delivery.seal else None
    if scheme and scheme.covers_the_body and not scheme.keyed:
        scheme, value = None, ""  # what was sent is sent again
    for name, raw in delivery.headers:
        text = raw.decode("latin-1")
        spelled = "signature()" if value and text == value else ascii(text)
        lines.append(f"    ({name.decode('latin-1')!a}, {spelled}),")
    lines.append("]")
    signing: list[str] = []
    if scheme:
        pieces = [repr(piece) for piece in scheme.pieces(delivery.body)]
        key = _key(scheme.key, scheme.key_prefix, secret_env)
        text = "digest.hex()" if scheme.hexed else "base64.b64encode(digest).decode()"
        signing = [
            "",
            "def signature():",
            f'    """What the sender\'s key makes of the body; the secret is in ${secret_env}."""',
        ]
        if scheme.covers_the_body:
            signing += [f"    digest = hmac.digest({key}, {' + BODY + '.join(pieces)}, {scheme.hash_name!r})",
                        f"    return {scheme.lead!r} + {text} + {scheme.tail!r}"]  # fmt: skip
        else:
            signing += [f"    return {scheme.lead!r} + os.environ[{secret_env!r}] + {scheme.tail!r}"]
        signing.append("")
    sending = [
        "def send():",
        "    parts = urlsplit(URL)",
        "    kind = http.client.HTTPSConnection if parts.scheme == 'https' else http.client.HTTPConnection",
        "    connection = kind(parts.hostname, parts.port, timeout=30)",
        "    target = parts.path + ('?' + parts.query if parts.query else '') or '/'",
        f"    connection.putrequest({delivery.method!r}, target, skip_accept_encoding=True)",
        "    for name, value in [*HEADERS, ('Content-Length', str(len(BODY)))]:",
        "        connection.putheader(name, value.encode('latin-1'))",
        "    connection.endheaders(BODY)",
        "    return connection.getresponse()",
        "",
    ]
    last = (
        [
            "",
            "def test_this_delivery_is_acknowledged():",
            "    answer = send()",
            "    assert 200 <= answer.status < 300, answer.read()",
        ]
        if test
        else ["", "answer = send()", "print(answer.status, answer.read().decode('utf-8', 'replace'))"]
    )
    head = lines[:6] + signing + lines[6:] if signing else lines
    return "\n".join([*head, "", "", *sending, *last]) + "\n"


def _key(key: str, prefix: str, secret_env: str) -> str:
    cut = f".removeprefix({prefix!r})" if prefix else ""
    text = f"os.environ[{secret_env!r}]{cut}"
    return {"base64": f"base64.b64decode({text})", "hex": f"bytes.fromhex({text})"}.get(key, f"{text}.encode()")


def _literal(raw: bytes) -> str:
    """Bytes as Python writes them; as Base64 where most of them are no letters."""
    plain = sum(32 <= byte < 127 for byte in raw)
    if len(raw) < 4000 and plain * 2 >= len(raw):
        return repr(raw)
    return f"base64.b64decode({json.dumps(base64.b64encode(raw).decode())})"

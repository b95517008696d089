"""One request a line from standard input, one answer a line to standard output. Only `accepts` is about the vendor."""

import base64
import hashlib
import hmac
import json
import sys


def accepts(headers, body, secret, now):
    """Standard Webhooks: HMAC-SHA256 over id, time and body, Base64, several signatures with a blank between."""
    try:
        id_, time, listed = (headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        fresh = abs(now - int(time)) <= 300
    except (KeyError, ValueError):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{id_}.{time}.".encode() + body, hashlib.sha256)
    right = b"v1," + base64.b64encode(digest)
    return fresh and any(hmac.compare_digest(right, one.encode()) for one in listed.split(" "))


for line in sys.stdin:
    asked = json.loads(line)
    headers = {name.lower(): value for name, value in asked["headers"]}
    accepted = accepts(headers, base64.b64decode(asked["body_base64"]), asked["secret"], asked["now"])
    print(json.dumps({"id": asked["id"], "accepted": accepted}), flush=True)

"""Asks vendors' libraries about deliveries: JSON on standard input, one a line, an answer for each on standard output.

Runs in the environment of requirements.txt, where hookproof is not installed.
"""

import base64
import json
import sys
from importlib.metadata import version


def standard_webhooks(secret, headers, body, url):
    from standardwebhooks import Webhook

    Webhook(secret).verify(body, headers)


def svix(secret, headers, body, url):
    from svix.webhooks import Webhook

    Webhook(secret).verify(body, headers)


def stripe(secret, headers, body, url):
    from stripe import WebhookSignature

    assert WebhookSignature.verify_header(body.decode(), headers.get("stripe-signature", ""), secret, 300)


def slack(secret, headers, body, url):
    from slack_sdk.signature import SignatureVerifier

    assert SignatureVerifier(secret).is_valid_request(body, headers)


def line(secret, headers, body, url):
    from linebot.v3.webhook import SignatureValidator

    assert SignatureValidator(secret).validate(body.decode(), headers.get("x-line-signature", ""))


def github(secret, headers, body, url):
    from gidgethub.sansio import validate_event

    validate_event(body, signature=headers["x-hub-signature-256"], secret=secret)


def paddle(secret, headers, body, url):
    from types import SimpleNamespace

    from paddle_billing.Notifications import Secret, Verifier

    told = {"Paddle-Signature": headers.get("paddle-signature")}
    assert Verifier().verify(SimpleNamespace(headers=told, body=body), Secret(secret))


def square(secret, headers, body, url):
    from square.utils.webhooks_helper import verify_signature

    told = headers.get("x-square-hmacsha256-signature", "")
    given = {"request_body": body.decode(), "signature_header": told, "signature_key": secret, "notification_url": url}
    assert verify_signature(**given)


def twilio(secret, headers, body, url):
    from urllib.parse import parse_qsl

    from twilio.request_validator import RequestValidator

    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
    assert RequestValidator(secret).validate(url, parameters, headers.get("x-twilio-signature", ""))


LIBRARIES = {
    "standard-webhooks": ("standardwebhooks", standard_webhooks, {}),
    "svix": ("svix", svix, {}),
    "stripe": ("stripe", stripe, {}),
    "slack": ("slack-sdk", slack, {}),
    "github": ("gidgethub", github, {}),
    "gitlab": ("standardwebhooks", standard_webhooks, {"token": "signing"}),
    "line": ("line-bot-sdk", line, {}),
    "paddle": ("paddle-python-sdk", paddle, {}),
    "square": ("squareup", square, {}),
    "twilio": ("twilio", twilio, {}),
}
"""By provider: the library, the function above that asks it, and what the run is set to."""


def answer(asked):
    ask = LIBRARIES[asked["name"]][1]
    try:
        ask(asked["secret"], asked["headers"], base64.b64decode(asked["body"]), asked["url"])
    except Exception as why:  # libraries refuse by exceptions of their own, and of any kind
        return {"accepted": False, "why": f"{type(why).__name__}: {why}"[:200]}
    return {"accepted": True, "why": ""}


if __name__ == "__main__":
    if sys.argv[1:] == ["--names"]:
        print(json.dumps({
            name: {"library": f"{library} {version(library)}", "provider": name, "set": chosen}
            for name, (library, _, chosen) in LIBRARIES.items()
        }))  # fmt: skip
    else:
        for text in sys.stdin:
            print(json.dumps(answer(json.loads(text))))

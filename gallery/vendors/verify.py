"""Asks vendors' libraries about deliveries: JSON on standard input, one a line, an answer for each on standard output.

Runs in the environment of requirements.txt, where hookproof is not installed.
"""

import base64
import contextlib
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


def discord(secret, headers, body, url):
    from discord_interactions import verify_key

    assert verify_key(body, headers.get("x-signature-ed25519", ""), headers.get("x-signature-timestamp", ""), secret)


def sendgrid(secret, headers, body, url):
    from sendgrid.helpers.eventwebhook import EventWebhook

    told = (headers.get(f"x-twilio-email-event-webhook-{name}", "") for name in ("signature", "timestamp"))
    assert EventWebhook(secret).verify_signature(body.decode(), *told)


def hubspot(secret, headers, body, url):
    from hubspot.utils.signature import Signature

    given = {"signature": headers.get("x-hubspot-signature-v3", ""), "client_secret": secret,
             "request_body": body.decode(), "http_method": "POST", "http_uri": url, "signature_version": "v3",
             "timestamp": headers.get("x-hubspot-request-timestamp", "")}  # fmt: skip
    assert Signature.is_valid(**given)


def adyen(secret, headers, body, url):
    from Adyen.util import is_valid_hmac_notification

    items = [each["NotificationRequestItem"] for each in json.loads(body)["notificationItems"]]
    assert items and all(is_valid_hmac_notification(item, secret) for item in items)


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
    "discord": ("discord-interactions", discord, {}),
    "sendgrid": ("sendgrid", sendgrid, {}),
    "hubspot": ("hubspot-api-client", hubspot, {}),
    "adyen": ("adyen", adyen, {}),
}
"""By provider: the library, the function above that asks it, and what the run is set to."""


def answer(asked):
    ask = LIBRARIES[asked["name"]][1]
    try:
        with contextlib.redirect_stdout(sys.stderr):  # some print what is wrong
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

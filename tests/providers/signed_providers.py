"""Providers that sign in every way there is, each as small as it can be."""

import base64
import json

from hookproof.providers.loading import load_folder

HEAD = """
title        = "Scheme"
source       = "https://example.org/webhooks"
roles        = ["receiver"]
deadline_s   = 10.0
acknowledges = ["2xx"]
rejects      = [400, 401, 403]

[surfaces.events]
webhook = "event"
plain   = "made"
{surface}

[[surfaces.events.identity]]
{identity}

{rest}
"""
YAML = """
openapi: 3.1.0
info: {title: Scheme, version: "1"}
webhooks: {event: {post: {requestBody: {content: {%s: {schema: {}}}}}}}
"""
RULES = """
[SCHEME-SIG-1]
role   = "receiver"
level  = "MUST"
text   = "Refuses a delivery that another secret signed."
source = "Scheme, Webhooks"
checks = ["receiver.signature.rejects-another-secret"]
"""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SEED = b"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
ONE = {"id": "{{uuid}}", "type": "made", "text": "{{text}}"}
TIMED = 'timestamp = "unix"\ntolerance_s = 300\n'


def scheme(algorithm, value, *more, header="x-signature"):
    place = f'header = "{header}"\n' if header else ""
    return f'[signature]\nalgorithm = "{algorithm}"\nvalue = "{value}"\n{place}' + "\n".join(more)


# By name: the scheme, an event, what a surface says besides, the places of its ids, and the secret.
SCHEMES = {
    "url and parameters": (
        scheme("hmac-sha1", "{digest_base64}", 'signs = "{url}{params}"'),
        ONE, f'content_type = "{FORM}"', "/id", b"key",
    ),
    "url and body": (scheme("hmac-sha256", "{digest_base64}", 'signs = "{url}{body}"'), ONE, "", "/id", b"key"),
    "method, url, body, milliseconds": (
        scheme("hmac-sha256", "{digest_base64}", 'signs = "{method}{url}{body}{timestamp}"', 'timestamp = "unix.ms"',
                'tolerance_s = 300', 'headers = { "x-time" = "{timestamp}" }'),
        [ONE], "", "header:x-id", b"key",
    ),
    "a plain digest": (scheme("sha256", "{digest_hex}", 'signs = "{secret}{body}"'), [ONE], "", "header:x-id", b"key"),
    "ed25519": (
        scheme("ed25519", "{signature_hex}", 'signs = "{timestamp}{body}"', 'headers = { "x-time" = "{timestamp}" }'),
        ONE, "", "/id", SEED,
    ),
    "ecdsa": (
        scheme("ecdsa-p256-sha256", "{signature_base64}", 'signs = "{timestamp}{body}"',
                'headers = { "x-time" = "{timestamp}" }'),
        [ONE], "", "header:x-id", base64.b64encode(bytes.fromhex(SEED.decode())),
    ),
    "v1a in a list": (
        scheme("ed25519", "[v1a,{signature_base64} ]", 'signs = "{id}.{timestamp}.{body}"', TIMED,
                'key = "base64"', 'key_prefix = "whsk_"', 'public_prefix = "whpk_"',
                'headers = { "webhook-id" = "{id}", "webhook-timestamp" = "{timestamp}" }'),
        ONE, "", "header:webhook-id", b"whsk_" + base64.b64encode(bytes.fromhex(SEED.decode())),
    ),
    "iso": (
        scheme("hmac-sha256", "{digest_base64}", 'signs = "{timestamp}{body}"', 'timestamp = "iso"',
                "tolerance_s = 300",
                'headers = { "x-time" = "{timestamp}" }'),
        ONE, "", "/id", b"key",
    ),
    "the time in the body": (
        scheme("hmac-sha256", "{digest_hex}", 'timestamp = "/webhookTimestamp"', "tolerance_s = 60"),
        {**ONE, "webhookTimestamp": "{{unix.ms}}"}, "", "/id", b"key",
    ),
    "JSON in a form": (
        scheme("hmac-sha256", "v0={digest_hex}", 'signs = "v0:{timestamp}:{body}"', TIMED,
                'headers = { "x-time" = "{timestamp}" }'),
        ONE, f'content_type = "{FORM}"\ninside = "payload"', "/id", b"key",
    ),
    "in the body": (
        scheme("hmac-sha256", "{digest_hex}", 'place = "/signature/signature"', 'timestamp = "/signature/timestamp"',
                'signs = "{/signature/timestamp}{/signature/token}"', header=""),
        {"signature": {"timestamp": "{{unix.text}}", "token": "{{hex}}", "signature": "-"}, "event-data": ONE},
        "", "/event-data/id", b"key",
    ),
    "in each item": (
        scheme("hmac-sha256", "{digest_base64}", 'place = "/more/hmac"', 'items = "/items/*"',
                'signs = "{/id}:{/none}"',
                'key = "hex"', header=""),
        {"items": [{**ONE, "more": {"hmac": "-"}}, {"id": "{{uuid#2}}", "type": "made", "more": {"hmac": "-"}}]},
        "", "/id", b"00ff00ff",
    ),
    "two beside each other": (
        scheme("hmac-sha256", "sha256={digest_hex}").replace("[signature]", "[[signature]]") + "\n"
        + scheme("hmac-sha1", "sha1={digest_hex}", header="x-older").replace("[signature]", "[[signature]]"),
        ONE, "", "/id", b"key",
    ),
    "behind a proxy": (
        scheme("hmac-sha256", "{digest_hex}", 'signs = "{url}|{body}"'), ONE, "", "/id", b"key"
    ),
}  # fmt: skip
GIVEN = {"behind a proxy": {"public_url": "https://hooks.example.org/in?a=b"}}


def written(root, signature, event, surface, id_, challenge=""):
    items = 'items = "/items/*"\n' if isinstance(event, dict) and "items" in event else ""
    headers = 'headers = { "x-id" = "{{uuid}}" }\n' if id_ == "header:x-id" else ""
    (root / "events").mkdir(parents=True)
    toml = HEAD.format(surface=surface + "\n" + headers, identity=f'{items}id = ["{id_}"]', rest=signature + challenge)
    (root / "provider.toml").write_text(toml)
    (root / "openapi.yaml").write_text(YAML % (FORM if FORM in surface else JSON))
    (root / "requirements.toml").write_text(RULES)
    (root / "events" / "made.json").write_text(json.dumps({"payload": event}))
    return load_folder(root)

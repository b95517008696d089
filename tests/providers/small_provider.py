"""A provider as small as one can be with everything in it: what tests break, one thing at a time."""

import json

TOML = """
title        = "Acme"
source       = "https://example.org/webhooks"
roles        = ["receiver", "sender"]
deadline_s   = 10.0
acknowledges = ["2xx"]
rejects      = [400, 401]

[parameters.encoding]
choices = ["hex", "base64"]
default = "hex"
text    = "How the signature is written."

[parameters.channel]
example = "7"
text    = "The channel."

[signature]
algorithm = "hmac-sha256"
header    = "x-acme-signature"
value     = "sha256={digest_{encoding}}"

[platform.register]
operation = "register"
body      = { url = "{url}" }

[platform.settings]
receipts = true

[platform.modes.quiet]
receipts = false

[platform.switches]
receipts = ["read"]

[surfaces.chat]
path      = "/chat/{channel}"
needs     = ["channel"]
webhook   = "chat"
unknown   = { "/type" = "hologram" }
long_text = ["/text"]

[[surfaces.chat.identity]]
id = ["/id"]

[[surfaces.chat.challenge]]
query  = { "mode" = "subscribe", "token" = "{channel}", "challenge" = "{challenge}" }
answer = "{challenge}"
token  = "token"
mode   = "mode"

[[surfaces.chat.states]]
kinds = ["text", "read"]

[surfaces.mail]
webhook = "mail"

[[surfaces.mail.identity]]
id = ["/id"]
"""
YAML = """
openapi: 3.1.0
info: {title: Acme, version: "1"}
webhooks:
  chat: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}}}
  mail: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}}}
paths:
  /hooks: {post: {operationId: register, responses: {"201": {description: registered}}}}
"""
RULES = """
[ACME-SIG-1]
role   = "receiver"
level  = "MUST"
text   = "Refuses a delivery that another secret signed."
source = "Acme, Webhooks"
checks = ["receiver.signature.rejects-another-secret"]

[ACME-SIG-2]
role     = "receiver"
level    = "MAY"
text     = "Keeps the secret to itself."
source   = "Acme, Webhooks"
excluded = "Nobody outside can see where a secret is kept."
"""
EVENTS = {
    "text": {"payloads": {one: {"id": "evt_{{id}}", "type": "text", "text": "{{text}}"} for one in ("chat", "mail")}},
    "chat/read": {"payload": {"id": "evt_{{id}}", "type": "read", "at": "{{iso-90}}", "of": "{{channel}}"}},
}
VECTORS = {
    "vectors": [
        {
            "comment": "A.",
            "secret": "k",
            "body": "{}",
            "header": "x-acme-signature",
            "value": "sha256=00",
            "source": "The page.",
        }
    ]
}


def written(root):
    """The folder of the provider, as a newcomer would get it right."""
    (root / "events" / "chat").mkdir(parents=True)
    (root / "provider.toml").write_text(TOML)
    (root / "openapi.yaml").write_text(YAML)
    (root / "requirements.toml").write_text(RULES)
    (root / "vectors.json").write_text(json.dumps(VECTORS))
    for name, event in EVENTS.items():
        (root / "events" / f"{name}.json").write_text(json.dumps(event))
    return root

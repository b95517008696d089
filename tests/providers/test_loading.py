"""What a newcomer gets wrong in a provider's folder: each is one line that names file, key and remedy.

The lines are in complaints.toml.
"""

import os
import shutil
import tomllib
from pathlib import Path

import pytest

from hookproof import providers
from hookproof.providers import SpecError
from hookproof.providers.files import reading as files
from hookproof.providers.loading import load_folder
from tests.providers.small_provider import TOML, written

EXAMPLE_HOOKS = """
title      = "Example Hooks"
source     = "https://example.org/docs/webhooks"
deadline_s = 10.0
acknowledges = ["2xx"]
rejects    = [400, 401, 403]
roles      = ["receiver"]

[signature]
algorithm   = "hmac-sha256"
signs       = "{moment}.{body}"
header      = "x-example-signature"
value       = "t={timestamp},v1={digest_hex}"

[surfaces.chat]
webhook = "chat"

[[surfaces.chat.identity]]
id = ["/id"]

[surfaces.mail]
webhook = "mail"

[[surfaces.mail.identity]]
id = ["/id"]
"""


def write(file, text):
    """Write a file, in place of what is there."""

    def change(root):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)

    return change


def edit(file, old, new):
    """Replace what stands in a file."""

    def change(root):
        text = (root / file).read_text()
        assert text.count(old) >= 1, f"{old} is not in {file}"
        (root / file).write_text(text.replace(old, new, 1))

    return change


def both(*changes):
    return lambda root: [change(root) for change in changes]


def toml(old, new):
    return edit("provider.toml", old, new)


def rules(old, new):
    return edit("requirements.toml", old, new)


def text_event(old, new):
    return edit("events/text.json", old, new)


def rename(file, to):
    return lambda root: (root / file).rename(root / to)


def remove(file):
    return lambda root: shutil.rmtree(root / file) if (root / file).is_dir() else (root / file).unlink()


BROKEN = {
    # files and folders
    "a stray file": write("notes.md", "x"),
    "a name in capitals": rename("openapi.yaml", "OpenAPI.yaml"),
    "YAML by its other name": rename("openapi.yaml", "openapi.yml"),
    "no provider.toml": remove("provider.toml"),
    "no events": remove("events"),
    "events in a folder that no surface reads": rename("events/chat", "events/chatt"),
    "a folder in a surface's folder": write("events/chat/old/x.json", "{}"),
    "an event that is YAML": write("events/chat/late.yaml", "payload: {}"),
    "an event without its kind": write("events/chat/.json", '{"payload": {}}'),
    "a surface without events": text_event(', "mail": {"id": "evt_{{id}}", "type": "text", "text": "{{text}}"}', ""),
    "a surface that no event is for": (
        edit("events/text.json", '"payloads": {', '"use": "kind", "payloads": {"chatt": {}, ')
    ),
    "two files for one kind": write("events/chat/text.json", '{"payload": {"id": "{{id}}"}}'),
    "an empty event": write("events/chat/read.json", ""),
    "an empty provider.toml": write("provider.toml", "\n"),
    "an empty openapi.yaml": write("openapi.yaml", ""),
    "an empty requirements.toml": write("requirements.toml", ""),
    "requirements that are a comment": write("requirements.toml", "# later"),
    "an empty vectors.json": write("vectors.json", ""),
    "a link in a circle": (
        lambda root: (root / "vectors.json").unlink() or os.symlink("vectors.json", root / "vectors.json")
    ),
    "events that are elsewhere": lambda root: shutil.rmtree(root / "events") or os.symlink("/etc", root / "events"),
    # events
    "a payload without its surface": write("events/late.json", '{"payload": {"id": "{{id}}"}}'),
    "payloads in a surface's folder": write("events/chat/late.json", '{"payloads": {"chat": {}}}'),
    "neither payload nor payloads": write("events/chat/late.json", '{"use": "batch"}'),
    "an event that is a list": write("events/chat/late.json", "[]"),
    "a member of an event twice": write("events/chat/late.json", '{"payload": {"id": 1, "id": 2}}'),
    "an unknown key of an event": write("events/chat/late.json", '{"payload": {}, "usage": "batch"}'),
    "an unknown use": write("events/chat/late.json", '{"payload": {}, "use": "bulk"}'),
    "null in an event": write("events/chat/late.json", '{"payload": {}, "media": null}'),
    "an unknown placeholder in an event": text_event("{{text}}", "{{txt}}"),
    "a placeholder in single braces and capitals": text_event("{{text}}", "{{Text}}"),
    "a placeholder that is not closed": text_event("{{text}}", "{{text}"),
    "earlier than a text": text_event("{{text}}", "{{text-90}}"),
    "a second time": text_event("{{text}}", "{{iso#2}}"),
    "a file that is not there": text_event("{{text}}", "{{media.url}}"),
    "a damaged item that is nowhere": (
        write("events/chat/late.json", '{"payload": {"id": "{{id}}"}, "use": "damaged", "damaged": ["/x/0"]}')
    ),
    # provider.toml
    "no TOML": write("provider.toml", "title: Acme"),
    "a missing key": toml('title        = "Acme"', ""),
    "an unknown key": toml("deadline_s ", "deadline "),
    "an unknown key of the signature": toml("[signature]", "[signature]\ntolerance = 300"),
    "an unknown key of a surface": toml("long_text", "longtext"),
    "an unknown key of the platform": toml("[platform.register]", "[platform.registration]"),
    "an unknown table": toml("[signature]", "[signatures]"),
    "a table where a list is due": toml("[[surfaces.chat.identity]]", "[surfaces.chat.identity]"),
    "a list where a table is due": toml("[platform.register]", "[[platform.register]]"),
    "a text where a list is due": toml('roles        = ["receiver", "sender"]', 'roles = "receiver"'),
    "a number in quotation marks": toml("deadline_s   = 10.0", 'deadline_s = "10"'),
    "a date": toml('title        = "Acme"', "title = 2026-01-01"),
    "a deadline of nothing": toml("deadline_s   = 10.0", "deadline_s = 0"),
    "infinity": toml("deadline_s   = 10.0", "deadline_s = inf"),
    "an unknown role": toml('"sender"]', '"senders"]'),
    "a class of statuses that is none": toml('"2xx"', '"20x"'),
    "a status twice": toml("[400, 401]", "[400, 400]"),
    "a status that acknowledges and refuses": toml("[400, 401]", "[400, 204]"),
    "a sender without a platform": toml(TOML[TOML.index("[platform.register]") : TOML.index("[surfaces.chat]")], ""),
    "a surface in capitals": (
        toml("[surfaces.mail]", "[surfaces.Mail]\nwebhook = 'mail'\nidentity = [{id = ['/id']}]\n[surfaces.mail]")
    ),
    "a surface twice": toml("[surfaces.mail]", "[surfaces.chat]"),
    "a header in capitals": toml("x-acme-signature", "X-Acme-Signature"),
    "an unknown algorithm": toml("hmac-sha256", "hmac-sha3"),
    "an unknown placeholder in signs": toml("[signature]", '[signature]\nsigns = "v0:{moment}:{body}"'),
    "a signature in a header and in the body": toml("[signature]", '[signature]\nplace = "/signature"'),
    "a signature in no place": toml('header    = "x-acme-signature"', ""),
    "a signature in the body over the body": toml('header    = "x-acme-signature"', 'place = "/text"'),
    "a signature in a place that is not there": (
        toml('header    = "x-acme-signature"', 'place = "/signature"\nsigns = "{/id}"')
    ),
    "items of a signature in a header": toml("[signature]", '[signature]\nitems = "/events/*"'),
    "a secret under an HMAC": toml("[signature]", '[signature]\nsigns = "{secret}{body}"'),
    "a plain digest without the secret": toml("hmac-sha256", "sha256"),
    "a digest of a key pair": toml("hmac-sha256", "ed25519"),
    "a time in the body and in a header": toml(
        "[signature]",
        '[signature]\nsigns = "{timestamp}.{body}"\ntimestamp = "/id"\nheaders = { "x-time" = "{timestamp}" }',
    ),
    "an unknown key of one of several signatures": toml("[signature]", "[[signature]]\ntolerance = 3"),
    "signs without the body": toml("[signature]", '[signature]\nsigns = "v0"'),
    "an unknown placeholder in value": toml("digest_{encoding}", "digest_{coding}"),
    "a digest that is none, by a choice": toml('"base64"]', '"base32"]'),
    "a value without a digest": toml("{digest_{encoding}}", "{secret}"),
    "a token without its secret": toml('"hmac-sha256"', '"token"'),
    "a prefix that is not known": toml("sha256={", "{prefix}{"),
    "a path with an unknown placeholder": toml("/chat/{channel}", "/chat/{chanel}"),
    "a path that does not begin with a slash": toml('"/chat/{channel}"', '"chat/{channel}"'),
    "a need that the path has not": toml('needs     = ["channel"]', 'needs = ["encoding"]'),
    "a need that is no parameter": toml('needs     = ["channel"]', 'needs = ["chanel"]'),
    "a webhook that is not documented": toml('webhook   = "chat"', 'webhook = "chats"'),
    "a plain event that is not there": toml('webhook = "mail"', 'webhook = "mail"\nplain = "letter"'),
    "an escaped form": (
        both(
            toml('webhook = "mail"', 'webhook = "mail"\nescaped = true\ncontent_type = "multipart/form-data"'),
            edit(
                "openapi.yaml",
                "mail: {post: {requestBody: {content: {application/json",
                "mail: {post: {requestBody: {content: {multipart/form-data",
            ),
        )
    ),
    "a place that is no pointer": toml('["/text"]', '["text"]'),
    "a place that is nowhere": toml('["/text"]', '["/message/text"]'),
    "an identity that is nowhere": toml('id = ["/id"]', 'id = ["/event_id"]'),
    "a pattern that is none": toml('id = ["/id"]', 'id = ["/id"]\npattern = "("'),
    "a pattern without a group": toml('id = ["/id"]', 'id = ["/id"]\npattern = "evt_.*"'),
    "a state that is no kind": toml('["text", "read"]', '["text", "seen"]'),
    "a condition on an unknown parameter": toml("header    =", 'when = "signed=yes"\nheader ='),
    "a condition that cannot be chosen": toml("header    =", 'when = "encoding=hexadecimal"\nheader ='),
    "a condition that is none": toml("header    =", 'when = "encoding"\nheader ='),
    "a default that is no choice": toml('default = "hex"', 'default = "Hex"'),
    "a parameter by the name of a placeholder": (
        toml("[parameters.channel]", "[parameters.text]\ntext = 'Text.'\n[parameters.channel]")
    ),
    "a parameter in capitals": (
        toml("[parameters.channel]", "[parameters.Other]\ntext = 'Other.'\n[parameters.channel]")
    ),
    "a challenge by DELETE": toml("answer = ", 'method = "DELETE"\nanswer = '),
    "a challenge by POST with a query": toml("answer = ", 'method = "POST"\nanswer = '),
    "an unknown placeholder in a challenge": toml('"{challenge}" }', '"{nonce}" }'),
    "a challenge that asks nothing": toml('"{challenge}" }', '"5" }'),
    "an answer with a parameter": toml('answer = "{challenge}"', 'answer = "{channel}"'),
    "an expected place that is always right": toml('answer = "{challenge}"', 'expects = { "/a" = "ok" }'),
    "an unknown placeholder in an expected place": toml('answer = "{challenge}"', 'expects = { "/a" = "{chalenge}" }'),
    "a pointer to no answer": toml('answer = "{challenge}"', 'expects = { "/a" = "{challenge}" }\npointer = "/a"'),
    "an unknown placeholder in a header of an answer": (
        toml('answer = "{challenge}"', 'answer = "{challenge}"\nanswer_headers = { "x-a" = "{b}" }')
    ),
    "a payload inside JSON": toml('webhook = "mail"', 'webhook = "mail"\ninside = "payload"'),
    "a status that acknowledges and refuses on a surface": toml(
        'webhook = "mail"', 'webhook = "mail"\nrejects = [204]'
    ),
    "an unknown key of an answer": toml('webhook = "mail"', 'webhook = "mail"\nanswer = { body = "x" }'),
    "an answer that is always right": toml('answer = "{challenge}"', 'answer = "ok"'),
    "a token that is no member": toml('token  = "token"', 'token = "verify_token"'),
    "an unknown placeholder in a pointer": toml('token  = "token"', 'token = "token"\npointer = "/{field}"'),
    "a call that is not documented": toml('operation = "register"', 'operation = "registers"'),
    "an unknown placeholder in a call": toml('"{url}" }', '"{URL}" }'),
    "a placeholder beside text in a call": toml('"{url}" }', '"{url}?x=1" }'),
    "a mode that no check runs under": toml("[platform.modes.quiet]", "[platform.modes.silent]"),
    "a switch that is no setting": toml('receipts = ["read"]', 'receipt = ["read"]'),
    "a switch for an unknown kind": toml('receipts = ["read"]', 'receipts = ["seen"]'),
    "a surface that is none": toml("[platform.register]", '[platform]\nsurfaces = ["sms"]\n[platform.register]'),
    "Example Hooks": both(remove("events/chat"), write("provider.toml", EXAMPLE_HOOKS)),
    # openapi.yaml
    "a key of YAML twice": edit("openapi.yaml", "  mail:", "  chat:"),
    "an operationId twice": (
        edit("openapi.yaml", "  /hooks:", "  /more: {post: {operationId: register, responses: {}}}\n  /hooks:")
    ),
    "an operation without its id": edit("openapi.yaml", "operationId: register, ", ""),
    # requirements.toml and vectors.json
    "an id twice": rules("[ACME-SIG-2]", "[ACME-SIG-1]"),
    "an id in small letters": rules("[ACME-SIG-2]", "[acme-sig-2]"),
    "an id of the baseline": rules("[ACME-SIG-2]", "[BASE-SIG-2]"),
    "an id as a key": rules("[ACME-SIG-1]", '[ACME-SIG-1]\nid = "ACME-SIG-1"'),
    "no table": rules("[ACME-SIG-1]", "version = 1\n[ACME-SIG-1]"),
    "an unknown key of a requirement": rules("excluded", "exclude"),
    "checks and a reason": rules("excluded =", 'checks = ["receiver.signature.rejects-another-secret"]\nexcluded ='),
    "a reason that is none": rules("Nobody outside can see where a secret is kept.", "no"),
    "a check that is not there": rules("rejects-another-secret", "rejects-another-secrets"),
    "a check by its path": rules("receiver.signature.rejects-another-secret", "suites/receiver/test_signature.py"),
    "a case of a check without cases": rules("rejects-another-secret", "rejects-another-secret[base64]"),
    "a case that no event has": rules(
        "receiver.signature.rejects-another-secret", "sender.payload.has-its-documented-member[/title]"
    ),
    "a check that is a text": (
        rules('["receiver.signature.rejects-another-secret"]', '"receiver.signature.rejects-another-secret"')
    ),
    "a level of one's own": rules('"MAY"', '"OUGHT"'),
    "a role of one's own": rules('"receiver"', '"recipient"'),
    "no sentence": rules("Keeps the secret to itself.", "keeps the secret"),
    "a surface of nobody": rules("excluded", 'surfaces = ["sms"]\nexcluded'),
    "a need that is none": rules("excluded", 'needs = "signatur"\nexcluded'),
    "a condition of nobody": rules("excluded", 'when = "mode=live"\nexcluded'),
    "a vector for another header": edit("vectors.json", "x-acme-signature", "x-signature"),
    "an unknown key of a vector": edit("vectors.json", "comment", "title"),
}

COMPLAINTS = tomllib.loads((Path(__file__).parent / "complaints.toml").read_text("utf-8"))


@pytest.fixture
def root(tmp_path):
    return written(tmp_path / "acme")


def test_what_is_right_is_loaded(root):
    provider = load_folder(root)

    assert [surface.subject for surface in provider.surfaces({"surfaces": "chat"})] == ["acme.chat"]
    assert list(provider.events["chat"]) == ["read", "text"] and list(provider.events["mail"]) == ["text"]


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_one_line(root, name):
    BROKEN[name](root)

    with pytest.raises(SpecError) as refused:
        load_folder(root)
    told, expected = str(refused.value), COMPLAINTS[name]
    if expected.endswith("one of: …"):
        told, expected = told[: len(expected) - 1], expected[:-1]
    assert told == expected


def test_every_complaint_is_tried():
    assert set(COMPLAINTS) == set(BROKEN)


def test_an_event_beside_the_folders_is_the_only_surfaces(root):
    (root / "provider.toml").write_text(TOML[: TOML.index("[surfaces.mail]")])
    (root / "events" / "text.json").write_text('{"payload": {"id": "{{id}}", "type": "text", "text": "{{text}}"}}')

    assert list(load_folder(root).events["chat"]) == ["read", "text"]


def test_what_begins_with_a_dot_is_the_systems(root):
    for name in (".DS_Store", "events/.gitkeep", "events/chat/.text.json.swp"):
        (root / name).write_text("")

    assert load_folder(root)


@pytest.mark.parametrize("name", ["Acme", "acme hooks", "baseline", "acme.v2"])
def test_a_folder_that_cannot_be_a_name_is_refused(root, name):
    with pytest.raises(SpecError, match=f"{name}/: cannot be a provider's name; rename the folder"):
        load_folder(root.rename(root.parent / name))


@pytest.fixture
def specs(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "folder", lambda name: tmp_path)
    written(tmp_path / "providers" / "acme")
    return tmp_path


def test_a_folder_without_a_provider_toml_is_not_passed_over(specs):
    (specs / "providers" / "other").mkdir()

    assert providers.names() == ["acme", "other"]
    with pytest.raises(SpecError, match=r"other/provider.toml: No such file or directory; every provider needs"):
        providers.load("other")


def test_a_file_beside_the_folders_is_not_passed_over(specs):
    (specs / "providers" / "provider.toml").write_text(TOML)

    with pytest.raises(SpecError, match=r"providers/provider.toml: no file is read there; move it into the folder"):
        providers.load("acme")


def test_a_token_is_sent_as_its_value_says(root):
    text = TOML.replace('"hmac-sha256"', '"token"').replace("sha256={digest_{encoding}}", "Bearer {secret}")
    (root / "provider.toml").write_text(text)

    scheme = load_folder(root).surfaces({})[0].scheme
    assert scheme.value_for(b"open sesame", b"") == "Bearer open sesame"


def test_a_complaint_is_one_printable_line():
    text = str(SpecError("x.toml:\n\x1b[31m " + "long " * 500))

    assert text.isprintable() and len(text) == files.MAX_LINE and text.startswith("x.toml: [31m long")

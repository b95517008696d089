"""A provider that is a table and one example event: what is new for every event, and what the examples show."""

import json

import jsonschema_rs
import pytest

from hookproof import providers
from hookproof.delivery.pointers import Identity
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.providers.examples import templated
from hookproof.providers.files import SpecError

TOML = """
title = "Our shop"

[signature]
algorithm = "hmac-sha256"
header    = "x-shop-signature"
value     = "sha256={digest_hex}"

[surfaces.orders]
identity = [{ id = ["/id"] }]
"""
CREATED = {
    "id": "evt_1a2b3c4d5e",
    "type": "order.created",
    "at": "2026-01-05T10:00:00Z",
    "data": {"order": 1234, "lines": [{"sku": "A-1", "n": 2}], "note": None, "event": "evt_1a2b3c4d5e"},
}
PAID = {"id": "evt_9z8y7x6w5v", "type": "order.paid", "at": "2026-01-05T10:00:00Z", "data": {"order": "A17"}}


@pytest.fixture
def shop(tmp_path):
    """Writes the folder of a provider and returns its path."""

    def write(toml=TOML, **events):
        root = tmp_path / "shop"
        (root / "events").mkdir(parents=True)
        (root / "provider.toml").write_text(toml)
        for kind, body in (events or {"order.created": CREATED}).items():
            (root / "events" / f"{kind}.json").write_text(json.dumps(body))
        return str(root)

    return write


def test_a_table_and_one_example_are_a_provider(shop):
    provider = providers.load(shop())
    maker = Maker(provider.surfaces({})[0], secret=Secret(b"a secret of the shop"))
    first, second = maker.make("order.created"), maker.make("order.created")

    assert (provider.name, provider.fields.roles, provider.fields.deadline_s) == ("shop", ["receiver"], 10.0)
    assert first.payload["id"].startswith("evt_") and first.payload["id"] != second.payload["id"]
    assert first.payload["data"] == CREATED["data"] | {"event": first.payload["id"]}
    assert first.payload["at"] != CREATED["at"]
    assert first.signature.startswith("sha256=")


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (17, "{{number}}"),
        (9_007_199_254, "{{big}}"),
        ("12345678", "{{number.text}}"),
        ("0b2f6c1e-58f3-4c56-9d0c-1d7a3c7c2a11", "{{uuid}}"),
        ("5f2b6c1e58f34c569d0c1d7a3c7c2a11", "{{hex}}"),
        ("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "msg_{{id}}"),
        ("anything else", "{{id}}"),
    ],
)
def test_a_new_id_looks_like_the_one_that_came(value, made):
    assert templated({"id": value}, [Identity("", ("/id",))]) == {"id": made}


def test_several_ids_of_one_event_stay_different():
    body = {"event": {"id": "aaaaaaaa1"}, "delivery": "bbbbbbbb2", "copy": "bbbbbbbb2"}
    made = templated(body, [Identity("", ("/event/id", "/delivery"))])

    assert made == {"event": {"id": "{{id}}"}, "delivery": "{{id#2}}", "copy": "{{id#2}}"}


def test_generated_is_only_what_was_seen_and_judged_is_whatever_has_its_types(shop):
    surface = providers.load(shop(**{"order.created": CREATED, "order.paid": PAID})).surfaces({})[0]
    sent, judged = surface.schema("order.paid"), surface.schema()

    assert jsonschema_rs.is_valid(sent, PAID) and not jsonschema_rs.is_valid(sent, PAID | {"type": "order.lost"})
    assert jsonschema_rs.is_valid(judged, PAID | {"type": "order.lost", "more": 1})
    assert jsonschema_rs.is_valid(judged, PAID | {"data": {"order": 5}})
    assert not jsonschema_rs.is_valid(judged, PAID | {"data": "none"})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("./nowhere", "./nowhere: there is no such folder; a provider is a folder with provider.toml in it"),
        ("nowhere", "unknown provider 'nowhere'; known are: "),
    ],
)
def test_what_is_no_provider_is_one_line(given, complaint):
    with pytest.raises(SpecError) as refused:
        providers.load(given)

    assert str(refused.value).startswith(complaint)


def test_an_openapi_document_wants_to_know_which_schema_is_meant(shop):
    folder = shop()
    with open(f"{folder}/openapi.yaml", "w") as file:
        file.write("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\nwebhooks: {}\n")

    with pytest.raises(SpecError, match=r"surfaces\.orders\.webhook: is missing"):
        providers.load(folder)


def test_what_nothing_identifies_says_what_there_is(shop):
    with pytest.raises(SpecError, match=r"nothing identifies the event .order\.created.; it has: /id, /type, /at"):
        providers.load(shop(TOML.replace('"/id"', '"/uuid"')))

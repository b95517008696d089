"""Kinds of event out of OpenAPI and AsyncAPI documents: found, made self-contained, and judged by."""

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from hookproof.cli import main
from hookproof.plugin.generated.deliveries import Generator
from hookproof.providers import loading
from hookproof.providers.events import Maker
from hookproof.workbench.describing import documents

PET = {
    "allOf": [
        {"$ref": "#/components/schemas/Base"},
        {"type": "object", "required": ["pet"], "properties": {"pet": {"$ref": "#/components/schemas/Pet"}}},
    ]
}
SCHEMAS = {
    "Adopted": PET,
    "Base": {
        "type": "object",
        "required": ["event_id", "type", "at"],
        "properties": {
            "event_id": {"type": "string", "format": "uuid"},
            "type": {"type": "string", "enum": ["pet.adopted"]},
            "at": {"type": "string", "format": "date-time"},
        },
    },
    "Pet": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "example": "Rex"},
            "age": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
            "mother": {"$ref": "#/components/schemas/Pet"},
        },
    },
}


def posted(schema):
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}


ADOPTED = {"$ref": "#/components/schemas/Adopted"}
LIT = {"type": "object", "required": ["messageId"], "properties": {"messageId": {"type": "string"}}}
OPENAPI = {"info": {"title": "Pets", "version": "1"}, "components": {"schemas": SCHEMAS}}
WRITTEN = {
    "webhooks": {**OPENAPI, "openapi": "3.1.0", "webhooks": {"pet.adopted": posted(ADOPTED)}},
    "callbacks": {
        **OPENAPI,
        "openapi": "3.0.3",
        "paths": {
            "/subscriptions": {"post": {"callbacks": {"pet.adopted": {"{$request.body#/url}": posted(ADOPTED)}}}}
        },
    },
    "AsyncAPI 2": {
        **OPENAPI,
        "asyncapi": "2.6.0",
        "channels": {"pets": {"subscribe": {"message": {"oneOf": [{"name": "pet.adopted", "payload": ADOPTED}]}}}},
    },
    "AsyncAPI 3": {
        "asyncapi": "3.0.0",
        "info": OPENAPI["info"],
        "channels": {"pets": {"messages": {"adopted": {"$ref": "#/components/messages/adopted"}}}},
        "components": {"schemas": SCHEMAS, "messages": {"adopted": {"name": "pet.adopted", "payload": ADOPTED}}},
    },
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_provider_is_drafted_whose_events_fit_what_was_described(tmp_path, form):
    source, root = tmp_path / "pets.yaml", tmp_path / "pets"
    source.write_text(yaml.safe_dump(WRITTEN[form]))
    done = CliRunner().invoke(main, ["init", str(root), "--from", str(source)])

    assert done.exit_code == 0, done.output
    assert "found: id: /event_id, because of its name" in done.output
    (surface,) = loading.load_folder(root).surfaces({})
    assert list(surface.events) == ["pet.adopted"]
    body = Maker(surface, secret=None).payload("pet.adopted")
    jsonschema.validate(body, {**PET, "components": {"schemas": SCHEMAS_2020}})


def test_what_is_drafted_is_generated_from(tmp_path):
    """A description without components, as a person may write one too."""
    source, root = tmp_path / "lamps.yaml", tmp_path / "lamps"
    lamps = {"channels": {"lamps": {"subscribe": {"message": {"name": "lit", "payload": LIT}}}}}
    source.write_text(yaml.safe_dump({"asyncapi": "2.6.0", "info": OPENAPI["info"], **lamps}))
    CliRunner().invoke(main, ["init", str(root), "--from", str(source)])
    (surface,) = loading.load_folder(root).surfaces({})
    made = []
    for valid in (True, False):
        Generator(Maker(surface, secret=None), seed=1, examples=3).for_all(valid=valid)(made.append)

    assert made


SCHEMAS_2020 = {
    **SCHEMAS,
    "Pet": {**SCHEMAS["Pet"], "properties": {"name": {"type": "string"}, "age": {"exclusiveMinimum": 0}}},
}


def test_what_older_documents_write_otherwise_is_as_today():
    (kind,) = documents.kinds(WRITTEN["callbacks"])
    pet = kind.schema["allOf"][1]["properties"]["pet"]["properties"]

    assert pet["age"] == {"type": ["integer", "null"], "exclusiveMinimum": 0}
    assert pet["name"] == {"type": "string"} and pet["mother"] == {}, "what is inside itself is left open there"


@pytest.mark.parametrize(
    "text, says",
    [
        ("openapi: 3.1.0\ninfo: {}\n", "describes no event: no webhooks, no callbacks, no messages"),
        ("words: [1]\n", "is neither an OpenAPI nor an AsyncAPI document"),
        ("a: [\n", "pets.yaml"),
    ],
)
def test_a_document_without_events_is_one_line(tmp_path, text, says):
    source = tmp_path / "pets.yaml"
    source.write_text(text)
    done = CliRunner().invoke(main, ["init", str(tmp_path / "pets"), "--from", str(source)])

    assert done.exit_code == 4
    assert says in done.output and len(done.output.splitlines()) == 1
    assert not (tmp_path / "pets").exists()

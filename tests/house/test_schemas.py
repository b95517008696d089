"""The schemas in specs/schema that are printed from types say what the types say, and are schemas."""

import json

import jsonschema
import pytest
from docs.schemas import CONTRACTS


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_a_schema_is_what_its_types_print(contract):
    assert contract.file.read_text("utf-8") == contract.text(), "make schemas"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_what_is_printed_is_a_schema_whose_references_lead_somewhere(contract):
    schema = json.loads(contract.text())
    jsonschema.Draft202012Validator.check_schema(schema)
    referred = set(_referred(schema))

    named = {f"#{node['$anchor']}" for node in _nodes(schema) if "$anchor" in node}
    assert (referred or contract.name == "hookproof") and referred <= named | {
        f"#/$defs/{name}" for name in schema.get("$defs", ())
    }


def _referred(schema):
    return [node["$ref"] for node in _nodes(schema) if isinstance(node.get("$ref"), str)]


def _nodes(node):
    """Every object in a schema, however deep."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(inner)

"""Which branch of a choice a body came nearest to, and what misfits there."""

import jsonschema_rs
import pytest

from hookproof import providers
from hookproof.sender.attempts.misfits import concerns, describe

KIND = {"properties": {"kind": {"const": "a"}, "text": {"type": "string"}}, "required": ["kind", "text"]}
OTHER = {
    "properties": {"kind": {"const": "b"}, "size": {"type": "integer"}},
    "required": ["kind", "size"],
    "title": "B",
}
SCHEMA = {"anyOf": [{"$ref": "#/$defs/first"}, OTHER], "$defs": {"first": KIND}}


def said(schema, value):
    error = next(jsonschema_rs.Draft202012Validator(schema).iter_errors(value))
    return describe(error, schema)


@pytest.mark.parametrize("value, says", [
    ({"kind": "a", "text": 7}, '/text: 7 is not of type "string" (nearest to first)'),
    ({"kind": "b", "text": "x"}, 'the body: "size" is a required property (nearest to B)'),
    ({"kind": "b", "size": "x", "text": 7}, '/size: "x" is not of type "integer" (nearest to B)'),
])  # fmt: skip
def test_the_nearest_branch_is_named(value, says):
    assert said(SCHEMA, value) == says


def test_without_a_choice_the_complaint_is_told():
    assert said({"type": "object"}, 7) == 'the body: 7 is not of type "object"'


def test_an_envelope_is_not_merely_unlike_every_form():
    surface = providers.load("whatsable").surfaces({})[0]
    found = said(surface.schema(), {**surface.events["text"].payload, "timestamp": 7})

    assert "anyOf" not in found and found.startswith("/") and "(nearest to " in found


@pytest.mark.parametrize("path, message, pointer, about_it", [
    (["a"], "x", "/a", True),
    (["a", "b"], "x", "/a", True),
    (["a"], "x", "/a/b", False),
    (["a"], '"b" is a required property', "/a/b", True),
    (["a"], '"c" is a required property', "/a/b", False),
    (["a", 3, "b"], "x", "/a/*/b", True),
    (["a", 3], '"b" is a required property', "/a/*/b", True),
    ([], "x", "/a", False),
])  # fmt: skip
def test_a_complaint_is_about_a_member_or_what_is_in_it(path, message, pointer, about_it):
    class Complaint:
        instance_path = path

    Complaint.message = message

    assert concerns(Complaint, pointer) is about_it

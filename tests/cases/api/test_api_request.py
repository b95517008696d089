"""Requests to an API as values: who sends them, and what is wrong with their body."""

import pytest

from hookproof import cases, providers
from hookproof.cases.api.api_request import NOBODY, RIGHT, WRONG_TOKENS, ApiRequest, body_schema, resolved
from hookproof.cases.api.operations import OUR_NAME, OUR_URL
from hookproof.providers.events import Maker


def table(name, provider="whatsable"):
    return cases.table(name)(Maker(providers.load(provider).surfaces({})[0], secret=None, run="test"))


CREATE = table("operations")["createEndpoint"]


def body(payload, **more):
    return ApiRequest(CREATE.operation, CREATE.openapi, payload=payload, has_body=True, **more)


def test_a_plain_request_names_what_must_be_in_it_and_where_to_deliver():
    assert CREATE.payload["url"] == OUR_URL and CREATE.has_body and CREATE.plain and CREATE.valid
    assert CREATE.credential is RIGHT
    listing = table("operations")["listEndpoints"]
    assert listing.payload is None and not listing.has_body and not listing.values
    assert list(table("operations")["changeEndpoint"].values) == ["id"]
    assert table("operations", "chatapi")["changeSettings"].payload == {"webhookUrl": OUR_URL}


def test_a_request_of_somebody_else_is_otherwise_as_it_was():
    forged = [CREATE.without_token(), *CREATE.with_wrong_tokens(), *CREATE.with_other_schemes()]
    forged += [*CREATE.with_the_token_elsewhere(), CREATE.with_a_lower_case_scheme()]

    assert {(each.operation.id, str(each.payload)) for each in forged} == {("createEndpoint", str(CREATE.payload))}
    assert len({each.label for each in forged}) == len(forged) == 16
    assert not any(each.plain for each in forged) and RIGHT not in [each.credential for each in forged]
    assert CREATE.without_token().credential is NOBODY


@pytest.mark.parametrize("right", [b"xa token", b"a token", b"t"])
def test_a_wrong_token_is_never_the_right_one(right):
    assert RIGHT.token(right) == right
    made = [each.token(right) for each in WRONG_TOKENS]
    assert len(set(made)) == len(made) and right not in made


@pytest.mark.parametrize("provider, elsewhere", [
    ("whatsable", {"X-Api-Key", "Cookie", "token", "access_token"}),
    ("chatapi", {"X-Api-Key", "Cookie", "Authorization"}),
])  # fmt: skip
def test_a_token_elsewhere_is_where_no_document_puts_it(provider, elsewhere):
    request = next(iter(table("secured_operations", provider).values()))
    credentials = [each.credential for each in request.with_the_token_elsewhere()]
    names = {each.query or each.headers[0][0].decode() for each in credentials}
    assert names == elsewhere and not any(each.token for each in credentials)


@pytest.mark.parametrize("request_, mistake", [
    (body({"url": "https://h.example.net/", "events": 5}), "5 is not of type"),
    (body({"events": []}), '"url" is a required property'),
    (body({"url": "not one"}), ""),
    (body(None), ""),
    (body({"url": 5}, settings=True), ""),
    (ApiRequest(CREATE.operation, CREATE.openapi), ""),
])  # fmt: skip
def test_a_mistake_is_a_wrong_type_or_a_missing_member(request_, mistake):
    assert request_.mistake == mistake or (mistake and mistake in request_.mistake)


def test_references_in_the_document_are_followed():
    openapi = CREATE.openapi
    assert resolved(openapi, {"$ref": "#/components/schemas/endpoint"}) == body_schema(openapi, CREATE.operation)
    assert body_schema(openapi, table("operations")["deleteEndpoint"].operation) == {}


def test_an_id_of_nothing_is_tried_with_every_operation_about_one_endpoint():
    every, changing = table("unknown_ids"), table("unknown_ids_to_change")
    assert list(every) == list(changing) and not table("unknown_ids", "chatapi")
    assert {each.operation.id for each in every["a quote"]} == {"changeEndpoint", "deleteEndpoint", "testEndpoint"}
    assert {each.operation.id for each in changing["a quote"]} == {"changeEndpoint", "testEndpoint"}
    assert {each.values["id"] for each in every["a quote"]} == {"1%27%20OR%20%271%27=%271"}
    assert [each.payload for each in every["NUL"] if each.has_body] == [{"description": OUR_NAME}]
    assert not any(each.valid or each.plain for requests in every.values() for each in requests)


def test_a_switch_says_what_is_sent():
    switches = table("switches", "chatapi")
    switch = switches["parallelHooks"]
    assert (switch.on, switch.off) == ({"parallelHooks": True}, {"parallelHooks": False})
    assert set(switch.mixed) == {*switches, "webhookUrl"} and {True, False} <= set(switch.mixed.values())
    assert str(switch) == "parallelHooks"

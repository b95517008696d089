"""What an API's answer says, asked of the answer alone."""

import json

import pytest

from hookproof import cases, providers
from hookproof.api.api_answer import ApiAnswer, ApiAnswers
from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.delivery.model import Delivery
from hookproof.providers.events import Maker

PROMISE = Promise(10.0, frozenset({200}), frozenset({400}))


def operation(name, provider="whatsable"):
    maker = Maker(providers.load(provider).surfaces({})[0], secret=None, run="test")
    return cases.table("operations")(maker)[name]


def answered(status, body=b"", name="listEndpoints", provider="whatsable", token=b""):
    request = operation(name, provider)
    delivery = Delivery(b'{"url": "http://a"}', (), method="POST", url="http://api", label="ask")
    exchange = Exchange("answered", status=status, body=body)
    return ApiAnswer(
        Attempt(1, "http://api", delivery, Manner(), exchange, PROMISE), request.operation, request.openapi, token
    )


@pytest.mark.parametrize("status, carried_out, refused, unknown", [
    (200, True, False, False), (201, True, False, False), (302, False, False, False), (400, False, True, False),
    (404, False, True, True), (405, False, True, True), (500, False, False, False), (501, False, False, True),
])  # fmt: skip
def test_a_status_says_whether_a_call_was_carried_out(status, carried_out, refused, unknown):
    answer = answered(status)
    assert (answer.carried_out, answer.refused, answer.unknown_call) == (carried_out, refused, unknown)
    assert answer.survived is (status != 500)


@pytest.mark.parametrize("status, documented", [(200, True), (401, True), (422, True), (418, False), (500, False)])
def test_a_status_is_documented_or_says_as_much(status, documented):
    assert answered(status).documented is documented


def test_an_answer_that_does_not_fit_its_schema_is_told_why():
    good = answered(200, json.dumps({"webhookUrl": "http://a"}).encode(), "readSettings", "chatapi")
    bad = answered(200, b"[]", "readSettings", "chatapi")
    assert not good.misfit and "is not of type" in bad.misfit and str(bad) in bad.misfit


@pytest.mark.parametrize("body, names", [
    (b'{"result": {"status": 503}}', True), (b'{"result": "answered 503 in 0.1 s"}', True),
    (b'{"result": 1503}', False), (b'{"503": true}', False), (b"503", True), (b"not json, 503", False),
])  # fmt: skip
def test_a_status_is_named_by_a_member(body, names):
    assert answered(200, body).names_status(503) is names


def test_an_answer_shows_a_token_or_a_text_or_not():
    assert answered(200, b'{"you": "abc"}', token=b"abc").shows_token
    assert not answered(200, b'{"you": "xyz"}', token=b"abc").shows_token
    assert not answered(200, b'{"you": ""}').shows_token
    assert answered(200, "größer".encode()).contains("größer") and not answered(200, b"x").contains("y")


def test_several_answers_say_which_were_carried_out_and_which_broke():
    answers = ApiAnswers([answered(status) for status in (200, 401, 500)])
    assert [each.status for each in answers.carried_out] == [200]
    assert [each.status for each in answers.broken] == [500]
    assert answers.each[0].asked == {"url": "http://a"} and answers.each[0].payload is None

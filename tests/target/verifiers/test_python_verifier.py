"""A function as a verifier: what it is called with, and what counts as its answer."""

import time

import pytest

from hookproof.target.verifiers.python_verifier import PythonVerifier
from hookproof.target.verifiers.verifier_answer import NoVerifier

ASKED = {
    "id": "q", "method": "POST", "url": "https://hooks.example.com/", "headers": [["a", "b"]], "body_base64": "eA==",
    "secret": "s", "now": 7,
}  # fmt: skip


def said(function, limit_s=20.0):
    return PythonVerifier(function, limit_s).ask([ASKED])[0]


def test_it_is_called_by_name():
    seen = {}
    answer = said(lambda **given: bool(seen.update(given)) or True)

    assert answer.accepted is True
    assert seen == {"method": "POST", "url": "https://hooks.example.com/", "headers": [("a", "b")], "body": b"x",
                    "secret": "s", "now": 7}  # fmt: skip


def test_it_may_answer_as_a_command_does():
    assert said(lambda **given: {"accepted": False, "why": "too old"}).why == "too old"


def test_what_it_raises_is_a_fault():
    def broken(**given):
        raise KeyError("signature")

    assert said(broken).fault == "it raised KeyError: 'signature'"


def test_what_is_neither_true_nor_false_is_a_fault():
    assert "no object" in said(lambda **given: 1).fault


def test_it_has_a_time_limit():
    assert said(lambda **given: time.sleep(30), limit_s=0.2).fault == "no answer within 0.2 s"


@pytest.mark.parametrize(
    "text, why",
    [
        ("python:", "name a module"),
        ("python:json", "name a module"),
        ("python:no_such_module:f", "cannot be imported"),
        ("python:json:no_such_function", "no_such_function"),
        ("python:json:__name__", "is no function"),
    ],
)
def test_what_cannot_be_a_function_is_told(text, why):
    with pytest.raises(NoVerifier, match=why):
        PythonVerifier.parse(text, 1.0)

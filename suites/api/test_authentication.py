"""Only whoever has the account's token may call, whatever the call."""

import pytest

from hookproof import assume


@pytest.mark.cases("secured_operations")
def test_refuses_a_missing_token(api, case):
    """A call of nobody is not carried out."""
    call = api.without_token(case)
    assert not api.served(call), call


@pytest.mark.cases("secured_operations")
def test_refuses_a_wrong_token(api, case):
    """Neither is one with another token, or with one that is nearly right."""
    calls = api.with_wrong_tokens(case)
    assert not api.served_among(calls), api.served_among(calls)


@pytest.mark.cases("bearer_operations")
def test_refuses_another_scheme(api, case):
    """The right token counts as a bearer token alone."""
    calls = api.with_other_schemes(case)
    assert not api.served_among(calls), api.served_among(calls)


@pytest.mark.cases("secured_operations")
def test_refuses_a_token_elsewhere(api, case):
    """A token is taken where the document puts it and nowhere else: URLs end up in logs, cookies come by themselves."""
    calls = api.with_the_token_elsewhere(case)
    assert not api.served_among(calls), api.served_among(calls)


@pytest.mark.cases("bearer_operations")
def test_knows_the_scheme_in_any_case(api, case):
    """The name of a scheme has no case."""
    call = api.with_a_lower_case_scheme(case)
    assert api.served(call), call


@pytest.mark.cases("secured_operations")
def test_answers_401_without_a_token(api, case):
    """What is missing is said by the status that is there for it."""
    call = api.without_token(case)
    assume(not api.served(call), "it is not refused at all: see refuses-a-missing-token")
    assert call.status == 401, call

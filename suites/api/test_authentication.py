"""Only whoever has the account's token may call, whatever the call."""

import pytest

from hookproof import assume


@pytest.mark.cases("secured_operations")
def test_refuses_a_missing_token(api, case):
    """A call of nobody is not carried out."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    anonymous = api.send(case.without_token())

    assert not anonymous.carried_out, anonymous


@pytest.mark.cases("secured_operations")
def test_refuses_a_wrong_token(api, case):
    """A call with another token is not carried out, nor is one whose token is nearly right."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    forged = api.send_all(case.with_wrong_tokens())

    assert not forged.carried_out, forged.carried_out[0]


@pytest.mark.cases("bearer_operations")
def test_refuses_another_scheme(api, case):
    """The right token counts as a bearer token alone."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    forged = api.send_all(case.with_other_schemes())

    assert not forged.carried_out, forged.carried_out[0]


@pytest.mark.cases("secured_operations")
def test_refuses_a_token_elsewhere(api, case):
    """A token is taken where the document puts it and nowhere else: URLs end up in logs, cookies come by themselves."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    misplaced = api.send_all(case.with_the_token_elsewhere())

    assert not misplaced.carried_out, misplaced.carried_out[0]


@pytest.mark.cases("bearer_operations")
def test_knows_the_scheme_in_any_case(api, case):
    """The name of a scheme has no case."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    lower_case = api.send(case.with_a_lower_case_scheme())

    assert lower_case.carried_out, lower_case


@pytest.mark.cases("secured_operations")
def test_answers_401_without_a_token(api, case):
    """A call without a token is refused by the status that is there for it."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)
    anonymous = api.send(case.without_token())
    assume(not anonymous.carried_out, "it is not refused at all: see refuses-a-missing-token")

    assert anonymous.status == 401, anonymous

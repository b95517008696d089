"""Whatever is sent to a documented operation, it is answered, and as documented."""

import pytest


@pytest.mark.cases("operations")
def test_answers_documented_requests(api, case, for_every_documented_request):
    """Any request as documented gets a documented status."""
    api.authorised(case)

    @for_every_documented_request(case)
    def documented(request):
        answer = api.try_request(request)
        assert api.documented(case, answer), answer


@pytest.mark.cases("described_answers")
def test_answers_in_the_documented_form(api, case):
    """What is answered fits its schema, where the document gives one."""
    api.authorised(case)
    answer = api.once(case)
    assert not api.misfit(case, answer), api.misfit(case, answer)


@pytest.mark.hostile
@pytest.mark.cases("operations")
def test_survives_what_is_not_documented(api, case, for_every_undocumented_request):
    """No request that does not fit the document breaks the API."""
    api.authorised(case)

    @for_every_undocumented_request(case)
    def survived(request):
        answer = api.try_request(request)
        assert answer.survived, answer


@pytest.mark.cases("operations")
def test_refuses_other_types(api, case, for_every_undocumented_request):
    """A member of a type that the document does not allow, or one that is missing, is refused."""
    api.authorised(case)

    @for_every_undocumented_request(case)
    def refused(request):
        answer = api.try_request(request)
        assert not api.wrongly_taken(request, answer), api.wrongly_taken(request, answer)


@pytest.mark.hostile
@pytest.mark.cases("broken_requests")
def test_survives_a_broken_body(api, case):
    """A body that is no JSON object is refused, and the next good one is taken."""
    api.control()
    call = api.register_raw(case)
    assert call.survived, call
    assert api.register().taken, f"nothing is registered any more after: {call}"


@pytest.mark.hostile
@pytest.mark.cases("wrong_types")
def test_survives_a_wrong_type(api, case):
    """A member of another type breaks nothing."""
    api.control()
    call = api.register_with(case).made
    assert call.survived, call


@pytest.mark.hostile
@pytest.mark.cases("empty_registrations")
def test_refuses_a_broken_body(api, case):
    """A body from which nothing can be registered is no success."""
    api.control()
    call = api.register_raw(case)
    assert not api.served(call), call


@pytest.mark.last
def test_tells_nothing_of_its_inside(api):
    """No answer of the run has a stack trace or a path of a source file in it."""
    assert not api.leaks, api.leaks[0]

"""Whatever is sent to a documented operation, it is answered, and as documented."""

import pytest

from hookproof import assume


@pytest.mark.cases("operations")
def test_answers_documented_requests(api, case, for_every_documented_request):
    """Any request as documented gets a documented status."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)

    @for_every_documented_request(case.operation)
    def documented(request):
        answer = api.send(request)
        assert answer.documented, answer


@pytest.mark.cases("described_answers")
def test_answers_in_the_documented_form(api, case):
    """What is answered fits its schema, where the document gives one."""
    answer = api.send(case)
    assume(answer.carried_out, answer)

    assert not answer.misfit, answer.misfit


@pytest.mark.hostile
@pytest.mark.cases("operations")
def test_survives_what_is_not_documented(api, case, for_every_undocumented_request):
    """No request that does not fit the document breaks the API."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)

    @for_every_undocumented_request(case.operation)
    def survived(request):
        answer = api.send(request)
        assert answer.survived, answer


@pytest.mark.cases("operations")
def test_refuses_other_types(api, case, for_every_undocumented_request):
    """A member of a type that the document does not allow, or one that is missing, is refused."""
    genuine = api.send(case)
    assume(genuine.carried_out, genuine)

    @for_every_undocumented_request(case.operation)
    def refused(request):
        answer = api.send(request)
        assert not (answer.carried_out and request.mistake), f"{request.mistake}: {answer}"


@pytest.mark.hostile
@pytest.mark.cases("broken_requests")
def test_survives_a_broken_body(api, case):
    """A body that is no JSON object is refused, and the next good one is taken."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    broken = api.send(case)
    assert broken.survived, broken
    good = api.register()

    assert good.taken, f"nothing is registered any more after: {broken}"


@pytest.mark.hostile
@pytest.mark.cases("damaged_bodies")
def test_survives_a_member_missing_or_twice(api, case):
    """A body without one of the members that the document shows, or with one of them twice, breaks nothing."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    answer = api.send(case)

    assert answer.survived, answer


@pytest.mark.hostile
@pytest.mark.cases("wrong_types")
def test_survives_a_wrong_type(api, case):
    """A member of another type breaks nothing."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(**case)

    assert endpoint.survived, endpoint


@pytest.mark.hostile
@pytest.mark.cases("empty_registrations")
def test_refuses_a_broken_body(api, case):
    """A body from which nothing can be registered is no success."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    broken = api.send(case)

    assert not broken.carried_out, broken


@pytest.mark.last
def test_tells_nothing_of_its_inside(api):
    """No answer of the run has a stack trace or a path of a source file in it."""
    assert not api.leaks, api.leaks[0]

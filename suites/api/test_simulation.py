"""A simulator sends one sample at a time, at once, and tells what became of it."""

import pytest

from hookproof import assume


def test_sends_a_sample_delivery(api):
    """A sample comes to the URL that was given."""
    sample = api.simulate(api.inbox())
    assume(not sample.unpaid, f"the instance is not paid for: {sample}", "prerequisite_failed")
    assume(sample.possible, f"no sample is sent when it is asked for so: {sample}", "not_triggered")

    assert sample.arrivals, f"nothing came: {sample}"


@pytest.mark.cases("samples")
def test_offers_three_samples(api, case):
    """A new message, delivered and read can be simulated."""
    sample = api.simulate(api.inbox(), case)
    assume(not sample.unpaid, f"the instance is not paid for: {sample}", "prerequisite_failed")
    assume(sample.possible, f"no sample is sent when it is asked for so: {sample}", "not_triggered")

    assert sample.carried_out, sample


@pytest.mark.cases("samples")
def test_sends_each_sample_alone(api, case):
    """A sample is one delivery with one event in it."""
    sample = api.simulate(api.inbox(), case)
    assume(not sample.unpaid, f"the instance is not paid for: {sample}", "prerequisite_failed")
    assume(sample.possible, f"no sample is sent when it is asked for so: {sample}", "not_triggered")
    arrivals = sample.arrivals
    assume(arrivals, f"nothing came: {sample}")

    assert len(arrivals) == 1 and len(arrivals[0].ids) <= 1, f"{len(arrivals)} deliveries: {arrivals}"


def test_refuses_an_unpaid_instance(api):
    """What is not paid for simulates nothing."""
    assume(api.parameter("paid") == "no", "say --set paid=no for an instance that is not", "prerequisite_failed")
    sample = api.simulate(api.inbox())

    assert not sample.carried_out, sample


@pytest.mark.parametrize("status", [200, 503])
def test_shows_the_result(api, status):
    """What the endpoint answered is in the answer to whoever asked for the sample."""
    sample = api.simulate(api.inbox(status))
    assume(sample.carried_out, f"nothing is simulated: {sample}", "prerequisite_failed")

    assert sample.names_status(status), f"the endpoint answered {status}: {sample}"


def test_offers_the_known_address(api):
    """Without a URL the sample goes to the address of the instance."""
    api.deliver_to(api.inbox())
    sample = api.simulate()

    assert sample.arrivals, f"nothing came: {sample}"

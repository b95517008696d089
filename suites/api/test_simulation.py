"""A simulator sends one sample at a time, at once, and tells what became of it."""

import pytest

from hookproof import assume


def test_sends_a_sample_delivery(api):
    """A sample comes to the URL that was given."""
    call, arrivals = api.sample(api.kinds[0])
    assert arrivals, f"nothing came: {call}"


@pytest.mark.cases("samples")
def test_offers_three_samples(api, case):
    """A new message, delivered and read can be simulated."""
    call, _ = api.sample(case)
    assert api.served(call), call


@pytest.mark.cases("samples")
def test_sends_each_sample_alone(api, case):
    """A sample is one delivery with one event in it."""
    call, arrivals = api.sample(case)
    assume(arrivals, f"nothing came: {call}")
    assert len(arrivals) == 1 and api.events(arrivals[0]) <= 1, f"{len(arrivals)} deliveries: {arrivals}"


def test_refuses_an_unpaid_instance(api):
    """What is not paid for simulates nothing."""
    assume(api.parameter("paid") == "no", "say --set paid=no for an instance that is not", "prerequisite_failed")
    call = api.simulate(api.kinds[0], api.fresh_url())
    assert not api.served(call), call


@pytest.mark.parametrize("status", [200, 503])
def test_shows_the_result(api, status):
    """What the endpoint answered is in the answer to whoever asked for the sample."""
    call = api.simulated_at(status)
    assert api.tells(call, status), f"the endpoint answered {status}: {call}"


def test_offers_the_known_address(api):
    """Without a URL the sample goes to the address of the instance."""
    call, arrivals = api.simulated_at_the_known_address()
    assert arrivals, f"nothing came: {call}"

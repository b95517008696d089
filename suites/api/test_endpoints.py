"""Endpoints are registered, listed, changed and removed; and only those that deliveries can and may go to."""

import pytest

from hookproof import assume


def test_registers_an_endpoint(api):
    """A URL, a description and the documented events are enough."""
    endpoint = api.register()
    assume(not endpoint.refused, f"our inbox is refused: {endpoint}", "prerequisite_failed")
    assert endpoint.taken, endpoint


def test_names_what_it_registered(api):
    """The answer says by what id the new endpoint goes, or where it is."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    assert endpoint.names_the_endpoint, endpoint


def test_lists_what_was_registered(api):
    """Whatever was registered is listed with its URL."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    listing = api.list_endpoints()
    assert listing.shows(endpoint), f"{endpoint.url} is not listed after: {endpoint}"


@pytest.mark.cases("url_forms")
def test_keeps_any_good_url(api, case):
    """What follows the host in a URL is the user's affair: it is taken, and listed as it was sent."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(case)
    assert endpoint.taken and api.keeps_url(endpoint), endpoint


@pytest.mark.cases("texts_beyond_ascii")
def test_keeps_the_description(api, case):
    """A description in any script is listed as it was sent."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(**case)
    assert endpoint.taken, endpoint
    listed = api.list_endpoints().members(endpoint, case)
    assume(listed, f"no description is listed: {endpoint}", "not_triggered")
    assert listed == case, f"{case} is listed as {listed}"


def test_takes_several_endpoints(api):
    """Two endpoints are there at the same time."""
    first, second = api.register(), api.register()
    assume(first.taken, first, "prerequisite_failed")
    assume(second.taken, f"one endpoint is the limit, it seems: {second}", "prerequisite_failed")
    listing = api.list_endpoints()
    assert listing.shows(first) and listing.shows(second), f"not both are listed: {second}"


def test_removes_an_endpoint(api):
    """An endpoint that was deleted is not listed any more."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    assume(api.list_endpoints().shows(endpoint), "it is not listed in the first place")
    deletion = api.delete(endpoint)
    assume(deletion.carried_out, f"the API deletes no endpoint: {deletion}", "not_triggered")
    assert not api.list_endpoints().shows(endpoint), f"still listed after: {deletion}"


@pytest.mark.cases("no_urls")
def test_refuses_a_url_that_is_none(api, case):
    """What no delivery can go to is not registered."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(case)
    assert not endpoint.taken, endpoint


@pytest.mark.cases("odd_urls")
def test_refuses_an_odd_url(api, case):
    """What only looks like a URL, or hides something in one, is not registered as it stands; it may be mended."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(case)
    assert not (endpoint.taken and api.keeps_url(endpoint)), endpoint


@pytest.mark.cases("inner_urls")
def test_refuses_private_addresses(api, case):
    """A URL that leads into the platform's own network is not registered, however it is spelt."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(case)
    assert not endpoint.taken, endpoint


@pytest.mark.cases("loopback_urls")
def test_refuses_its_own_machine(api, case):
    """A URL that leads to the platform's own machine is not registered."""
    local = api.inbox().on_loopback
    assume(not local, "our inbox is on the same machine: this is a development run", "prerequisite_failed")
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(case)
    assert not endpoint.taken, endpoint


def test_refuses_plain_http(api):
    """Outside development deliveries go over https alone."""
    production = api.parameter("mode") == "production"
    assume(production, "this is a development run; say --set mode=production", "prerequisite_failed")
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register("http://{inbox}/{token}")
    assert not endpoint.taken, endpoint


def test_refuses_an_unknown_event_name(api):
    """There is no event of that name to deliver: the registration is refused, or the name is left out."""
    control = api.control()
    assume(control.taken, control, "prerequisite_failed")
    endpoint = api.register(events=["hologram_received"])
    listed = api.list_endpoints().events(endpoint)
    assert not endpoint.taken or (listed and "hologram_received" not in listed), endpoint


def test_registers_a_url_once(api):
    """The same URL again is refused, or is the same endpoint."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    api.register(endpoint.url)
    listing = api.list_endpoints()
    ids, times = listing.ids(endpoint), listing.count(endpoint)
    assert len(ids) <= 1 and times <= 1, f"{endpoint.url} is listed {times} times"


@pytest.mark.hostile
def test_survives_a_second_registration(api):
    """Registering a URL that is registered is a conflict, or the same endpoint, and no fault of the platform's."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    again = api.register(endpoint.url)
    assert again.survived, again


@pytest.mark.hostile
def test_survives_a_second_change(api):
    """Changing an endpoint into what it is already breaks nothing."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    url = api.inbox().url
    changes = [api.update(endpoint, url=url) for _ in range(2)]
    assert all(change.survived for change in changes), changes


@pytest.mark.hostile
def test_survives_a_second_deletion(api):
    """Deleting an endpoint that is deleted breaks nothing."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    deletions = [api.delete(endpoint) for _ in range(2)]
    assert all(deletion.survived for deletion in deletions), deletions


def test_shows_no_secret_in_a_list(api):
    """What signs deliveries is shown once at most, when it is made."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    shown = api.list_endpoints().secrets(endpoint)
    assert not shown, f"the listing shows {', '.join(shown)}"


def test_shows_no_token(api):
    """No answer has the caller's token in it."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    listing = api.list_endpoints()
    assert not endpoint.answer.shows_token, endpoint
    assert not listing.answer.shows_token, listing


@pytest.mark.cases("no_new_urls")
def test_changes_to_no_url_that_is_none(api, case):
    """An endpoint's URL is not changed to one that no delivery can go to."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    good = api.update(endpoint, url=api.inbox().url)
    assume(good.carried_out, f"not even a good change is made: {good}", "not_triggered")
    change = api.update(endpoint, url=case)
    assert not (change.carried_out and api.list_endpoints().confirms(change)), change


@pytest.mark.cases("inner_new_urls")
def test_changes_to_no_private_address(api, case):
    """An endpoint's URL is not changed to one that leads into the platform's own network."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    good = api.update(endpoint, url=api.inbox().url)
    assume(good.carried_out, f"not even a good change is made: {good}", "not_triggered")
    change = api.update(endpoint, url=case)
    assert not change.carried_out, change


@pytest.mark.hostile
@pytest.mark.cases("unknown_ids")
def test_survives_an_unknown_id(api, case):
    """Asking for what is not there breaks nothing."""
    answers = api.send_all(case)
    assert not answers.broken, answers.broken[0]


@pytest.mark.cases("unknown_ids_to_change")
def test_refuses_an_unknown_id(api, case):
    """Nothing is changed and nothing sent where nothing is."""
    answers = api.send_all(case)
    assert not answers.carried_out, answers.carried_out[0]


def test_sends_a_sample_when_asked(api):
    """An endpoint can be tried out by a sample delivery."""
    endpoint = api.register()
    assume(endpoint.taken, endpoint, "prerequisite_failed")
    sample = api.simulate(endpoint)
    assert sample.arrivals, f"nothing came: {sample}"

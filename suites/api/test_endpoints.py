"""Endpoints are registered, listed, changed and removed; and only those that deliveries can and may go to."""

import pytest

from hookproof import assume


def test_registers_an_endpoint(api):
    """A URL, a description and the documented events are enough."""
    registered = api.register()
    assume(not api.refused(registered.made), f"our inbox is refused: {registered}", "prerequisite_failed")
    assert registered.taken, registered


def test_names_what_it_registered(api):
    """The answer says by what id the new endpoint goes, or where it is."""
    registered = api.registered()
    assert api.names_itself(registered), registered


def test_lists_what_was_registered(api):
    """Whatever was registered is listed with its URL."""
    registered = api.registered()
    assert api.entry(registered), f"{registered.url} is not listed after: {registered}"


@pytest.mark.cases("url_forms")
def test_keeps_any_good_url(api, case):
    """What follows the host in a URL is the user's affair: it is taken, and listed as it was sent."""
    registered = api.refusal("{scheme}://{inbox}" + case)
    assert registered.taken and registered.verbatim, registered


@pytest.mark.cases("texts_beyond_ascii")
def test_keeps_the_description(api, case):
    """A description in any script is listed as it was sent."""
    registered, listed = api.described(case)
    assert registered.taken, registered
    assert listed == case, f"{case!r} is listed as {listed!r}"


def test_takes_several_endpoints(api):
    """Two endpoints are there at the same time."""
    first, second = api.registered(), api.register()
    assume(second.taken, f"one endpoint is the limit, it seems: {second}", "prerequisite_failed")
    assert api.entry(first) and api.entry(second), f"not both are listed: {second}"


def test_removes_an_endpoint(api):
    """What was taken back is not listed any more."""
    registered = api.registered()
    assume(api.entry(registered), "it is not listed in the first place")
    removal = api.remove(registered)
    assume(api.served(removal), f"the API takes no endpoint back: {removal}", "not_triggered")
    assert not api.entry(registered), f"still listed after: {removal}"


@pytest.mark.cases("no_urls")
def test_refuses_a_url_that_is_none(api, case):
    """What no delivery can go to is not registered."""
    registered = api.refusal(case)
    assert not registered.taken, registered


@pytest.mark.cases("odd_urls")
def test_refuses_an_odd_url(api, case):
    """Nor what only looks like a URL, or hides something in one; it may be mended."""
    registered = api.refusal(case)
    assert not (registered.taken and registered.verbatim), registered


@pytest.mark.cases("inner_urls")
def test_refuses_private_addresses(api, case):
    """Nor what leads into the platform's own network, however it is spelt."""
    registered = api.refusal(case)
    assert not registered.taken, registered


@pytest.mark.cases("loopback_urls")
def test_refuses_its_own_machine(api, case):
    """Nor what leads to the platform's own machine."""
    assume(not api.on_loopback, "our inbox is on the same machine: this is a development run", "prerequisite_failed")
    registered = api.refusal(case)
    assert not registered.taken, registered


def test_refuses_plain_http(api):
    """Outside development deliveries go over https alone."""
    assume(api.in_production, "this is a development run; say --set mode=production", "prerequisite_failed")
    registered = api.refusal("http://{inbox}/{token}")
    assert not registered.taken, registered


def test_refuses_an_unknown_event_name(api):
    """There is no event of that name to deliver."""
    registered = api.refusal("{scheme}://{inbox}/{token}", events=["hologram_received"])
    ignored = api.shows_events(registered) and "hologram_received" not in api.shows_events(registered)
    assert not registered.taken or ignored, registered


def test_registers_a_url_once(api):
    """The same URL again is refused, or is the same endpoint."""
    first, _ = api.registered_twice()
    listed = {api.id_in(entry) for entry in api.entries(first)}
    assert len(listed) <= 1 and api.count(first) <= 1, f"{first.url} is listed {api.count(first)} times"


def test_shows_no_secret_in_a_list(api):
    """What signs deliveries is shown once at most, when it is made."""
    registered = api.registered()
    shown = api.secrets_in(api.listing(), registered)
    assert not shown, f"the listing shows {', '.join(shown)}"


def test_shows_no_token(api):
    """No answer has the caller's token in it."""
    registered = api.registered()
    api.entry(registered)
    assert not api.shows_token(), api.shows_token()


@pytest.mark.cases("no_new_urls")
def test_changes_to_no_url_that_is_none(api, case):
    """A change is looked at as a registration is."""
    good, change = api.changed_url(case)
    assume(api.served(good), f"not even a good change is made: {good}", "not_triggered")
    assert not api.kept_by(change), change


@pytest.mark.cases("inner_new_urls")
def test_changes_to_no_private_address(api, case):
    """A change is looked at as a registration is."""
    good, change = api.changed_url(case)
    assume(api.served(good), f"not even a good change is made: {good}", "not_triggered")
    assert not api.served(change), change


@pytest.mark.hostile
@pytest.mark.cases("unknown_ids")
def test_survives_an_unknown_id(api, case):
    """Asking for what is not there breaks nothing."""
    calls = api.on_unknown(case)
    assert all(call.survived for call in calls), next(call for call in calls if not call.survived)


@pytest.mark.cases("unknown_ids")
def test_refuses_an_unknown_id(api, case):
    """Nothing is changed and nothing sent where nothing is."""
    calls = api.on_unknown(case)
    changed = [call for call in calls if call.delivery.method != "DELETE" and api.served(call)]
    assert not changed, changed[0]


def test_sends_a_sample_when_asked(api):
    """An endpoint can be tried out by a sample delivery."""
    call, arrivals = api.tried_out()
    assert api.served(call) and arrivals, f"nothing came: {call}"

"""Settings are kept as they were set, and nothing else changes with them."""

import pytest

from hookproof import assume


@pytest.mark.cases("switches")
def test_keeps_what_was_set(api, case):
    """A switch is on once it was switched on, and off once it was switched off."""
    on = api.change_settings(case.on)
    assume(on.carried_out, f"the setting cannot be changed: {on}", "prerequisite_failed")
    assume(case.name in on.shown, f"the API shows no setting {case}", "not_triggered")
    assert on.shown.switch(case.name) is True, f"{case} is not on although it was switched on"
    off = api.change_settings(case.off)
    assume(off.carried_out, f"the setting cannot be changed: {off}", "prerequisite_failed")
    assume(case.name in off.shown, f"the API shows no setting {case}", "not_triggered")

    assert off.shown.switch(case.name) is False, f"{case} is not off although it was switched off"


@pytest.mark.cases("switches")
def test_changes_nothing_else(api, case):
    """The other settings stay as they were."""
    before = api.change_settings(case.mixed).shown
    changed = api.change_settings(case.to(not before.switch(case.name)))
    assume(changed.carried_out, f"the setting cannot be changed: {changed}", "prerequisite_failed")
    assume(case.name in changed.shown, f"the API shows no setting {case}", "not_triggered")
    others = before.others(case.name)
    assume(others, "the API shows no other setting", "not_triggered")
    after = changed.shown.others(case.name)

    assert after == others, f"{case} changed more than itself: {others} became {after}"


@pytest.mark.cases("switches")
def test_keeps_no_wrong_type(api, case):
    """What is neither true nor false is not kept in a switch."""
    on = api.change_settings(case.on)
    assume(on.carried_out, f"the setting cannot be changed: {on}", "prerequisite_failed")
    assume(case.name in on.shown, f"the API shows no setting {case}", "not_triggered")
    change = api.change_settings(case.to("banana"))
    shown = change.shown.get(case.name)

    assert shown != "banana", f"{case} is now {shown!r}: {change}"


def test_keeps_the_address(api):
    """The address that was set is the one that is shown."""
    endpoint = api.register()
    assume(endpoint.carried_out, f"our inbox is refused: {endpoint}", "prerequisite_failed")

    assert api.keeps_url(endpoint), f"{endpoint.url} was set, another is shown: {endpoint}"


def test_takes_a_bare_address(api):
    """An address of a machine is as good as its name."""
    endpoint = api.register()
    bare = endpoint.inbox.by_address
    assume(bare, "our inbox has a name; see --listen and --public-url", "prerequisite_failed")

    assert endpoint.taken, endpoint


def test_takes_plain_http(api):
    """An http URL is as good as an https one."""
    endpoint = api.register("http://{inbox}/{token}")

    assert endpoint.taken, endpoint

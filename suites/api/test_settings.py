"""Settings are kept as they were set, and nothing else changes with them."""

import pytest

from hookproof import assume


@pytest.mark.cases("switches")
def test_keeps_what_was_set(api, case):
    """A switch is on once it was switched on, and off once it was switched off."""
    assert api.kept(case, True) is True, f"{case} is not on although it was switched on"
    assert api.kept(case, False) is False, f"{case} is not off although it was switched off"


@pytest.mark.cases("switches")
def test_changes_nothing_else(api, case):
    """The other settings stay as they were."""
    before, after = api.beside(case)
    assume(before, "the API shows no other setting", "not_triggered")
    assert before == after, f"{case} changed more than itself: {before} became {after}"


@pytest.mark.cases("switches")
def test_keeps_no_wrong_type(api, case):
    """What is neither true nor false is not kept in a switch."""
    call, shown = api.after_a_wrong_type(case, "banana")
    assert shown != "banana", f"{case} is now {shown!r}: {call}"


def test_keeps_the_address(api):
    """The address that was set is the one that is shown."""
    registered = api.register()
    assume(api.served(registered.made), f"our inbox is refused: {registered}", "prerequisite_failed")
    assert registered.verbatim, f"{registered.url} was set, another is shown: {registered}"


def test_takes_a_bare_address(api):
    """An address of a machine is as good as its name."""
    registered = api.register(api.bare)
    assert registered.taken, registered


def test_takes_plain_http(api):
    """An http URL is as good as an https one."""
    registered = api.register("http://{inbox}/{token}")
    assert registered.taken, registered

"""Killed (-9) while it works and begun anew: nothing acknowledged is lost, nothing is done twice (--start)."""

import pytest

from hookproof import assume


@pytest.mark.last
@pytest.mark.parametrize("moment", ["before its answer", "after its answer", "with ten under way"])
def test_loses_nothing_when_it_is_killed(process, moment):
    """What it acknowledged, before the kill or when it came again, has its effect."""
    crash = process.killed(moment)
    assume(crash.effects.counts, crash)

    assert not crash.lost, crash


@pytest.mark.last
@pytest.mark.parametrize("moment", ["before its answer", "after its answer", "with ten under way"])
def test_does_nothing_twice_when_it_is_killed(process, moment):
    """What had its effect before the kill has it no second time, be it tried again or not."""
    crash = process.killed(moment)
    assume(crash.effects.counts, crash)

    assert not crash.twice, crash


@pytest.mark.last
@pytest.mark.parametrize("moment", ["before its answer", "with ten under way"])
def test_takes_again_what_a_kill_cut_off(process, moment):
    """A mark "in progress" ends with the process that set it: the retry is acknowledged."""
    crash = process.killed(moment)
    assume(crash.retries, crash)

    assert not crash.stuck, crash


@pytest.mark.last
def test_loses_nothing_when_it_is_killed_over_a_file(process, media):
    """Killed while it fetches a file that an event points to: the event has its effect in the end."""
    crash = process.killed_over_a_file(*media.event("silent", counted=True))
    assume(crash.effects.counts, crash)

    assert not crash.lost, crash

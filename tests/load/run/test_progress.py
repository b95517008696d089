"""What the terminal says: percentiles are of everything, not of what was acknowledged."""

from hookproof.load.engine.tally import Fate, Slot, Tally
from hookproof.load.run import progress
from hookproof.load.schedule.schedule import constant
from hookproof.load.schedule.stage import Stage

STAGE = Stage("steady", 1, constant(100, 1), 1.5, "run")


def tally(acknowledged, timed_out):
    """Latencies of 10 ms, and so many that timed out."""
    due = acknowledged + timed_out
    slot = Slot(due=due, sent=due, acknowledged=acknowledged, ended=due)
    found = Tally(due=due, deliveries=due, sent=due, answered=acknowledged, slots={0: slot})
    found.fates.update({str(Fate.ACKNOWLEDGED): acknowledged, str(Fate.TIMED_OUT): timed_out})
    for _ in range(acknowledged):
        slot.latency.add(0.01)
    found.latency.merge(slot.latency)
    return found


def test_a_percentile_that_timed_out_is_no_latency_of_those_that_did_not():
    assert "p50 10 ms, p99 not in time from due" in progress.figures(tally(90, 10))
    assert "p99 > 1.5 s," in progress.line(STAGE, tally(90, 10))


def test_a_percentile_that_came_in_time_is_shown():
    assert "p50 10 ms, p99 10 ms from due" in progress.figures(tally(995, 5))
    assert "p99 10 ms," in progress.line(STAGE, tally(995, 5))


def test_nothing_acknowledged_has_no_latency():
    assert "p50 not in time, p99 not in time from due" in progress.figures(tally(0, 5))
    assert "p99 > 1.5 s," in progress.line(STAGE, tally(0, 5))
    assert "p99 -," in progress.line(STAGE, Tally())

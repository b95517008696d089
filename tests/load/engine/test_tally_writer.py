"""A million deliveries are accounted for in a few megabytes."""

import os

from hookproof.load.engine.tally import MARKS, Fate, Tally
from hookproof.load.engine.tally_writer import TallyWriter
from hookproof.load.locust.memory import resident

MANY = 1_000_000


def test_a_million_deliveries_take_a_byte_each():
    tally = Tally()
    writer = TallyWriter(tally, frozenset({200}), 10.0, 1)
    writer.begin(0.0)
    before = resident(os.getpid())
    for serial in range(MANY):
        at = serial / 10_000
        if at >= writer.turns_at:
            writer.turn(at)
        attempt = writer.due(at, serial, 0, at)
        writer.sent(attempt.slot, 0.0)
        if fate := writer.answered(attempt, 500 if serial % 1000 == 0 else 200, at, at + serial % 97 / 1e4):
            writer.failed(attempt, fate)
    grown = resident(os.getpid()) - before
    writer.close(0)

    assert tally.unbalanced == ""
    assert (tally.due, tally.acknowledged, tally.of(Fate.REJECTED)) == (MANY, MANY - 1000, 1000)
    assert tally.latency.total == tally.acknowledged
    assert tally.marks[0].count(MARKS[Fate.ACKNOWLEDGED]) == tally.acknowledged
    assert grown < 16 * 2**20

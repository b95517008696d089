"""A million deliveries are accounted for in a few megabytes."""

import os

from hookproof.load.ledger import Ledger
from hookproof.load.memory import resident
from hookproof.load.tally import MARKS, Fate, Tally

MANY = 1_000_000


def test_a_million_deliveries_take_a_byte_each():
    tally = Tally()
    ledger = Ledger(tally, frozenset({200}), 10.0, 1)
    ledger.begin(0.0)
    before = resident(os.getpid())
    for serial in range(MANY):
        at = serial / 10_000
        if at >= ledger.turns_at:
            ledger.turn(at)
        errand = ledger.due(at, serial, 0, at)
        ledger.sent(errand[3], 0.0)
        if fate := ledger.answered(errand, 500 if serial % 1000 == 0 else 200, at, at + serial % 97 / 1e4):
            ledger.failed(errand, fate)
    grown = resident(os.getpid()) - before
    ledger.close(0)

    assert tally.unbalanced == ""
    assert (tally.due, tally.acknowledged, tally.of(Fate.REJECTED)) == (MANY, MANY - 1000, 1000)
    assert tally.latency.total == tally.acknowledged
    assert tally.marks[0].count(MARKS[Fate.ACKNOWLEDGED]) == tally.acknowledged
    assert grown < 16 * 2**20

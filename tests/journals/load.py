"""A load run's journal: a capacity search, a burst, a backlog and duplicates against a receiver that is made up.

`python tests/journals/load.py FOLDER` writes run.jsonl there, to look at the page made from it.
"""

import sys
from pathlib import Path
from random import Random

from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.load.engine.tally import Fate, Slot, Tally
from hookproof.load.judge.objective import Objective, judge, together
from hookproof.load.judge.reconciliation import reconcile
from hookproof.load.judge.recovery import recover
from hookproof.load.judge.search import Search, keeping_up
from hookproof.load.run import record
from hookproof.load.schedule.schedule import backlog, burst, copied, steady

OBJECTIVE = Objective()
COMMAND = "locust -f loadtests --host http://127.0.0.1:8080 --provider hooks --scenario capacity --scenario burst"


def served(arrivals, capacity, *, seed=1, lag_s=0.0004, service_s=0.004):
    """The account of a stage: one queue, served in order at `capacity` a second; never more due than 20 000."""
    tally, random, free_s = Tally(), Random(seed), 0.0
    for at_s, _ in arrivals.due(seed):
        slot = tally.slots.setdefault(int(at_s), Slot())
        lagged_s = random.expovariate(1 / lag_s)
        free_s = max(free_s, at_s) + random.expovariate(capacity)
        latency_s = free_s - at_s + service_s * random.lognormvariate(0, 0.5) + lagged_s
        late = latency_s > OBJECTIVE.deadline_s
        _count(tally, slot, at_s, latency_s, lagged_s, Fate.TIMED_OUT if late else Fate.ACKNOWLEDGED)
    return tally


def _count(tally, slot, at_s, latency_s, lagged_s, fate):
    tally.due, tally.deliveries, tally.sent = tally.due + 1, tally.deliveries + 1, tally.sent + 1
    slot.due, slot.sent, slot.ended = slot.due + 1, slot.sent + 1, slot.ended + 1
    tally.fates[str(fate)] += 1
    tally.lag.add(lagged_s)
    slot.lag_s = max(slot.lag_s, lagged_s)
    if fate is Fate.ACKNOWLEDGED:
        tally.answered, slot.acknowledged = tally.answered + 1, slot.acknowledged + 1
        tally.statuses[200] += 1
        for histogram in (tally.latency, slot.latency):
            histogram.add(latency_s)
        tally.service.add(max(0.004, min(latency_s - lagged_s, 0.003 / (1 + latency_s) + 0.02 * latency_s)))
        tally.slots.setdefault(int(at_s + latency_s), Slot()).done += 1


SCENARIOS = [
    record.Planned("capacity", "Capacity: the highest rate at which 99.9 % are acknowledged in time.", steady(50, 10)),
    record.Planned("burst", "Burst: a quiet endpoint receives 500 deliveries within one second.", burst(500, times=3)),
    record.Planned("backlog", "Backlog: a receiver comes back after 30 s, and senders retry.", backlog(60, 30, 60)),
    record.Planned("duplicates", "Duplicates: one delivery in five comes twice at once.", copied(steady(40, 60), 0.2)),
]


def write(journal, *, killed=False, capacity=200, lost=2, doubled=1):
    """Write the run; `killed`: it ends in the middle of the second scenario."""
    record.begin(
        journal, run="20261121-101500", started="2026-11-21T10:15:00+00:00", version="0.1.0", command=COMMAND,
        url="http://127.0.0.1:8080/hooks", providers=["hooks"], objective=OBJECTIVE, seed=0, scenarios=SCENARIOS,
        workers=2, observer=None if not lost + doubled else "http://127.0.0.1:8080/effects/{event_id}",
    )  # fmt: skip
    verdicts = [_capacity(journal, capacity)]
    if killed:
        for second in range(7):
            record.second(journal, scenario="burst", stage=99, second=second, due=500, sent=500, acknowledged=480,
                          ended=490, p99_ms=310.5, lag_ms=0.9)  # fmt: skip
        return
    for number, planned in enumerate(SCENARIOS[1:], start=50):
        verdicts.append(_single(journal, number, planned, capacity, lost, doubled))
    whole = together(verdicts)
    record.end(journal, elapsed_s=412.5, exit_=12 if whole == "missed" else 0, interrupted=False, verdict=whole)


def _capacity(journal, capacity):
    search, number, arrivals = Search(25, 800), 0, SCENARIOS[0].arrivals
    while (rate := search.next()) is not None:
        number += 1
        due = arrivals.at(rate)
        tally = served(due, capacity, seed=number)
        judgement = judge(tally, OBJECTIVE, expected=due.deliveries)
        record.stage(journal, scenario="capacity", stage=number, rate=rate, tally=tally, judgement=judgement, workers=2)
        search.add(rate, judgement, keeping_up(tally.slots, slot_s=1, duration_s=10))
    found = search.result()
    record.search(journal, scenario="capacity", capacity=found)
    record.scenario(journal, scenario="capacity", verdict=found.verdict, reasons=[str(found)])
    return found.verdict


def _single(journal, number, planned, capacity, lost, doubled):
    due = planned.arrivals
    tally = served(due, 80 if planned.name == "backlog" else 2 * capacity, seed=number)
    ids = [f"evt_{number}_{serial}" for serial in range(tally.acknowledged)]
    counts = dict.fromkeys(ids, 1)
    if planned.name == "duplicates":
        counts |= dict.fromkeys(ids[:lost], 0) | dict.fromkeys(ids[90 : 90 + doubled], 2)
    effects = reconcile(ids, counts) if lost + doubled else None
    judgement = judge(tally, OBJECTIVE, expected=due.expected, effects=effects)
    recovery = None
    if planned.name == "backlog":
        known = {"slot_s": 1, "duration_s": due.duration_s, "min_ok": OBJECTIVE.min_ok, "rate": due.rate}
        recovery = recover(tally.slots, **known, backlog_s=due.backlog_s)
    record.stage(
        journal, scenario=planned.name, stage=number, rate=due.rate, tally=tally, judgement=judgement,
        effects=effects, recovery=recovery, workers=2,
    )  # fmt: skip
    record.scenario(journal, scenario=planned.name, verdict=judgement.verdict, reasons=judgement.reasons)
    return judgement.verdict


def journal(path, **how):
    """The journal of such a run, at `path`."""
    found = Journal(Path(path), Redactor())
    write(found, **how)
    found.close()
    return Path(path)


if __name__ == "__main__":
    journal(Path(sys.argv[1]) / "run.jsonl")

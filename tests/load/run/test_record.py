"""The figures that a journal gets from a tally."""

import json

import pytest

from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.load.engine.histogram import Histogram
from hookproof.load.engine.tally import Fate, Slot, Tally
from hookproof.load.judge.objective import Judgement, LoadVerdict
from hookproof.load.judge.reconciliation import reconcile
from hookproof.load.judge.recovery import Course, Recovery
from hookproof.load.judge.search import Capacity, Phase, SearchOutcome, Step
from hookproof.load.run import record


def tally(acknowledged=900, timed_out=100):
    """Latencies of 1, 2, 3 ... ms, and so many that timed out."""
    due = acknowledged + timed_out
    found = Tally(due=due, deliveries=due, sent=due, answered=acknowledged)
    found.fates.update({str(Fate.ACKNOWLEDGED): acknowledged, str(Fate.TIMED_OUT): timed_out})
    for ms in range(1, acknowledged + 1):
        found.latency.add(ms / 1e3)
        found.lag.add(0.0001)
    return found


def test_percentiles_are_of_all_that_was_due():
    latency = record.figures(tally()).latency

    assert latency["p50"] == pytest.approx(500, rel=0.004)
    assert latency["p90"] == pytest.approx(900, rel=0.004)
    assert (latency["p99"], latency["p100"]) == (None, None), "100 of 1 000 never came"


def test_percentiles_of_what_was_all_acknowledged():
    latency = record.figures(tally(1_000, 0)).latency

    assert (latency["p99"], latency["p100"]) == (pytest.approx(990, rel=0.004), 1_000)


def test_the_curve_ends_where_acknowledgements_end():
    found, whole = (record.figures(one).curves["latency"] for one in (tally(), tally(1_000, 0)))

    assert found[-1] == (0.9, 900)
    assert whole[-1] == (1.0, 1_000)
    assert [share for share, _ in whole] == sorted(share for share, _ in whole)
    assert all(ms == pytest.approx(max(1, 1_000 * share), rel=0.01, abs=1) for share, ms in whole)


def test_nothing_has_no_curve():
    assert record.curve(Histogram(), 0) == []
    assert record.figures(Tally()).latency == dict.fromkeys(record.QUANTILES)


def test_quiet_slots_are_written_too():
    found = Tally(slots={0: Slot(due=3), 3: Slot(due=1, lag_s=0.0015)})

    assert [(slot.at_s, slot.due) for slot in record.figures(found).slots] == [(0, 3), (1, 0), (2, 0), (3, 1)]
    assert record.figures(found).slots[3].lag_ms == 1.5


def test_a_stage_keeps_the_account_that_can_be_merged(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    record.stage(
        journal, scenario="s", stage=3, rate=100.0, tally=tally(), judgement=Judgement(LoadVerdict.MET, ("fine",))
    )
    journal.close()
    line = json.loads((tmp_path / "run.jsonl").read_text())

    assert Tally.read(line["tally"]).latency == tally().latency
    assert (line["type"], line["stage"], line["judgement"]["verdict"]) == ("load_stage", 3, "met")


def test_a_search_is_written_with_its_steps(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    step = Step(100, Phase.GROW, LoadVerdict.MET, 100)
    record.search(
        journal, scenario="s", capacity=Capacity(SearchOutcome.CAPACITY, 100, 3, 4, 100, None, "", "", (step,))
    )
    journal.close()

    assert json.loads((tmp_path / "run.jsonl").read_text()) == {
        "type": "load_search", "scenario": "s",
        "result": {
            "found": "capacity", "rate": 100, "confirmed": 3, "stages": 4, "low": 100, "high": None, "broke": "",
            "said": "",
            "steps": [{"rate": 100, "phase": "grow", "verdict": "met", "achieved": 100, "broke": "", "said": ""}],
            "cut": False,
        },
    }  # fmt: skip


def test_effects_and_recovery_of_a_stage_are_written(tmp_path):
    journal = Journal(tmp_path / "run.jsonl", Redactor())
    record.stage(
        journal,
        scenario="s",
        stage=1,
        rate=1.0,
        tally=tally(),
        judgement=Judgement(LoadVerdict.MET),
        effects=reconcile(["a", "b"], {"a": 0, "b": 2}),
        recovery=Recovery(Course.UNSHAKEN, 0.0, "kept"),
    )
    journal.close()
    line = json.loads((tmp_path / "run.jsonl").read_text())

    assert line["recovery"] == {"course": "unshaken", "at_s": 0, "evidence": "kept"}
    assert line["effects"] == {
        "acknowledged": 2, "asked": 2, "lost": 1, "duplicated": 1, "unknown": 0, "sampled": False,
        "examples": {"lost": ["a"], "duplicated": ["b"]},
    }  # fmt: skip


def test_percentiles_of_a_second_are_of_all_that_ended_in_it():
    slot = Slot(due=200, ended=200, acknowledged=198)
    for ms in range(1, 199):
        slot.latency.add(ms / 1e3)

    assert slot.quantile_s(0.5) == pytest.approx(0.1, rel=0.01)
    assert slot.quantile_s(0.99) == pytest.approx(0.198, rel=0.01)
    assert Slot(due=5, ended=5).quantile_s(0.99) == 0

"""A target that we began: killed at a moment and begun anew, and what it printed looked through."""

import asyncio
import sys

import pytest

from hookproof.delivery.attempt import Promise
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.receiver.effects import Effects
from hookproof.receiver.process import CrashOutcome, TargetProcess
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.target.check_key import CheckKey
from hookproof.target.restart import StartedTarget
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint
from hookproof.wire.inbox import Inbox

SECRET = b"a secret that nobody may print"


class Began(StartedTarget):
    """Printed what the test says, and never ran."""

    def __init__(self, printed):
        super().__init__("true", "http://127.0.0.1:9/")
        self._output.write(printed)
        self._output.flush()


@pytest.fixture
def process(envelope, tmp_path):
    """A TargetProcess whose target has printed that; with None, one that was not begun by us."""
    made = []

    def make(printed):
        redactor = Redactor()
        redactor.add(SECRET, "$MY_SECRET")
        journal = Journal(tmp_path / "run.jsonl", redactor)
        target = Target(
            "whatsable",
            Endpoint("http://127.0.0.1:9/"),
            "http://127.0.0.1:9/",
            envelope,
            Promise(0.3, frozenset({200}), frozenset({401})),
            journal,
            redactor,
            Inbox(),
            0.5,
            concurrency=3,
            restart="" if printed is None else Began(printed),
        )
        target.valid_signatures.add("0123456789abcdef" * 4)
        made.extend([journal.close, *([target.restart.stop] if target.restart else [])])
        return TargetProcess(Receiver(target, Record(CheckKey("receiver.test.it", "whatsable"))), {})

    yield make
    for end in made:
        end()


def test_a_log_without_a_secret_says_how_much_was_looked_through(process):
    found = asyncio.run(process(b"listening\nPOST /hook 200\n").printed())

    assert (found.secrets, found.signatures, str(found)) == ((), 0, "25 bytes, and nothing of the kind")


def test_a_secret_in_a_log_is_named_and_not_shown(process):
    found = asyncio.run(process(b"listening\nsettings: " + SECRET + b"\n").printed())

    assert found.secrets == ("$MY_SECRET",) and "settings: $MY_SECRET" in str(found)
    assert SECRET.decode() not in str(found)


@pytest.mark.parametrize("part, count", [(64, 1), (40, 0)], ids=["whole", "part"])
def test_only_a_whole_signature_that_is_right_counts(process, part, count):
    found = asyncio.run(process(b"signature " + (b"0123456789abcdef" * 4)[:part] + b"\n").printed())

    assert found.signatures == count and found.secrets == ()


@pytest.mark.parametrize("printed", [None, b"", b" \n"])
def test_what_was_not_begun_or_prints_nothing_is_not_judged(process, printed):
    with pytest.raises(Inconclusive) as unknown:
        asyncio.run(process(printed).printed())

    assert unknown.value.reason is Reason.PREREQUISITE_FAILED


def test_only_what_was_begun_by_us_is_killed(process):
    with pytest.raises(Inconclusive, match="--start"):
        asyncio.run(process(None).killed("before its answer"))


@pytest.mark.parametrize(
    "counts, lost, twice", [({"a": 1}, False, False), ({"a": 0, "b": 1}, True, False), ({"a": 2}, False, True)]
)
def test_what_a_kill_leaves_is_judged_by_the_effects(counts, lost, twice):
    crash = CrashOutcome("before its answer", kills=3, effects=Effects(counts, 2))

    assert (crash.lost, crash.twice, crash.stuck) == (lost, twice, [])
    assert str(crash).startswith("killed 3 times before its answer, 0 of 0 attempts cut off; ")


def test_all_that_was_printed_is_there_after_a_kill(tmp_path):
    target = StartedTarget(f"echo first; exec {sys.executable} -c 'import time; time.sleep(60)'", "http://127.0.0.1:9/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StartedTarget, "_answers", lambda self: self.running and b"first" in self.printed)
        target.start()
        assert target.running
        target.kill()
        assert not target.running
        target.start()
        assert target.running and target.printed.startswith(b"first\n")
    target.stop()

"""A receiver's check is written in few words: what only one check needs is a case, or stands in the check."""

import re

import pytest

from hookproof.folders import folder
from hookproof.receiver.attempts import Attempts
from hookproof.receiver.challenger import Challenger
from hookproof.receiver.everywhere import Everywhere
from hookproof.receiver.media_host import MediaHost
from hookproof.receiver.process import TargetProcess
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.receiver.run_ledger import RunLedger
from hookproof.target.check_key import of_the_run

MOST = 25
TEXT = "\n".join(path.read_text() for path in sorted((folder("suites") / "receiver").glob("test_*.py")))
ACTORS = {
    "receiver": Receiver,
    "challenger": Challenger,
    "crc": Challenger,
    "media": MediaHost,
    "everywhere": Everywhere,
    "ledger": RunLedger,
    "process": TargetProcess,
}


def _members(kind):
    own = {"target", "record"} if kind is Receiver else set()
    return own | {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", ACTORS)
def test_checks_use_few_verbs_of_each_actor(name):
    used = set(re.findall(rf"\b{name}\.([a-z]\w*)", TEXT))

    assert used and len(used) <= MOST
    assert used <= _members(ACTORS[name])


@pytest.mark.parametrize("kind", sorted(set(ACTORS.values()), key=lambda kind: kind.__name__))
def test_no_actor_has_many_public_members(kind):
    assert len(_members(kind)) <= MOST


def test_a_receiver_has_no_other_attributes():
    assert {name for name in vars(Receiver(None, Record(of_the_run("it")))) if name[0] != "_"} == {"target", "record"}


def test_nothing_sent_is_nothing_acknowledged():
    assert not Attempts(()).acknowledged and not Attempts(()).leak and str(Attempts(())) == "nothing was sent"

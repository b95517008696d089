"""What a whole run shows: each attempt verified, dated and compared with the first of its delivery."""

from dataclasses import replace

from hookproof.delivery.attempt import Promise
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.run_ledger import SendersLedger
from hookproof.target.endpoints.trigger import Trigger
from hookproof.wire.arrivals import OK, Answer, Arrival
from tests.conftest import loaded

KEY = Secret(b"whsec_YSBzZWNyZXQgZm9yIHRoZSBzZWxmLWNoZWNrcy4u")
MAKER = Maker(loaded("standard-webhooks").surfaces({})[0], secret=KEY)
DOCUMENTS = Documents(MAKER, Promise(15.0, frozenset(range(200, 300)), frozenset({400})), [KEY])
EVENT = Trigger("token", "contact.created", "text")
MADE = MAKER.make(plain=True)


def attempt(at_s, *, answer=OK, delivery=MADE, event=EVENT, ids=("1",), late_s=0.0):
    arrival = Arrival(
        1, "http://inbox/a?b=c", "POST", "/a", b"", delivery.headers, delivery.body, at_s, answer, "answered",
        at_s, came_at=delivery.at + late_s, ids=ids,
    )  # fmt: skip
    return Received(arrival, DOCUMENTS, event)


def test_what_is_signed_and_dated_is_neither_unsigned_nor_misdated():
    ledger = SendersLedger([attempt(0), attempt(1, late_s=299)])

    assert ledger.unsigned == ledger.misdated == [] and str(ledger) == "2 attempts"


def test_one_wrong_signature_is_found_wherever_it_is():
    wrong = attempt(2, delivery=replace(MADE, body=MADE.body + b" "))

    assert SendersLedger([attempt(0), attempt(1), wrong]).unsigned == [wrong]


def test_a_time_beyond_the_documented_tolerance_is_found():
    old = attempt(1, late_s=301)

    assert SendersLedger([attempt(0), old]).misdated == [old]


def test_what_was_acknowledged_and_came_again_is_repeated():
    again = [attempt(0), attempt(1)]

    assert len(SendersLedger(again).repeated) == 1
    assert SendersLedger([attempt(0, answer=Answer(500)), attempt(1)]).repeated == []
    assert len(SendersLedger([attempt(0, answer=Answer(500)), attempt(1), attempt(2)]).repeated) == 1
    assert SendersLedger([attempt(0), attempt(1, ids=("2",))]).repeated == [], "another event"
    assert SendersLedger([attempt(0), attempt(1, event=None)]).repeated == [], "nobody knows of which event"


def test_a_restart_or_a_second_registration_may_repeat():
    again = [attempt(0), attempt(1)]

    assert (
        SendersLedger(again, restarts=[0.5]).repeated
        == SendersLedger(again, twice=frozenset({"http://inbox/a"})).repeated
        == []
    )
    assert len(SendersLedger(again, restarts=[1.5]).repeated) == 1


def test_a_later_attempt_with_other_bytes_is_changed():
    other = attempt(1, delivery=replace(MADE, body=MADE.body[:-1] + b" }"))

    assert "differs from the first attempt" in SendersLedger([attempt(0, answer=Answer(500)), other]).changed[0]
    assert SendersLedger([attempt(0, answer=Answer(500)), attempt(1)]).changed == []

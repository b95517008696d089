"""What a run's ledger says is owed, what must not be, and after what nothing happened any more."""

import pytest

from hookproof.delivery.attempt import Attempt, Exchange, Manner, Promise
from hookproof.target.ledger import Ledger, LedgerReading

PROMISE = Promise(1.0, frozenset({200}), frozenset({401}))


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def note(ledger):
    """Enter a delivery with the status that it was answered with."""
    moments = iter(range(1, 1000))

    def entered(delivery, status=200, **more):
        at = float(next(moments))
        exchange = Exchange("answered", status=status, head_s=0.1)
        ledger.note(Attempt(int(at), "http://x/", delivery, Manner(), exchange, PROMISE), at, **more)
        return delivery

    return entered


def _reading(ledger, counts):
    return LedgerReading(len(ledger.steps), tuple(ledger.owed), counts, (), ())


def test_what_is_acknowledged_and_genuine_is_owed_once(ledger, note, envelope):
    taken, refused = note(envelope.make()), note(envelope.make(), 503)
    note(taken.labelled("genuine, again"))
    note(envelope.make().with_payload({}, "ours"))

    assert [(entry.id, entry.owed) for entry in ledger.owed] == [(taken.event_id, 1)]
    assert refused.event_id not in ledger.acknowledged_at


def test_the_same_event_at_two_places_is_owed_twice(ledger, note, envelope):
    event = envelope.make()
    note(event.to("/a", "genuine", genuine=True))
    note(event.to("/b", "genuine", genuine=True))

    assert ledger.owed[0].owed == 2


def test_only_what_nobody_but_a_forger_sent_and_was_refused_is_barred(ledger, note, envelope):
    forged, limited, used = (
        note(envelope.make().unsigned(), 401),
        note(envelope.make().unsigned(), 429),
        envelope.make(),
    )
    note(used.unsigned(), 401)
    note(used)

    assert [entry.id for entry in ledger.barred] == [forged.event_id]
    assert limited.event_id != forged.event_id


def test_what_came_once_is_told_from_what_came_again(ledger, note, envelope):
    once, again = note(envelope.make()), note(envelope.make())
    note(again.labelled("genuine, again"))
    reading = _reading(ledger, {once.event_id: 2, again.event_id: 2})

    assert [entry.id for entry in reading.twice] == [once.event_id]
    assert [entry.id for entry in reading.again] == [again.event_id]


def test_what_was_sent_before_nothing_happened_any_more_is_named(ledger, note, envelope):
    first = note(envelope.make())
    note(envelope.make().with_payload({}, "half a character"))
    gone = [note(envelope.make()) for _ in range(3)]
    note(first.labelled("genuine, again"))
    lost, known = [one.event_id for one in gone], [first.event_id, *(one.event_id for one in gone)]

    assert [step.n for step in ledger.silenced_by(lost, known)] == [2]
    assert not ledger.silenced_by(lost[:1], known)


def test_of_a_flood_some_are_counted_and_all_are_others(ledger, note, envelope):
    first = note(envelope.make())
    for _ in range(450):
        note(envelope.make(), other=True)

    assert len(ledger.owed) == 1 + 150 and ledger.since(first.event_id) == 450
    assert len(ledger.kept) == 1


def test_texts_of_the_plain_kind_are_kept(note, envelope):
    ledger = Ledger(envelope.default_kind, envelope.text_pointer)
    exchange = Exchange("answered", status=200, head_s=0.1)
    delivery = envelope.make(plain=True)
    ledger.note(Attempt(1, "http://x/", delivery, Manner(), exchange, PROMISE), 1.0)

    assert ledger.owed[0].text and ledger.owed[0].text in delivery.body.decode()

import itertools
import json

import jsonschema
import jsonschema_rs

from hookproof.delivery.pointers import get, identify, put
from hookproof.delivery.secret import Secret
from hookproof.providers.events import TEXTS, Maker


def test_generated_events_fit_the_schema_under_both_validators(maker):
    schema = maker.surface.schema()
    fast = jsonschema_rs.validator_for(schema, validate_formats=True)
    slow = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for kind in maker.kinds * 5:
        payload = maker.payload(kind)
        assert [error.message for error in fast.iter_errors(payload)] == []
        assert [error.message for error in slow.iter_errors(payload)] == []


def test_a_delivery_is_signed_over_its_bytes(maker):
    delivery = maker.make()

    assert maker.signer.matches(delivery.body, delivery.signature)
    assert json.loads(delivery.body) == delivery.payload
    assert delivery.event_id == identify(delivery.payload, maker.surface.identities)[0].id


def test_ids_never_repeat(maker):
    ids = [maker.make(kind).event_id for kind in maker.kinds * 50]

    assert len(set(ids)) == len(ids)


def _contents(provider, seed, run):
    maker = Maker(provider.surfaces({})[0], secret=Secret(b"k" * 16), seed=seed, run=run)
    made = [maker.payload("text") for _ in range(20)]
    return [get(one, "/data/message/content") for one in made], [one["event_id"] for one in made]


def test_the_seed_gives_the_contents_and_the_run_the_ids(provider):
    texts, ids = _contents(provider, 1, "a")

    assert _contents(provider, 1, "a") == (texts, ids)
    assert _contents(provider, 2, "a")[0] != texts
    assert _contents(provider, 1, "b")[0] == texts
    assert not set(_contents(provider, 1, "b")[1]) & set(ids)


def test_events_come_in_many_scripts(envelope):
    letters = "".join(get(envelope.payload("text"), "/data/message/content") for _ in range(3000))

    assert all(
        any(low <= letter <= high for letter in letters) for low, high in ["az", "αω", "ая", "一龥", "ぁん", "가힣"]
    )
    assert len(TEXTS) >= 15


def test_the_same_placeholder_gives_the_same_value(envelope):
    payload = envelope.payload("text")

    assert get(payload, "/data/message/content") == get(payload, "/data/conversation_context/last_user_message")
    assert payload["timestamp"] == get(payload, "/data/message/timestamp")


def test_renewed_changes_nothing_but_the_id(maker):
    delivery = maker.make()
    again = maker.renewed(delivery)
    same = json.loads(again.body)
    for pointer in identify(same, maker.surface.identities)[0].pointers:
        put(same, pointer, get(delivery.payload, pointer))

    assert again.event_id != delivery.event_id
    assert same == delivery.payload


def test_the_pool_hands_out_distinct_signed_deliveries(maker):
    drawn = list(itertools.islice(maker.pool(size=8), 2000))

    assert len({id_ for id_, _, _ in drawn}) == len({body for _, body, _ in drawn}) == 2000
    for id_, body, signature in drawn[::97]:
        assert [one.id for one in identify(json.loads(body), maker.surface.identities)] == [id_]
        assert maker.signer.matches(body, signature)

"""Named variations: each is what its name says, and none changes the delivery it was made from."""

import json
import re

import pytest

from hookproof import cases, folders, providers
from hookproof.cases import bodies, http_requests, payloads, signatures, spellings
from hookproof.delivery.pointers import get
from hookproof.providers import SpecError
from hookproof.providers.events import Maker
from hookproof.providers.loading import load_folder
from tests.conftest import every_surface, secret_for
from tests.providers.small_provider import written

MODULES = (signatures, spellings, bodies, payloads, http_requests)
TABLES = sorted(
    name for module in MODULES for name, member in vars(module).items()
    if callable(member) and getattr(member, "__module__", "") == module.__name__
    and not name.startswith("_") and name != "many"
)  # fmt: skip
# Whatever the delivery was, these make fresh ones, or one that means the same.
ALIKE = ("similar_ids", "nulls", "scripts", "header_spellings")
# Of these this provider documents none.
NONE_HERE = ("batches", "damaged_batches", "empty_bodies", "optional_kinds", "tainted_batches", "batches_with_it")


def test_no_name_of_a_table_is_taken_twice():
    folder = folders.folder("suites").parent / "src" / "hookproof" / "cases"
    names = [name for path in folder.glob("*.py") for name in re.findall(r"^def ([a-z]\w+)", path.read_text(), re.M)]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_gives_other_deliveries(envelope, name):
    found = cases.table(name)(envelope)
    delivery = envelope.make()
    made = [case(delivery) for case in found.values()]

    assert bool(made) is (name not in NONE_HERE)
    if name not in ALIKE:
        assert all(
            (one.body, one.headers, one.method) != (delivery.body, delivery.headers, delivery.method) for one in made
        )


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda one: f"{one.subject}.{one.name}")
def test_every_table_serves_every_surface(surface):
    maker = Maker(surface, secret=secret_for(surface), run="test")
    for name in TABLES:
        if surface.scheme or name in USED_WITHOUT_A_SIGNATURE:
            for label, case in cases.table(name)(maker).items():
                assert case(maker.make()), f"{name}: {label}"


OVER_SIGNATURES = {*vars(signatures), *vars(spellings)}
USED_WITHOUT_A_SIGNATURE = [name for name in TABLES if name not in OVER_SIGNATURES] + ["similar_ids"]


def test_an_unknown_table_is_an_error():
    with pytest.raises(SpecError, match=r"no table of cases is called 'malformed_signature'; .*'malformed_signatures'"):
        cases.table("malformed_signature")


@pytest.mark.parametrize("name", ["malformed_signatures", "junk_around_the_signature", "parts_of_the_signature",
                                  "changed_digits", "other_algorithms"])  # fmt: skip
def test_no_forged_signature_is_the_right_one(envelope, name):
    for case in cases.table(name)(envelope).values():
        forged = case(envelope.make())
        assert not envelope.signer.matches(forged.body, forged.signature)


def test_changed_bodies_keep_the_old_signature(envelope):
    for name, case in signatures.changed_bodies(envelope).items():
        forged = case(envelope.make())
        assert not envelope.signer.matches(forged.body, forged.signature), name
        assert envelope.signer.matches(forged.seal.over, forged.signature), name


@pytest.mark.parametrize(
    "name", ["odd_bytes", "hostile_bodies", "not_json", "added_fields", "scripts", "nulls", "largest"]
)
def test_genuine_oddities_are_signed_over_their_bytes(envelope, name):
    for case in cases.table(name)(envelope).values():
        odd = case(envelope.make())
        assert envelope.signer.matches(odd.body, odd.signature), odd.label


def test_odd_bytes_all_say_the_same(envelope):
    delivery = envelope.make()
    said = {json.dumps(case(delivery).payload, sort_keys=True) for case in spellings.odd_bytes(envelope).values()}

    assert len(said) == 2, "one with ASCII and one with other text"
    assert len({case(delivery).body for case in spellings.odd_bytes(envelope).values()}) == 10


def test_optional_fields_are_those_the_schema_does_not_require(envelope):
    found = payloads.without_optional_fields(envelope)

    assert "/data/recipient_name" in found and "/data/message/content" in found
    assert not {"/event_id", "/data/message/type", "/data/user_id"} & set(found)


def test_unknown_fields_go_into_every_object(envelope):
    assert {"at the top", "/data", "/data/message", "/data/conversation_history/0"} <= set(
        payloads.added_fields(envelope)
    )


def test_the_largest_delivery_is_as_large_as_documented(maker):
    delivery = payloads.largest(maker)["largest"](maker.make())

    assert 100_000 < len(delivery.body) < 400_000
    assert all(len(get(delivery.payload, pointer)) == 4096 for pointer in maker.surface.fields.long_text)


def test_similar_ids_are_two_events(maker):
    for name, pair in signatures.similar_ids(maker).items():
        first, second = pair(maker.make())
        assert first.event_id != second.event_id, name


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda one: f"{one.subject}.{one.name}")
def test_similar_ids_are_the_same_cases_in_every_run(surface):
    runs = [Maker(surface, secret=secret_for(surface), run=f"run {n}") for n in range(8)]

    assert len({tuple(signatures.similar_ids(maker)) for maker in runs}) == 1


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda one: f"{one.subject}.{one.name}")
def test_similar_ids_are_no_other_event_of_the_run(surface):
    maker = Maker(surface, secret=secret_for(surface), run="test")
    before = [maker.make() for _ in range(150)]
    made = [one for pair in signatures.similar_ids(maker).values() for one in pair(before[-1])]
    after = [maker.make() for _ in range(150)]

    assert not {one.event_id for one in made} & {one.event_id for one in before + after}


@pytest.mark.parametrize(
    "surface", providers.load("pingback").surfaces({"signatures": "platform"}), ids=lambda one: one.name
)
def test_what_a_sender_always_escapes_is_never_signed_unescaped(surface):
    maker = Maker(surface, secret=secret_for(surface), run="test")
    bodies = [odd(maker.make()).body for odd in spellings.odd_bytes(maker).values()]

    assert all(body.isascii() for body in bodies) is surface.fields.escaped


@pytest.mark.parametrize("name", providers.names())
def test_every_case_that_a_requirement_names_is_there(name):
    cases.check(providers.load(name))


def test_a_case_that_no_surface_has_is_one_line(tmp_path):
    root = written(tmp_path / "acme")
    rules = (root / "requirements.toml").read_text()
    check = "receiver.signature.rejects-another-secret"
    (root / "requirements.toml").write_text(rules.replace(check, "sender.delivery.delivers-each-kind-of-event[txt]"))

    with pytest.raises(providers.SpecError) as refused:
        cases.check(load_folder(root))
    complaint = "'sender.delivery.delivers-each-kind-of-event' has no case 'txt'; there are: read, text"
    assert str(refused.value) == f"acme/requirements.toml: ACME-SIG-1.checks: {complaint}"

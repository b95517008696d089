"""What is forged is never called genuine, and what is genuine is signed: for every table and every surface."""

import pytest

from hookproof import cases
from hookproof.cases import bodies, channels, forgeries, http_requests, payloads, signatures, states
from hookproof.delivery import placed
from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import get
from hookproof.providers.events import Maker
from tests.conftest import every_surface, secret_for

MODULES = (signatures, forgeries, bodies, payloads, http_requests, channels, states)
FORGING = {"malformed_signatures", "junk_around_the_signature", "parts_of_the_signature", "changed_digits",
           "other_algorithms", "other_encodings", "changed_bodies", "forgeries", "unsigned_requests",
           "unsigned_hostile_bodies", "unsigned_garbage", "forged_kinds", "forged_sizes", "forged_forms",
           "two_wrong_signatures"}  # fmt: skip
"""Tables none of whose deliveries is signed by the provider's key over its own bytes."""
GENUINE = {"kinds", "countable_kinds", "optional_kinds", "batches", "tainted_batches", "damaged_batches",
           "empty_bodies", "batches_with_it", "similar_ids", "states", "state_chains", "state_kinds",
           "own_channels", "content_type_spellings", "header_spellings", "odd_bytes", "scripts", "largest",
           "past_times"}  # fmt: skip
"""Tables all of whose deliveries are such as the provider itself would send."""
ABOUT_SIGNATURES = {signatures.__name__, forgeries.__name__}
SIGNING = {name for name, table in cases.TABLES.items() if table.__module__ in ABOUT_SIGNATURES} - {"similar_ids"}


def _tables():
    return {name for name, table in cases.TABLES.items() if table.__module__ in {one.__name__ for one in MODULES}}


def _made(maker, name):
    """Every delivery of the table, with the name of its case."""
    delivery = maker.make()
    for case, change in cases.table(name)(maker).items():
        made = change() if name in ("states", "state_chains") else change(delivery)
        yield from ((case, one) for one in ([made] if isinstance(made, Delivery) else made))


def _holds(made):
    """Whether the signature is right, or each of them where items are signed one by one."""
    scheme = made.signer.scheme
    if not scheme.items:
        return made.signer.matches(made.body, made.signature)
    try:
        payload = made.read()
        values = {item: get(payload, item + scheme.place) for item in placed.items(payload, scheme)}
    except (ValueError, RecursionError, TypeError, LookupError):  # compressed, or no event at all: nothing to look at
        return True
    return all(made.signer.matches(made.body, value, item) for item, value in values.items())


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda one: f"{one.subject}.{one.name}")
def test_a_label_calls_genuine_what_is_genuine_and_nothing_else(surface):
    maker = Maker(surface, secret=secret_for(surface), run="test")
    for name in sorted(_tables() - (set() if surface.scheme else SIGNING)):
        for case, made in _made(maker, name):
            in_the_id = maker.text_pointer == maker.id_pointer and name in ("odd_bytes", "scripts")
            meant = (
                (name in GENUINE and not in_the_id)
                or case == "fifty long texts"
                or case in maker.surface.kinds("unknown")
            )
            assert made.genuine is made.label.startswith("genuine") is meant, f"{name}[{case}]: {made.label}"
            right = made.signer is None or (made.well_signed and _holds(made))
            assert right or not made.genuine, f"{name}[{case}]"
            if maker.signer and name in FORGING:
                token = not maker.signer.scheme.covers_the_body
                assert not right or (token and name == "changed_bodies"), f"{name}[{case}]"


@pytest.mark.parametrize("change", [
    lambda one: one.with_body(one.body + b" ", "longer"), lambda one: one.with_signature("x", "odd"),
    lambda one: one.unsigned(), lambda one: one.signed("foreign", secret=b"another"),
    lambda one: one.signed("foreign", secret=b"another", genuine=True), lambda one: one.with_method("PUT"),
    lambda one: one.with_two_signatures(one.wrong_signature, one.signature), lambda one: one.to("/x", "elsewhere"),
    lambda one: one.with_header("Content-Type", "text/plain", "as text"),
    lambda one: one.without_header("Content-Type", "without a type"),
    lambda one: one.with_payload({**one.read(), "x": 1}, "grown"),
    lambda one: one.with_body(b"{}", "empty").reformatted(),
])  # fmt: skip
def test_what_was_changed_is_no_longer_genuine(envelope, change):
    delivery = envelope.make()

    assert delivery.genuine and delivery.well_signed and not change(delivery).genuine


def test_a_copy_and_a_retry_are_as_genuine_as_before(envelope):
    delivery = envelope.make()
    copies = [delivery.labelled("genuine, again"), delivery.reformatted(), delivery.to("/x", "x", genuine=True)]

    assert all(copy.genuine and copy.well_signed for copy in copies)
    assert not delivery.unsigned().to("/x", "x", genuine=True).genuine


@pytest.mark.parametrize("surface", [one for one in every_surface() if one.scheme], ids=lambda one: one.subject)
def test_a_body_changed_after_signing_is_another_body(surface):
    maker = Maker(surface, secret=secret_for(surface), run="test")
    delivery = maker.make()

    same = [case for case, made in _made(maker, "changed_bodies") if made.body == delivery.body]

    assert same == [], "not forged: the bytes are those that were signed"

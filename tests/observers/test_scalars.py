"""Which payloads carry an id, and what is forgotten when there are too many."""

import pytest

from hookproof.observers.scalars import NODES, Scalars, TooLarge


def _carrying(*payloads):
    seen = Scalars()
    for payload in payloads:
        seen.add(payload, 0.0)
    return seen


@pytest.mark.parametrize(
    "payload, id_",
    [
        ("evt", "evt"),
        ({"a": [{"b": "evt"}]}, "evt"),
        ([12345678901234567890], "12345678901234567890"),
        ([3.0], "3"),
        ([1.5], "1.5"),
        (["x" * 5000], "x" * 5000),
        (["a:b"], "a:b"),
        ({"id": "a", "status": "b"}, "a:b"),
        (["+49:1", "b"], "+49:1:b"),
        (["+49", "2025-04-10T12:30:00Z"], "+49:2025-04-10T12:30:00Z"),
        (["a", 1, "c"], "a:1:c"),
        (["\ud800"], "\ud800"),
    ],
)
def test_a_payload_carries_an_id(payload, id_):
    assert _carrying(payload, payload, ["another"]).count(id_) == 2


@pytest.mark.parametrize(
    "payloads, id_",
    [
        ([{"evt": 1}], "evt"),
        ([["an evt"]], "evt"),
        ([[True, None]], "True"),
        ([["a"], ["b"]], "a:b"),
        ([["a", "bc"]], "a:b"),
        ([["a", "c"]], "a:b:c"),
        ([b"evt"], "evt"),
        ([float("inf"), float("nan")], "evt"),
        ([["a"]], ":".join("a" * 50)),
    ],
)
def test_a_payload_does_not_carry_an_id(payloads, id_):
    assert _carrying(*payloads).count(id_) == 0


def test_the_oldest_payloads_are_forgotten_first_and_it_is_told():
    seen = Scalars(payloads=2, scalars=5)

    assert [seen.add(["same", n], float(n)) for n in range(4)] == [None, None, 0.0, 1.0]
    assert [seen.count(text) for text in ("same", "0", "1", "2", "3")] == [2, 0, 0, 1, 1]
    assert seen.add(["a", "b", "c", "d", "e"], 4.0) == 3.0
    assert (seen.count("same"), seen.count("e")) == (0, 1)


def test_a_payload_that_is_too_large_leaves_nothing_behind():
    seen = Scalars()
    deep = "evt"
    for _ in range(5000):
        deep = [deep]
    seen.add(deep, 0.0)
    with pytest.raises(TooLarge):
        seen.add(["other", [0] * NODES], 0.0)

    assert (seen.count("evt"), seen.count("other")) == (1, 0)

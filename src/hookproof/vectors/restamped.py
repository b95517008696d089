"""Entries about what is signed beside the body: the time, the id, and which signature of a list counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from hookproof.cases import freshness
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.signature import KeyedSigner
from hookproof.delivery.signed_text import Stamp
from hookproof.providers.events import Maker
from hookproof.vectors.question import VectorEntry

OLD = "receiver.freshness.rejects-an-old-time"
FUTURE = "receiver.freshness.rejects-a-future-time"
LISTS = "receiver.freshness.rejects-a-list-without-the-right-signature"


def stamp_entries(maker: Maker) -> Iterator[VectorEntry]:
    """Entries about times, ids and lists, where the provider has them."""
    scheme = maker.signer.scheme if maker.signer else None
    if scheme is None:
        return
    for flag, check, table in (
        ("old-time", OLD, {**freshness.old_times(maker), **_years(maker, 1)}),
        ("future-time", FUTURE, {**freshness.future_times(maker), **_years(maker, -1)}),
    ):
        for name, case in table.items():
            named = "an hour past the tolerance" if name.endswith("year") else name
            make = partial(_of, maker, case)
            yield VectorEntry(flag, name, make, accept=False, check=check, case=named, documented=True)
    for name, case in _lists(maker).items():
        yield VectorEntry("wrong-list", name, partial(_of, maker, case), accept=False, check=LISTS)
    changed: dict[str, dict[str, Case]] = {
        "changed-time": _times() if "{timestamp}" in scheme.signs else {},
        "changed-id": _ids() if scheme.signs_the_id else {},
        "missing-part": _missing_parts(maker),
    }
    for flag, table in changed.items():
        for name, case in table.items():
            yield VectorEntry(flag, name, partial(_of, maker, case), accept=False)


def _of(maker: Maker, case: Case) -> Delivery:
    return case(maker.make(plain=True))


def _years(maker: Maker, sign: int) -> dict[str, Case]:
    """A year past the tolerance, where there is one."""
    scheme = maker.signer.scheme if maker.signer else None
    if scheme is None or not (scheme.timestamped and scheme.tolerance_s):
        return {}
    far_s = sign * 365 * 86400
    label = f"signed a year {'ago' if sign > 0 else 'ahead'}"
    return {"a year": lambda delivery: delivery.signed_at(delivery.at - far_s, label)}


def _lists(maker: Maker) -> dict[str, Case]:
    """Lists in which no signature is right."""
    if not (maker.signer and maker.signer.scheme.lists):
        return {}

    def many(delivery: Delivery) -> Delivery:
        return delivery.with_list(*[delivery.wrong_signature] * 100, label="with a list of a hundred wrong signatures")

    def another(delivery: Delivery) -> Delivery:
        wrong = delivery.signed("", secret=b"another secret").signature
        return delivery.with_list(wrong, wrong, label="with a list of signatures with another key")

    def none(delivery: Delivery) -> Delivery:
        return delivery.with_list(label="with an empty list")

    found = freshness.lists_of_wrong_signatures(maker)
    return {**found, "a hundred wrong ones": many, "another key, twice": another, "an empty list": none}


Change = Callable[[Stamp, Delivery], Stamp]


def _told(change: Change, label: str) -> Case:
    """Another id or time wherever a header says it, as a text, under the signature over the right one."""

    def other(delivery: Delivery) -> Delivery:
        assert isinstance(delivery.signer, KeyedSigner)
        mine = delivery.signer.scheme
        scheme = replace(mine, stamp=change(mine.stamp, delivery))
        made = delivery.with_signature(scheme.around(delivery.digest), label)
        for name, text in scheme.stamp_headers():
            made = made.with_header(name, text, label)
        return made

    return other


def _times() -> dict[str, Case]:
    """Times that are not the signed one; some are no times at all."""

    def moved(by_s: int) -> Change:
        return lambda stamp, delivery: _moved(stamp, delivery, by_s)

    def said(text: str) -> Change:
        return lambda stamp, delivery: replace(stamp, timestamp=text)

    texts = ("NaN", "Infinity", "1e9", "-1", "0", "abc", "null", "9" * 30, "²", "1,700,000,000", "2038-01-19")
    return {
        "a second less": _told(moved(-1), "with another time than was signed"),
        "a second more": _told(moved(1), "with another time than was signed"),
        "another hour": _told(moved(3600), "with another time than was signed"),
        "a thousand times as much": _told(lambda stamp, _: replace(stamp, timestamp=f"{stamp.timestamp}000"),
                                          "with a time in other units than was signed"),
        **{text: _told(said(text), f"with {text} for a time") for text in texts},
    }  # fmt: skip


def _moved(stamp: Stamp, delivery: Delivery, by_s: int) -> Stamp:
    assert isinstance(delivery.signer, KeyedSigner)
    return replace(stamp, timestamp=delivery.signer.scheme.written(delivery.at + by_s))


def _ids() -> dict[str, Case]:
    """Ids that are not the signed one."""

    def id_(change: Callable[[str], str]) -> Case:
        return _told(lambda stamp, _: replace(stamp, id=change(stamp.id)), "with another id than was signed")

    return {
        "a digit more": id_(lambda id_: id_ + "0"),
        "a letter less": id_(lambda id_: id_[:-1]),
        "in the other case": id_(str.swapcase),
        "a full stop behind": id_(lambda id_: id_ + "."),
        "of another delivery": id_(lambda id_: "msg_0000000000000000"),
    }


def _missing_parts(maker: Maker) -> dict[str, Case]:
    """Headers with the signed id or time left out or empty."""
    scheme = maker.signer.scheme if maker.signer else None
    if scheme is None:
        return {}
    found: dict[str, Case] = {}
    for name, template in scheme.headers:
        if ("{timestamp}" in template and scheme.timestamped) or ("{id}" in template and scheme.signs_the_id):
            found |= {f"no {name}": _without(name), f"an empty {name}": _emptied(name)}
    if "{timestamp}" in scheme.signs:
        found["an empty time"] = _told(lambda stamp, _: replace(stamp, timestamp=""), "with an empty time")
    if scheme.signs_the_id:
        found["an empty id"] = _told(lambda stamp, _: replace(stamp, id=""), "with an empty id")
    return found


def _without(name: str) -> Case:
    return lambda delivery: delivery.without_header(name, f"without {name}")


def _emptied(name: str) -> Case:
    return lambda delivery: delivery.with_header(name, "", f"with an empty {name}")

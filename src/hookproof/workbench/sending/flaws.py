"""What may be wrong with a delivery sent by hand: a few flaws by plain names, and every case of the suite"""

from __future__ import annotations

import secrets
from functools import cache
from typing import get_type_hints

from hookproof import cases
from hookproof.cases import freshness, payloads
from hookproof.delivery.model import Case, Delivery
from hookproof.providers.events import Maker

DUPLICATE = "duplicate"
"""The flaw that is no other delivery, but the same one twice."""


class NoFlaw(Exception):
    """There is no flaw of that name for this provider. Its text is one line."""


def names(maker: Maker) -> list[str]:
    """Every flaw there is for this provider: the plain ones, then the suite's tables of cases."""
    return [*_plain(maker), DUPLICATE, *(name for name in _tables() if _cases(maker, name))]


def flawed(maker: Maker, delivery: Delivery, name: str) -> list[Delivery]:
    """What a flaw makes of a genuine delivery: one, or one for each case of a table. Raises NoFlaw.

    `name`: a plain one, like bad-signature; a table of the suite, like malformed-signatures; or TABLE/CASE.
    """
    plain = _plain(maker)
    table, _, case = name.partition("/")
    if name == DUPLICATE:
        return [delivery, delivery.labelled("the same again")]
    if name in plain:
        return [plain[name](delivery)]
    known = _cases(maker, table)
    if not known:
        raise NoFlaw(f"--flaw {name}: there is none for this provider; there are: {', '.join(names(maker))}")
    if case and case not in known:
        raise NoFlaw(f"--flaw {name}: {table} has no such case; there are: {', '.join(known)}")
    return [known[case](delivery)] if case else [made(delivery) for made in known.values()]


def _plain(maker: Maker) -> dict[str, Case]:
    """What people ask for first, by names without a table."""
    firsts = {
        "unknown-field": payloads.added_fields(maker),
        "unknown-kind": payloads.unknown_values(maker),
        "old-timestamp": freshness.old_times(maker),
        "future-timestamp": freshness.future_times(maker),
    }
    found: dict[str, Case] = {name: next(iter(table.values())) for name, table in firsts.items() if table}
    if maker.signer is None:
        return found
    found |= {
        "bad-signature": lambda delivery: delivery.with_signature(delivery.wrong_signature, "with a wrong signature"),
        "no-signature": lambda delivery: delivery.unsigned(),
        "another-secret": lambda delivery: delivery.signed("of another secret", secret=secrets.token_bytes(32)),
    }
    if maker.signer.scheme.covers_the_body:
        found["changed-body"] = lambda delivery: delivery.with_body(delivery.body + b" ", "changed after signing")
    return found


@cache
def _tables() -> dict[str, str]:
    """The tables whose cases are changes of a delivery: by their names as they are typed."""
    known = {name: get_type_hints(table).get("return") for name, table in cases.TABLES.items()}
    return {name.replace("_", "-"): name for name, made in known.items() if made == dict[str, Case]}


def _cases(maker: Maker, table: str) -> dict[str, Case]:
    """The cases of a table; none if there is no such table, or if it has none for this provider."""
    name = _tables().get(table)
    return cases.table(name)(maker) if name else {}

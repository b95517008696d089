"""Forgeries in every form a delivery can have: each kind, size, coding and media type. None is rightly signed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from hookproof.cases.http_requests import content_type_spellings, other_content_types
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import put
from hookproof.providers.events import Maker

FOREIGN = b"another secret"
SIZES = (70_000, 120_000, 400_000)
"""Bytes of padding, around where queues, parsers and middlewares stop reading."""


def _unsigned(case: Case) -> Case:
    return lambda delivery: case(delivery).unsigned()


def _foreign(case: Case) -> Case:
    def signed(delivery: Delivery) -> Delivery:
        made = case(delivery)
        return made.signed(f"signed with another secret, {made.label}", secret=FOREIGN)

    return signed


def _both(found: dict[str, Case]) -> dict[str, Case]:
    unsigned = {f"{name}, unsigned": _unsigned(case) for name, case in found.items()}
    return {**unsigned, **{f"{name}, another secret": _foreign(case) for name, case in found.items()}}


def forged_kinds(maker: Maker) -> dict[str, Case]:
    """Every documented kind of event, unsigned and signed with another secret."""
    return _both({kind: maker.of_kind(kind) for kind in maker.kinds}) if maker.signer else {}


def forged_sizes(maker: Maker) -> dict[str, Case]:
    """The smallest body and large ones, unsigned and signed with another secret."""
    if not maker.signer:
        return {}
    empty: dict[str, Case] = {"no body": lambda delivery: delivery.with_body(b"", "without a body")}
    return _both({**empty, **{f"{size // 1000} kB": _padded(size, maker) for size in SIZES}})


def forged_forms(maker: Maker) -> dict[str, Case]:
    """Another coding or media type, unsigned and signed with another secret."""
    if not maker.signer:
        return {}
    codings = {"gzip": _packed("gzip", lambda body: gzip.compress(body, mtime=0)),
               "deflate": _packed("deflate", zlib.compress), "identity": _packed("identity", bytes)}  # fmt: skip
    types = {f"as {name}": case for name, case in content_type_spellings(maker).items()}
    others = {f"as {name}": _foreign(case) for name, case in other_content_types(maker).items()}
    return {**_both(codings), **_both(types), **others}


def _packed(coding: str, pack: Callable[[bytes], bytes]) -> Case:
    """The body under a Content-Encoding."""
    label = f"under Content-Encoding: {coding}"
    return lambda delivery: delivery.with_body(pack(delivery.body), label).with_header(
        "Content-Encoding", coding, label
    )


def two_wrong_signatures(maker: Maker) -> dict[str, Case]:
    """The signature header twice, and neither is right."""
    if not maker.signer:
        return {}

    def foreign(delivery: Delivery) -> str:
        return delivery.signed("foreign", secret=FOREIGN).signature

    return {
        "zeros and another secret's": lambda one: one.with_two_signatures(one.wrong_signature, foreign(one)),
        "another secret's and zeros": lambda one: one.with_two_signatures(foreign(one), one.wrong_signature),
        "another secret's twice": lambda one: one.with_two_signatures(foreign(one), foreign(one)),
    }


def _padded(size: int, maker: Maker) -> Case:
    """The delivery with so many bytes more in it: in its text, or where that is an id in a member of its own."""

    def grown(delivery: Delivery) -> Delivery:
        payload = delivery.read()
        own = "/x_padding" if maker.text_pointer == maker.id_pointer else maker.text_pointer
        put(payload, own, "x" * size)
        return delivery.with_payload(payload, f"with {size // 1000} kB more")

    return grown

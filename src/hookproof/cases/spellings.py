"""Genuine bodies that are spelled otherwise than a library would, each signed over those very bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from hookproof.delivery.encoding import FormFields, JsonInForm, Multipart
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import put
from hookproof.providers.events import Maker


def odd_bytes(maker: Maker) -> dict[str, Case]:
    """Bodies whose bytes differ from what a JSON library would write, each signed over those very bytes.

    A sender that escapes whatever is not ASCII may sign the escaped text, as Meta says it does: receivers that escape
    before they verify are right, and never see other letters as they are.
    """

    pointer = maker.text_pointer
    genuine = not pointer or pointer != maker.id_pointer
    if isinstance(maker.writing, FormFields):
        return _odd_forms(pointer, genuine=genuine)
    if isinstance(maker.writing, Multipart):
        return {}

    def written(write: Callable[[Any], str], label: str, text: str = "a / <b> & c") -> Case:
        def odd(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            if pointer:
                put(payload, pointer, text)
            text_ = write(payload)
            inside = delivery.writing.member if isinstance(delivery.writing, JsonInForm) else ""
            body = (urlencode({inside: text_}) if inside else text_).encode()
            named = f"genuine, {label}" if genuine else label
            return delivery.with_signed_body(body, named, genuine=genuine)

        return odd

    def dumped(label: str, text: str = "a / <b> & c", **style: Any) -> Case:
        return written(lambda payload: json.dumps(payload, **style), label, text)

    always_escaped = maker.surface.fields.escaped
    compact: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": always_escaped}
    foreign = "Grüße, Ωμέγα"
    raw = {"non-ASCII text as it is": dumped("signed with non-ASCII text as it is", foreign, **compact)}
    return {
        "indented": dumped("signed as indented JSON", indent=4),
        "spaced": dumped("signed as spaced JSON"),
        "compact": dumped("signed as compact JSON", **compact),
        "keys in another order": written(
            lambda payload: json.dumps(_reversed(payload), **compact), "signed with keys in another order"
        ),
        **({} if always_escaped else raw),
        "escaped": dumped("signed with non-ASCII text escaped", foreign, separators=(",", ":")),
        "escaped in upper case": written(_upper_escapes, "signed with escapes in upper case", foreign),
        "slashes escaped": written(
            lambda payload: json.dumps(payload, **compact).replace("/", "\\/"), "signed with slashes escaped"
        ),
        "a line break at the end": written(
            lambda payload: json.dumps(payload, **compact) + "\n", "signed with a line break at the end"
        ),
        "white space before": written(
            lambda payload: "\r\n  " + json.dumps(payload, **compact), "signed with white space before"
        ),
    }


def _reversed(payload: Any) -> Any:
    """The payload with the members of its object, or of each of its objects, in another order."""
    if isinstance(payload, dict):
        return dict(reversed(payload.items()))
    return [_reversed(item) for item in payload] if isinstance(payload, list) else payload


def _odd_forms(pointer: str, *, genuine: bool) -> dict[str, Case]:
    """Forms that are spelled otherwise than a library would spell them."""

    def spelled(spell: Callable[[list[tuple[str, str]]], str], label: str) -> Case:
        def odd(delivery: Delivery) -> Delivery:
            payload = delivery.read()
            if pointer:
                put(payload, pointer, "a / <b> & c é")
            named = f"genuine, {label}" if genuine else label
            return delivery.with_signed_body(spell(list(payload.items())).encode(), named, genuine=genuine)

        return odd

    return {
        "keys in another order": spelled(
            lambda pairs: urlencode(list(reversed(pairs))), "signed with parameters in another order"
        ),
        "blanks escaped": spelled(lambda pairs: urlencode(pairs, quote_via=quote), "signed with blanks as %20"),
    }


def _upper_escapes(payload: Any) -> str:
    text = json.dumps(payload, separators=(",", ":"))
    return re.sub(r"(?<!\\)\\u([0-9a-f]{4})", lambda match: "\\u" + match[1].upper(), text)

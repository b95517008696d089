"""Generated deliveries: bodies that were made from the documented schema, signed and sent by us."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs

from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import get, identify, put, take
from hookproof.plugin.generated.kept import GeneratedBody, kept
from hookproof.providers.events import Maker
from hookproof.verdict import Inconclusive, Reason

# Nobody who downloads what a generated event points to is sent to a stranger's host.
_URL = re.compile(rb'https?://[^"\\\s]*')
_NOWHERE = b"https://files.example.invalid/file"


class Generator:
    """Deliveries of one provider that fit its schema, or that do not."""

    def __init__(self, maker: Maker, seed: int, examples: int) -> None:
        self._maker, self._seed, self._examples = maker, seed, examples

    def for_all(self, *, valid: bool) -> Callable[[Callable[[Delivery], None]], None]:
        """A decorator that runs a property at once: over boundary values, then over drawn bodies.

        Where one fails, the smallest that fails so is looked for, and raises.
        """

        def run(check: Callable[[Delivery], None]) -> None:
            for body in self.bodies(valid=valid):
                try:
                    check(self._delivery(body, valid=valid))
                except Inconclusive:
                    raise
                except Exception as error:
                    if not body.drawn:
                        raise
                    self._smallest(check, valid=valid)
                    raise Inconclusive(Reason.CONFLICTING_EVIDENCE, contradiction(error)) from None

        return run

    def bodies(self, *, valid: bool) -> list[GeneratedBody]:
        """Always the same for the same document, seed and number of examples."""
        surface = self._maker.surface
        about = {
            "document": surface.provider.openapi,
            "surface": surface.subject,
            "media_type": surface.fields.content_type,
            "kinds": {kind: surface.schema(kind) for kind in self._maker.kinds},
        }

        def make() -> list[GeneratedBody]:
            from hookproof.plugin.generated.bodies import made  # schemathesis takes 0.6 s to import

            return made(self._maker, self._seed, self._examples, valid=valid)

        return kept(about, self._seed, self._examples, valid, make, GeneratedBody)

    def _smallest(self, check: Callable[[Delivery], None], *, valid: bool) -> None:
        from hookproof.plugin.generated.bodies import draw_each

        draw_each(
            self._maker,
            self._seed,
            self._examples,
            lambda body: check(self._delivery(body, valid=valid)),
            valid=valid,
        )

    def _delivery(self, made: GeneratedBody, *, valid: bool) -> Delivery:
        """Sign the bytes; a valid event gets an id of its own."""
        kind, body = made.kind, _URL.sub(_NOWHERE, made.body)
        if valid:
            payload = json.loads(body, parse_float=_number)
            payload = self._identified(payload, kind)
            genuine = self._made_of_its_kind(payload, kind)
            fitting = self._maker.deliver(payload)
            label = f"{'genuine, ' if genuine else ''}fitting the schema{made.why}"[:160]
            return fitting.signed(label, genuine=genuine)
        return self._maker.make(kind).with_signed_body(body, f"not fitting the schema{made.why}"[:160])

    def _made_of_its_kind(self, payload: Any, kind: str) -> bool:
        """Have it say of what type and version it is as documented; whether a receiver must act on it then.

        Where the schema leaves that open or the payload has no such place, it stays as it is, and is only acknowledged.
        """
        surface = self._maker.surface
        told, source = copy.deepcopy(payload), self._maker.payload(kind)
        try:
            take(told, source, list(surface.fields.unknown))
            said = all(get(told, place) == get(source, place) for place in surface.fields.unknown)
        except (LookupError, TypeError, ValueError):
            return False
        if not isinstance(payload, dict) or not said or not jsonschema_rs.is_valid(surface.schema(kind), told):
            return False
        payload.clear()
        payload.update(told)
        return surface.events[kind].required

    def _identified(self, payload: Any, kind: str) -> Any:
        """The payload with fresh ids wherever it has an event."""
        identities = self._maker.surface.identities
        source = self._maker.payload(kind)
        likes = identify(source, identities)
        for named in identify(payload, identities) if likes else []:
            for here, there in zip((*named.pointers, *named.also), (*likes[0].pointers, *likes[0].also), strict=False):
                put(payload, here, get(source, there))
        self._maker.renew(payload, source, kind)
        take(payload, source, self._maker.own_places(kind))
        return payload


def contradiction(error: BaseException) -> str:
    """What is said of a body that failed once and, the same again, did not."""
    return f"the same delivery was answered differently: {(str(error).splitlines() or ['no reason given'])[0]}"


def _number(text: str) -> float | int:
    """JSON Schema takes 7.0 for an integer; senders write 7."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value

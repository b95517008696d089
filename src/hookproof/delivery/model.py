"""A delivery as a value: what is sent, who signs it, and how to make another one of it. No I/O, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from hookproof.delivery import placed
from hookproof.delivery.encoding import COMPACT, Writing
from hookproof.delivery.pointers import Headers as Headers
from hookproof.delivery.signature import Scheme


class Signer(Protocol):
    """Signs bodies as one provider would, with one key."""

    @property
    def header(self) -> str: ...

    @property
    def scheme(self) -> Scheme: ...

    def sign(self, body: bytes, *, secret: bytes | None = None, item: str = "") -> str:
        """The signature's value for `body`; with another key when `secret` is given; for one item of it."""

    def stamped(self, id: str, at: float) -> Signer:
        """The signer of one attempt of the delivery with this id, signed at Unix time `at` (seconds)."""

    def saying(self, time: str) -> Signer:
        """The signer of an attempt that says this of its time, whatever it is."""


@dataclass(frozen=True)
class Seal:
    """Where a signature header's value came from, so that a reproducer can make it again.

    `over` is what was signed, `value` what the signer made of it, with the run's own key unless `foreign`.
    """

    over: bytes
    value: str
    foreign: bool = False


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint. Every `with_…` returns a new delivery; none signs again by itself.

    `headers` are sent in this order and in this spelling, framing headers apart. `event_ids` are those of the events
    in the body that the receiver has to act on, `all_ids` those of all. `url` is where it goes, if not to the endpoint:
    a whole URL, or a path below the target's base.

    `id` is the delivery's own, kept over all its attempts, and `at` the Unix time (seconds) of this attempt: what a
    signature may cover beside the body. `signer` signs for this id and this time.

    `companions` sign beside it, each in a header of its own: rightly as long as `signer` does, else wrongly.

    `label` says in words what it is; it is evidence and decides nothing. `genuine`: it is what the provider itself
    would send: a documented event, signed with the provider's key over these very bytes. A copy and a retry of it are
    genuine too; whatever changes bytes, headers or the signature makes it ours, unless it says otherwise.
    """

    body: bytes
    headers: Headers
    event_ids: tuple[str, ...] = ()
    all_ids: tuple[str, ...] = ()
    kind: str = ""
    label: str = field(kw_only=True)
    genuine: bool = False
    method: str = "POST"
    url: str = ""
    writing: Writing = field(default=COMPACT, repr=False)
    signer: Signer | None = field(default=None, repr=False)
    seal: Seal | None = field(default=None, repr=False)
    companions: tuple[Signer, ...] = field(default=(), repr=False)
    id: str = ""
    at: float = 0.0

    @property
    def event_id(self) -> str:
        """The first event's id; empty if no event in the body has one."""
        return self.event_ids[0] if self.event_ids else ""

    @cached_property
    def payload(self) -> Any:
        """What the body says; callers must not change it."""
        return self.read()

    def read(self) -> Any:
        """What the body says, as a new structure that the caller may change."""
        return self.writing.read(self.body)

    def labelled(self, label: str) -> Delivery:
        """A copy under another name; it is as genuine as before."""
        return replace(self, label=label)

    def to(self, url: str, label: str, *, genuine: bool = False) -> Delivery:
        """A copy that goes elsewhere; as `genuine` as before only where the provider would send it."""
        return replace(self, url=url, label=label, genuine=genuine and self.genuine)

    def with_method(self, method: str) -> Delivery:
        return replace(self, method=method, label=f"with method {method}", genuine=False)

    def with_body(self, body: bytes, label: str) -> Delivery:
        """Other bytes under the old signature."""
        return replace(self, body=body, label=label, genuine=False)._accompanied(right=False)

    def as_genuine(self) -> Delivery:
        """A copy that counts as what the provider itself would send, where what was changed is its to choose."""
        return replace(self, label=f"genuine, {self.label}", genuine=True)

    def with_signed_body(self, body: bytes, label: str, *, genuine: bool = False) -> Delivery:
        """Other bytes, signed with the provider's key; `genuine` if the provider itself could have written them."""
        return self.with_body(body, label).signed(label, genuine=genuine)

    def with_payload(self, payload: object, label: str, *, genuine: bool = False) -> Delivery:
        """Another payload, written as this one and signed; `genuine` if the provider itself could have written it."""
        return self.with_signed_body(self.writing.write(payload), label, genuine=genuine)

    def reformatted(self) -> Delivery:
        """The event with its JSON spelled otherwise, and signed; forms stay as they are."""
        spelled = json.dumps(self.read(), indent=2, ensure_ascii=False).encode()
        body = spelled if self.writing.is_json else self.body
        return self.with_signed_body(body, "genuine, re-serialised", genuine=self.genuine)

    def header(self, name: str) -> bytes | None:
        wanted = name.lower().encode()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def without_header(self, name: str, label: str) -> Delivery:
        gone = name.lower().encode()
        kept = tuple(pair for pair in self.headers if pair[0].lower() != gone)
        return replace(self, headers=kept, label=label, genuine=False)

    def with_header(self, name: str, value: str | bytes, label: str) -> Delivery:
        """Replace the header in place, or append it."""
        pair, same = _header(name, value), name.lower().encode()
        headers = tuple(pair if old[0].lower() == same else old for old in self.headers)
        headers = headers if self.header(name) is not None else (*self.headers, pair)
        return replace(self, headers=headers, label=label, genuine=False)

    @property
    def signature(self) -> str:
        """The signature's value as it stands, in its header or in the body; empty without one."""
        scheme = self.signer.scheme if self.signer else None
        if scheme and scheme.place:
            return placed.signature_in(self._said, scheme)
        value = self.header(scheme.header) if scheme else None
        return (value or b"").decode("latin-1")

    @property
    def _said(self) -> Any:
        """What the body says, as a new structure; None where it cannot be read."""
        try:
            return self.read()
        except (ValueError, RecursionError):
            return None

    @property
    def digest(self) -> str:
        """The digits of the signature: its header's value without what the provider writes around them."""
        return self.signer.scheme.digits_of(self.signature) if self.signer else ""

    @property
    def wrong_signature(self) -> str:
        """A value of the documented form that nobody signed: a digest of zeros."""
        assert self.signer, "the provider signs nothing"
        return self.signer.scheme.zeros

    @property
    def well_signed(self) -> bool:
        """Whether the provider's key signed these very bytes, and the signature stands there as it was made."""
        seal = self.seal
        made_here = seal is not None and not seal.foreign and (seal.over, seal.value) == (self.body, self.signature)
        return made_here and self._signature_headers == 1

    @property
    def _signature_headers(self) -> int:
        if self.signer and self.signer.scheme.place:
            return 1
        name = self.signer.header.lower().encode() if self.signer else b""
        return sum(key.lower() == name for key, _ in self.headers)

    def with_signature(self, value: str | bytes, label: str) -> Delivery:
        """Put `value` where the signature stands."""
        assert self.signer, "the provider signs nothing"
        text = value if isinstance(value, str) else value.decode("latin-1")
        scheme, seal = self.signer.scheme, self.seal
        ours = seal is not None and not seal.foreign and seal.over == self.body and seal.value in scheme.values_in(text)
        made = self._with_value(lambda item: text, label) if scheme.place else self.with_header(
            scheme.header, value, label
        )  # fmt: skip
        return made._accompanied(right=ours)

    def _with_value(self, value: Callable[[str], Any], label: str) -> Delivery:
        """The delivery with a signature in its body for each item that is signed; as it was where none fits in."""
        assert self.signer, "the provider signs nothing"
        said = self._said
        if said is None:
            return replace(self, label=label, genuine=False)
        placed.put_signatures(said, self.signer.scheme, value)
        return replace(self, body=self.writing.write(said), label=label, genuine=False)

    def with_two_signatures(self, first: str, second: str) -> Delivery:
        """The signature header twice; where it stands in the body, a list of both."""
        assert self.signer, "the provider signs nothing"
        if self.signer.scheme.place:
            return self._with_value(lambda item: [first, second], "with two signatures")
        once = self.with_signature(first, "with two signatures")._accompanied(right=False)
        return replace(once, headers=(*once.headers, _header(self.signer.header, second)))

    def _accompanied(self, *, right: bool) -> Delivery:
        """The headers of the other signatures: over the body as it is, or of the documented form and wrong."""
        made = self
        for signer in self.companions:
            value = signer.sign(self.body) if right else signer.scheme.zeros
            for name, text in (*signer.scheme.stamp_headers(), (signer.header, value)):
                made = replace(made.with_header(name, text, self.label), genuine=self.genuine)
        return made

    def signed_at(self, at: float, label: str, *, genuine: bool = False) -> Delivery:
        """The delivery attempted at Unix time `at` (seconds): its id is kept, its time and its signature are new."""
        if not self.signer:
            return replace(self, at=at, label=label, genuine=genuine and self.genuine)
        fresh = tuple(one.stamped(self.id, at) for one in self.companions)
        stamped = replace(self, signer=self.signer.stamped(self.id, at), companions=fresh, at=at)
        return stamped._with_stamp()._with_time_in_body(at).signed(label, genuine=genuine and self.genuine)

    def _with_time_in_body(self, at: float) -> Delivery:
        """The delivery with another time where its body says when it was signed."""
        said = self._said if self._time_place else None
        if said is None:
            return self
        placed.put_time(said, self._time_place, at)
        return replace(self, body=self.writing.write(said))

    def with_id(self, id: str, label: str) -> Delivery:
        """Another id in the headers that go with the signature, under the old signature."""
        assert self.signer, "the provider signs nothing"
        other = replace(self, signer=self.signer.stamped(id, self.at))._with_stamp()
        return replace(other, signer=self.signer, label=label, genuine=False)._accompanied(right=False)

    def with_time(self, at: float, label: str) -> Delivery:
        """Another time wherever the delivery says it, under the old signature."""
        assert self.signer, "the provider signs nothing"
        return self.with_time_text(self.signer.scheme.written(at), label) if not self._time_place else replace(
            self._with_time_in_body(at), label=label, genuine=False
        )._accompanied(right=False)  # fmt: skip

    def with_time_text(self, text: str, label: str) -> Delivery:
        """Another text wherever the delivery says when it was signed, under the old signature."""
        assert self.signer, "the provider signs nothing"
        if self._time_place:
            said = self._said
            placed.put_text(said, self._time_place, text)
            return self.with_body(self.writing.write(said), label) if said is not None else self
        digest, signer = self.digest, self.signer.saying(text)
        other = replace(self, signer=signer)._with_stamp().with_signature(signer.scheme.around(digest), label)
        return replace(other, signer=self.signer, label=label, genuine=False)._accompanied(right=False)

    def signed_with_time_text(self, text: str, label: str) -> Delivery:
        """Another text wherever the delivery says when it was signed, and signed so."""
        assert self.signer, "the provider signs nothing"
        told = self.with_time_text(text, label)
        made = replace(told, signer=self.signer.saying(text)).signed(label)
        return replace(made, signer=self.signer)

    @property
    def _time_place(self) -> str:
        """Where the body says when it was signed; empty where a header says it."""
        pointer = self.signer.scheme.timestamp if self.signer else ""
        return pointer if pointer.startswith("/") else ""

    def _with_stamp(self) -> Delivery:
        """The headers that go with the signature, as its signer's scheme fills them in."""
        made = self
        for name, text in self.signer.scheme.stamp_headers() if self.signer else ():
            made = made.with_header(name, text, self.label)
        return made

    def with_list(self, *values: str, label: str) -> Delivery:
        """The delivery with several signatures in one header, in the order given; each is a whole value."""
        assert self.signer, "the provider signs nothing"
        return self.with_signature(self.signer.scheme.listed(*values), label)

    def unsigned(self) -> Delivery:
        if not self.signer:
            return self
        label = "without a signature" if self.genuine else f"unsigned, {self.label}"
        made = self
        for signer in self.companions:
            made = made.without_header(signer.header, label)
        if not self.signer.scheme.place:
            return replace(made.without_header(self.signer.header, label), seal=None)
        if (said := self._said) is None:
            return replace(made, label=label, genuine=False, seal=None)
        placed.drop_signatures(said, self.signer.scheme)
        return replace(made, body=self.writing.write(said), label=label, genuine=False, seal=None)

    def signed(self, label: str, *, secret: bytes | None = None, genuine: bool = False) -> Delivery:
        """Sign the body as it now is; with another key when `secret` is given."""
        if not self.signer:
            return replace(self, label=label, genuine=genuine)
        signer, scheme = self.signer, self.signer.scheme
        if scheme.place:
            made = self._with_value(lambda item: signer.sign(self.body, secret=secret, item=item), label)
            value = made.signature
        else:
            value = signer.sign(self.body, secret=secret)
            made = self.with_header(scheme.header, value, label)
        made = replace(made, seal=Seal(over=made.body, value=value, foreign=secret is not None))
        return replace(made._accompanied(right=secret is None), genuine=genuine and secret is None)


def _header(name: str, value: str | bytes) -> tuple[bytes, bytes]:
    return name.encode("latin-1"), value.encode("latin-1") if isinstance(value, str) else value


Case = Callable[[Delivery], Delivery]

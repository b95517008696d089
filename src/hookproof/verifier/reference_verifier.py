"""A correct verifier of any surface, each step a method, so that a flaw is one method overridden. Reads no clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hookproof.delivery import placed
from hookproof.delivery.asymmetric import ED25519
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme

_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an ed25519 key in its DER (RFC 8410)."""
Pairs = Sequence[tuple[str, str]]
"""Headers as name and value, in the order of sending; each character of a value is one byte."""


@dataclass(frozen=True)
class ReferenceVerifier:
    """Accepts what is signed as the scheme says, and nothing else."""

    scheme: Scheme

    def accepts(self, *, method: str, url: str, headers: Pairs, body: bytes, secret: str, now: int) -> bool:
        """Whether a request is genuine: signed for `secret` (as the vendor spells it), and fresh at `now`."""
        named = [(name.lower(), value) for name, value in headers]
        signer = KeyedSigner(self.scheme, self.held(secret)).to(url, method).received(self.read(named), body)
        if self.scheme.place:
            return self.fresh(signer.scheme.stamp.timestamp, now) and self.matches_in_body(signer, body)
        value = self.signature(named)
        if value is None or self.doubled(named):
            return False
        return self.fresh(signer.scheme.stamp.timestamp, now) and self.matches(signer, self.signed(body), value)

    def held(self, secret: str) -> Secret:
        """What a receiver holds: the secret's text, or that of a public key, which for ed25519 is 32 bytes alone."""
        if self.scheme.algorithm != ED25519:
            return Secret(secret.encode())
        text = secret.removeprefix(self.scheme.public_prefix)
        raw = bytes.fromhex(text) if self.scheme.key == "hex" else base64.b64decode(text)
        return Secret(base64.b64encode(_DER + raw))

    def matches_in_body(self, signer: KeyedSigner, body: bytes) -> bool:
        """Whether every item that is signed has the right signature at its place in the body."""
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return False
        items = placed.items(payload, self.scheme)
        values = [placed.signature_in(payload, replace(self.scheme, items="", place=one + self.scheme.place))
                  for one in items]  # fmt: skip
        pairs = zip(items, values, strict=True)
        return bool(items) and all(value and signer.matches(body, value, item) for item, value in pairs)

    def signature(self, headers: Pairs) -> str | None:
        """The value of the signature's header; None unless there is exactly one, and something in it."""
        found = [value for name, value in headers if name == self.scheme.header]
        return found[0] if len(found) == 1 and found[0].strip() else None

    def doubled(self, headers: Pairs) -> bool:
        """Whether a header that goes with the signature comes twice."""
        names = [name for name, _ in headers]
        return any(names.count(name) > 1 for name, _ in self.scheme.headers)

    def read(self, headers: Pairs) -> Pairs:
        """The headers in which the signed id and time stand."""
        return headers

    def signed(self, body: bytes) -> bytes:
        """What of the body is signed: all of it, as it came."""
        return body

    def fresh(self, written: str, now: int) -> bool:
        """Whether a signed time is one, and near enough to `now`."""
        if not self.scheme.timestamped:
            return True
        try:
            off_s = now - self.scheme.instant(written)
        except ValueError:
            return False
        return not self.scheme.tolerance_s or self.tolerates(off_s)

    def tolerates(self, off_s: float) -> bool:
        """Whether a signed time may be so many seconds ago; negative ones are ahead."""
        return abs(off_s) <= self.scheme.tolerance_s

    def matches(self, signer: KeyedSigner, body: bytes, value: str) -> bool:
        """Whether the header's value holds the signature of the body."""
        return signer.matches(body, value)

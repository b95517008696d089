"""Proof that an endpoint is owned: a request with a random text in it, and the answer it must get. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from hookproof.model import Delivery, Headers, Signer
from hookproof.pointers import get
from hookproof.specs import ChallengeFields, filled

Pairs = list[tuple[str, str]]
Change = Callable[[Pairs], Pairs]
_HEADERS: Headers = ((b"User-Agent", b"hookproof"),)


@dataclass(frozen=True)
class Challenge:
    """One documented way to challenge an endpoint, with the values of a run.

    `secret` keys the answer where that is an HMAC.
    """

    fields: ChallengeFields
    parameters: dict[str, str]
    secret: bytes = b""
    signer: Signer | None = None

    def ask(self, url: str, text: str, change: Change = list, label: str = "") -> Delivery:
        """The request that challenges with `text`; `change` rewrites its members before they are encoded."""
        label = label or f"a challenge of {len(text)} characters"
        members = self.fields.query or self.fields.body
        known = {**self.parameters, "challenge": text}
        pairs = change([(name, filled(value, known)) for name, value in self._named(members)])
        if self.fields.method == "GET":
            joined = "&".join(f"{quote(name, safe='.[]')}={quote_text(value)}" for name, value in pairs)
            return Delivery(b"", _HEADERS, label=label, method="GET", url=f"{url}{'&' if '?' in url else '?'}{joined}")
        body = json.dumps(dict(pairs), ensure_ascii=False).encode(errors="surrogateescape")
        headers = ((b"Content-Type", b"application/json"), *_HEADERS)
        return Delivery(body, headers, label=label, method="POST", url=url, signer=self.signer).signed()

    @property
    def tells_who_asks(self) -> bool:
        """Whether a token comes with it."""
        template = {**self.fields.query, **self.fields.body}.get(self.fields.token, "")
        return bool(filled(template, self.parameters))

    def _named(self, members: dict[str, str]) -> list[tuple[str, str]]:
        """The members that are sent; one that is only a parameter nobody gave is left out."""
        unset = {f"{{{name}}}" for name, value in self.parameters.items() if not value}
        return [(filled(name, self.parameters), value) for name, value in members.items() if value not in unset]

    def expected(self, text: str) -> bytes:
        """What the answer must be, or say at `pointer`."""
        digest = hmac.digest(self.secret, text.encode(errors="surrogateescape"), hashlib.sha256)
        known = {"challenge": text, "hmac_base64": base64.b64encode(digest).decode(), "hmac_hex": digest.hex()}
        return filled(self.fields.answer, known).encode(errors="surrogateescape")

    def said(self, body: bytes) -> bytes | None:
        """What an answer's body says; None where it should say something and does not."""
        if self.fields.pointer is None:
            return body
        try:
            found = get(json.loads(body), filled(self.fields.pointer, self.parameters))
        except (ValueError, RecursionError, KeyError, IndexError, TypeError):
            return None
        return found.encode(errors="surrogatepass") if isinstance(found, str) else None


def quote_text(text: str) -> str:
    """Percent-encoded UTF-8; a surrogate escape stands for the raw byte it came from."""
    return quote(text.encode(errors="surrogateescape"), safe="")


def replaced(name: str, *values: str) -> Change:
    """A change that gives the member these values, in its place; with none it is left out."""

    def change(pairs: Pairs) -> Pairs:
        return [pair for old in pairs for pair in ([(name, value) for value in values] if old[0] == name else [old])]

    return change

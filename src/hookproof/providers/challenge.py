"""Proof that an endpoint is owned: a request with a random text in it, and the answer it must get. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hookproof.delivery.model import Delivery, Headers, Signer
from hookproof.delivery.pointers import get, put
from hookproof.providers.fields.challenge_tables import ChallengeFields
from hookproof.providers.placeholders import filled

Pairs = list[tuple[str, str]]
Change = Callable[[Pairs], Pairs]
_ID = "msg_challenge"
"""The id of a request that challenges, where ids are signed."""
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

    def ask(self, url: str, text: str, change: Change = list, label: str = "", at: float = 0.0) -> Delivery:
        """The request that challenges with `text`, signed at Unix time `at` (seconds) where such requests are signed.

        `change` rewrites its members before they are encoded.
        """
        label, fields = label or f"a challenge of {len(text)} characters", self.fields
        known = {**self.parameters, "challenge": text}
        pairs = change([(name, filled(value, known)) for name, value in self._named(fields.members)])
        told = tuple((name.encode(), filled(value, known).encode("latin-1", "replace"))
                     for name, value in fields.headers.items())  # fmt: skip
        if not fields.has_body:
            joined = "&".join(f"{quote(name, safe='.[]')}={quote_text(value)}" for name, value in pairs)
            whole = f"{url}{'&' if '?' in url else '?'}{joined}" if joined else url
            return Delivery(b"", (*_HEADERS, *told), label=label, method=fields.method, url=whole)
        body = json.dumps(self._payload(pairs), ensure_ascii=False).encode(errors="surrogateescape")
        headers = ((b"Content-Type", b"application/json"), *_HEADERS, *told)
        signer = None if fields.unsigned else self.signer
        made = Delivery(body, headers, label=label, method=fields.method, url=url, signer=signer, id=_ID)
        return made.signed_at(at, label)

    def _payload(self, pairs: Pairs) -> dict[str, Any]:
        """The body with these texts in it, and everything that is no text."""
        made: dict[str, Any] = _without_texts(self.fields.body)
        for name, value in pairs:
            put(made, name, value) if name.startswith("/") else made.update({name: value})
        return made

    @property
    def tells_who_asks(self) -> bool:
        """Whether a token comes with it."""
        return bool(filled(self.fields.members.get(self.fields.token, ""), self.parameters))

    def _named(self, members: dict[str, str]) -> list[tuple[str, str]]:
        """The members that are sent; one that is only a parameter nobody gave is left out."""
        unset = {f"{{{name}}}" for name, value in self.parameters.items() if not value}
        return [(filled(name, self.parameters), value) for name, value in members.items() if value not in unset]

    def expected(self, text: str) -> bytes:
        """What the answer must be, or say where it proves something; empty where it proves nothing."""
        return self._filled(self.fields.proof[0], text)

    def _filled(self, template: str, text: str) -> bytes:
        digest = hmac.digest(self.secret, text.encode(errors="surrogateescape"), hashlib.sha256)
        known = {"challenge": text, "hmac_base64": base64.b64encode(digest).decode(), "hmac_hex": digest.hex()}
        return filled(template, {**self.parameters, **known}).encode(errors="surrogateescape")

    def said(self, body: bytes) -> bytes | None:
        """What an answer's body says; None where it should say something and does not."""
        place = self.fields.proof[1]
        if place is None:
            return body
        found = self._at(body, place)
        return found.encode(errors="surrogatepass") if isinstance(found, str) else None

    def _at(self, body: bytes, place: str) -> Any:
        try:
            return get(json.loads(body), filled(place, self.parameters))
        except (ValueError, RecursionError, KeyError, IndexError, TypeError):
            return None

    def answer_json(self, text: str) -> dict[str, Any]:
        """Everything that a JSON answer must hold; empty where nothing is expected."""
        made: dict[str, Any] = {}
        for place, value in self.fields.expects.items():
            *path, last = filled(place, self.parameters).split("/")[1:]
            node = made
            for step in path:
                node = node.setdefault(step, {})
            node[last] = self._filled(value, text).decode() if isinstance(value, str) else value
        return made

    def answer_headers(self, text: str) -> dict[str, str]:
        """The headers of a right answer."""
        told = self.fields.answer_headers.items()
        return {name: self._filled(value, text).decode("latin-1") for name, value in told}

    def proves(self, status: int | None, headers: Headers, body: bytes, text: str) -> bool:
        """Whether an answer is one of those that are documented for a challenge with this text."""
        right = status in (self.fields.status or [200]) and self._holds(body, text)
        given = {name.decode("latin-1").lower(): value for name, value in headers}
        told = self.answer_headers(text).items()
        return right and all(given.get(name, b"").strip().lower() == value.encode().lower() for name, value in told)

    def _holds(self, body: bytes, text: str) -> bool:
        """Whether the body is one of the answers, or holds all that is expected; anything where nothing is said."""
        fields = self.fields
        answers = [self._filled(answer, text) for answer in fields.answers]
        if answers and ((body if fields.pointer is None else self.said(body)) in answers):
            return True
        if not fields.expects:
            return not answers
        return all(self._is_there(body, place, value, text) for place, value in fields.expects.items())

    def _is_there(self, body: bytes, place: str, value: str | int | bool, text: str) -> bool:
        """Whether a JSON answer holds this value at this place; a text is a template."""
        wanted = self._filled(value, text).decode(errors="surrogateescape") if isinstance(value, str) else value
        found = self._at(body, place)
        return type(found) is type(wanted) and found == wanted


def _without_texts(node: Any) -> Any:
    """A copy of a body in which the texts are left out."""
    if isinstance(node, dict):
        return {name: _without_texts(value) for name, value in node.items() if not isinstance(value, str)}
    return node


def quote_text(text: str) -> str:
    """Percent-encoded UTF-8; a surrogate escape stands for the raw byte it came from."""
    return quote(text.encode(errors="surrogateescape"), safe="")


def replaced(name: str, *values: str) -> Change:
    """A change that gives the member these values, in its place; with none it is left out."""

    def change(pairs: Pairs) -> Pairs:
        return [pair for old in pairs for pair in ([(name, value) for value in values] if old[0] == name else [old])]

    return change

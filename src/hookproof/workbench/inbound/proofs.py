"""Challenges that come to us: known by any documented form, and answered right, or wrong if that is wanted. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hookproof.delivery.secret import Secret
from hookproof.providers import ChallengeFields, Surface, filled
from hookproof.providers.challenge import Challenge
from hookproof.wire.arrivals import Answer
from hookproof.workbench.opinions.recognition import IncomingRequest

RIGHT, WRONG, OFF = "right", "wrong", "off"
CHOICES = (RIGHT, WRONG, OFF)
"""What a challenge gets: the documented answer; another text in its place; what any other request gets."""
_LONGEST = 1000
_LONGEST_BODY = 4000


class Prover:
    """Answers the challenges that these surfaces document, with the secret where the answer takes one."""

    def __init__(self, surfaces: Sequence[Surface], keys: Sequence[Secret]) -> None:
        self._keys = list(keys)
        self._known: dict[str, list[tuple[Surface, ChallengeFields]]] = {}
        for surface in surfaces:
            for fields in surface.challenges:
                self._known.setdefault(fields.method, []).append((surface, fields))

    def answer(self, request: IncomingRequest, choice: str) -> tuple[Answer, str] | None:
        """What a challenge gets, and what it is in words; None if it is none, or none is wanted."""
        if choice == OFF or len(request.body) > _LONGEST_BODY:
            return None
        for surface, fields in self._known.get(request.method, ()):
            asked = _asked(request, fields, surface.parameters)
            if not asked or ("{hmac" in fields.answer and not self._keys):
                continue
            key = self._keys[0].reveal() if self._keys else b""
            text = asked if choice == RIGHT else f"not-{asked}"
            said = Challenge(fields, surface.parameters, key).expected(text)
            return _said(said, fields, surface.parameters), f"a challenge as {surface.subject} documents it"
        return None


def _asked(request: IncomingRequest, fields: ChallengeFields, parameters: dict[str, str]) -> str:
    """The text of a challenge of this form; empty if it is not of this form."""
    if request.method != fields.method:
        return ""
    members = fields.query or fields.body
    given = dict(request.query) if fields.method == "GET" else request.json
    if not isinstance(given, dict):
        return ""
    text = ""
    for name, template in members.items():
        wanted = filled(template, parameters)
        value = given.get(filled(name, parameters))
        if "{challenge}" in template:
            text = value if isinstance(value, str) else ""
        elif "{" not in template and value != wanted:
            return ""  # what is a parameter, such as a token, is the user's to know
    fits = 0 < len(text) <= _LONGEST and text.isprintable()
    return text if fits else ""


def _said(text: bytes, fields: ChallengeFields, parameters: dict[str, str]) -> Answer:
    if fields.pointer is None:
        return Answer(200, text)
    name = filled(fields.pointer, parameters).strip("/")
    said = json.dumps({name: text.decode(errors="replace")}).encode()
    return Answer(200, said, type="application/json")

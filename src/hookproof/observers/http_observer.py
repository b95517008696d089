"""Effects counted by a URL of the receiver's."""

from __future__ import annotations

import asyncio
import base64
import json
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from hookproof.delivery.model import Headers
from hookproof.observers.observer import Observer
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.client import Endpoint, send

WITHIN_S = 5.0
"""Seconds that one answer of the URL may take."""


class HttpObserver(Observer):
    """GET on a URL with {event_id} in it answers {"count": N}, and with "text" what was written in the event."""

    form = "http"

    def __init__(self, template: str) -> None:
        """`template`: a URL with {event_id} in it; user and password in it are sent as HTTP Basic."""
        parts = urlsplit(template)
        self._template = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        basic = base64.b64encode(f"{user}:{password}".encode())
        self._headers: Headers = ((b"Authorization", b"Basic " + basic),) if user or password else ()
        self.texts: dict[str, str] = {}
        self.hide = [text for text in (password, basic.decode()) if self._headers and text]

    async def count(self, event_id: str) -> int:
        endpoint = Endpoint(self._template.replace("{event_id}", quote(event_id, safe="")))
        for pause_s in (0.3, 1.0, 2.0, 4.0):
            answer = await send(endpoint, "GET", self._headers, b"", within_s=WITHIN_S)
            if answer.status not in (429, 503):
                break
            await asyncio.sleep(pause_s)  # it may stand behind the same limit as the endpoint
        if answer.outcome != "answered" or answer.status != 200:
            what = answer.status if answer.outcome == "answered" else answer.outcome
            raise Inconclusive(Reason.NO_OBSERVER, f"the observer did not answer with 200: {what}")
        try:
            told = json.loads(answer.body)
            found, text = told["count"], told.get("text")
        except (ValueError, RecursionError, KeyError, TypeError):
            found = text = None
        if type(found) is not int or found < 0:
            raise Inconclusive(Reason.NO_OBSERVER, 'the observer\'s answer is not {"count": N}')
        if isinstance(text, str):
            self.texts[event_id] = text
        return found

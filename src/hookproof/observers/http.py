"""Effects counted by a URL of the receiver's."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from hookproof.model import Headers
from hookproof.observers.observer import Observer
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint, send

WITHIN_S = 5.0


class HttpObserver(Observer):
    """GET on a URL with {event_id} in it answers {"count": N}."""

    form = "http"

    def __init__(self, template: str) -> None:
        """`template`: a URL with {event_id} in it; user and password in it are sent as HTTP Basic."""
        parts = urlsplit(template)
        self._template = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        basic = base64.b64encode(f"{user}:{password}".encode())
        self._headers: Headers = ((b"Authorization", b"Basic " + basic),) if user or password else ()
        self.hide = [text for text in (password, basic.decode()) if self._headers and text]

    async def count(self, event_id: str) -> int:
        endpoint = Endpoint(self._template.replace("{event_id}", quote(event_id, safe="")))
        answer = await send(endpoint, "GET", self._headers, b"", within_s=WITHIN_S)
        if answer.outcome != "answered" or answer.status != 200:
            what = answer.status if answer.outcome == "answered" else answer.outcome
            raise Inconclusive(Reason.NO_OBSERVER, f"the observer did not answer with 200: {what}")
        try:
            found = json.loads(answer.body)["count"]
        except (ValueError, RecursionError, KeyError, TypeError):
            found = None
        if type(found) is not int or found < 0:
            raise Inconclusive(Reason.NO_OBSERVER, 'the observer\'s answer is not {"count": N}')
        return found

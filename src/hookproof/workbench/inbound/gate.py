"""The door: every request to our port becomes a delivery, is committed, and then gets what the script says.

What is not HTTP, or too large, becomes a row too: whatever comes is shown.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hookproof.delivery.attempt import Exchange
from hookproof.delivery.model import Headers
from hookproof.wire.arrivals import Answer, Arrival
from hookproof.wire.client import Endpoint, HarnessError, send
from hookproof.wire.inbox import Inbox, Listener, Respond
from hookproof.workbench.inbound import proofs
from hookproof.workbench.inbound.script import Script
from hookproof.workbench.inbound.store import DeliveryStore, GivenAnswer, NewDelivery
from hookproof.workbench.opinions.recognition import IncomingRequest, series_key

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
     b"transfer-encoding", b"upgrade", b"host", b"content-length", b"expect")
)  # fmt: skip
"""Headers of one connection (RFC 9110, 7.6.1), and those that frame a message: they are written anew."""
SERIES_KEPT = 200_000
UNWRITTEN = Answer(503, b"could not be written down; see the terminal of hookproof listen\n")


@dataclass
class Manners:
    """What is answered now. People change it while it runs.

    `challenges`: right, wrong or off. `forward`: the receiver behind us, empty without one.
    """

    script: Script
    challenges: str = proofs.RIGHT
    forward: str = ""
    deadline_s: float = 10.0
    prover: proofs.Prover = field(default_factory=lambda: proofs.Prover((), ()))


class DeliveryPort(Inbox):
    """The port that senders deliver to. Every path is taken."""

    def __init__(self, store: DeliveryStore, manners: Manners, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self.manners = manners
        self._store = store
        self._numbers = store.last
        self._series: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._forwarded: dict[int, dict[str, Any]] = {}
        self._written: deque[tuple[asyncio.Future[bool], bool]] = deque()
        self._recall()

    def _recall(self) -> None:
        """Go on counting the attempts of deliveries that an earlier run has kept."""
        reader = self._store.reader()
        rows = reader.execute("SELECT series, max(attempt), max(at) FROM deliveries WHERE series <> '' GROUP BY series")
        self._series.update({row[0]: (row[1], row[2]) for row in rows})
        reader.close()

    @property
    def url(self) -> str:
        return self._main.url

    def find(self, target: str) -> Respond | None:
        return self._take

    async def _take(self, arrival: Arrival) -> Answer:
        """Commit a delivery, then say what it gets."""
        request = IncomingRequest(arrival.method, arrival.target, arrival.headers, arrival.body)
        series, attempt, gap = self._counted(request)
        manners = self.manners
        step = manners.script.step(attempt)
        proof = manners.prover.answer(request, manners.challenges)
        answer, note = proof or (step.answer, "")
        planned = f"challenge answered {manners.challenges}" if proof else str(step)
        if arrival.cut:
            answer, note, planned = Answer(413), f"its body was cut at {len(arrival.body)} bytes", "413"
        self._numbers = arrival.n = self._numbers + 1
        made = NewDelivery(
            n=arrival.n,
            at=time.time(),
            method=arrival.method,
            target=arrival.target,
            headers=arrival.headers,
            body=arrival.body,
            planned=planned,
            note=note,
            series=series,
            attempt=attempt,
            gap=gap,
        )
        if not await self._committed(made):
            return UNWRITTEN
        if step.forward and not proof and not arrival.cut:
            return await self._forward(arrival)
        return answer

    def _counted(self, request: IncomingRequest) -> tuple[str, int, float | None]:
        """The series that an attempt belongs to, its number there, and the seconds since the one before."""
        key, now = series_key(request), time.time()
        if not key:
            return "", 1, None
        count, last = self._series.pop(key, (0, 0.0))
        self._series[key] = (count + 1, now)
        if len(self._series) > SERIES_KEPT:
            self._series.popitem(last=False)
        return key, count + 1, now - last if count else None

    async def _committed(self, made: NewDelivery) -> bool:
        loop = asyncio.get_running_loop()
        over: asyncio.Future[bool] = loop.create_future()

        def done(error: Exception | None) -> None:
            self._written.append((over, error is None))
            if len(self._written) == 1:  # of what is committed together, the first wakes the loop
                loop.call_soon_threadsafe(self._settle)

        self._store.keep(made, done)
        return await over

    def _settle(self) -> None:
        while self._written:
            over, written = self._written.popleft()
            if not over.done():
                over.set_result(written)

    async def _forward(self, arrival: Arrival) -> Answer:
        """Pass an attempt on byte for byte, and give back what the receiver says; 502 if it says nothing."""
        manners = self.manners
        url = behind(manners.forward, arrival.target)
        try:
            said = await send(
                Endpoint(url), arrival.method, passed_on(arrival.headers), arrival.body, within_s=manners.deadline_s
            )
        except HarnessError as error:
            said = Exchange("refused", str(error))
        answered = said.outcome == "answered" and said.status is not None and said.status >= 200
        self._forwarded[arrival.n] = {
            "url": url,
            "outcome": said.outcome,
            "detail": said.detail,
            "status": said.status,
            "elapsed_s": round(said.elapsed_s, 6),
        }
        if not answered:
            why = f"the receiver at {url} gave no answer: {said.outcome} {said.detail}".strip()
            return Answer(502, f"hookproof: {why}\n".encode())
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in passed_on(said.headers)]
        return Answer(said.status or 502, said.body, type="", headers=tuple(headers))

    # -- what becomes of them -----------------------------------------------------------------------------------------

    def over(self, arrival: Arrival) -> None:
        """Note how an attempt ended."""
        answer, whole = arrival.answer, arrival.outcome == "answered"
        typed = [(b"Content-Type", answer.type.encode())] if answer.type else []
        given: Headers = (*typed, *((one.encode(), two.encode("latin-1", "replace")) for one, two in answer.headers))
        self._store.answered(
            GivenAnswer(
                arrival.n,
                arrival.outcome,
                arrival.says,
                answer.status if whole else None,
                given if whole else (),
                answer.body if whole else b"",
                arrival.open_s,
                self._forwarded.pop(arrival.n, None),
            )
        )

    def too_large(self, arrival: Arrival) -> Arrival | None:
        """A request that is larger than is kept: its beginning is, and it is told so."""
        super().too_large(arrival)
        arrival.cut = True
        return arrival

    def not_http(self, listener: Listener, raw: bytes, why: str) -> None:
        """What was spoken instead of HTTP, as a row."""
        super().not_http(listener, raw, why)
        tls = raw[:1] == b"\x16"
        note = "TLS was spoken to a port that speaks plain HTTP" if tls else f"this is no HTTP/1.1: {why}"
        self._numbers += 1
        self._store.keep(NewDelivery(self._numbers, time.time(), "", "", (), raw, "connection closed", note), _ignored)
        self._store.answered(GivenAnswer(self._numbers, "broken", "connection closed"))


def _ignored(error: Exception | None) -> None:
    """Nobody waits for what was no delivery."""


def passed_on(headers: Headers) -> Headers:
    """The headers that go on, in their order and spelling."""
    named = {
        word.strip().lower() for name, value in headers if name.lower() == b"connection" for word in value.split(b",")
    }
    return tuple((name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named)


def behind(forward: str, target: str) -> str:
    """Where a request to this target goes on to: the receiver's URL, with the path and the query that came."""
    path, _, query = target.partition("?")
    parts = urlsplit(forward)
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') if path.strip('/') else parts.path}"
    joined = "&".join(filter(None, [parts.query, query]))
    return f"{base}{path if path.strip('/') else ''}{'?' + joined if joined else ''}"

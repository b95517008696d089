"""A sender that runs in this process, judged over days of virtual time: nothing is sent, nobody waits.

Needs respx, and for senders on trio also trio: `pip install 'hookproof[virtual]'`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from hookproof.arrivals import OK, Answer, Arrival, Series
from hookproof.events import Maker
from hookproof.model import Delivery, Promise
from hookproof.pointers import identify
from hookproof.sender import Sender
from hookproof.sender.following import FAILING, MOST_SEEN
from hookproof.verdict import Inconclusive, Reason

T = TypeVar("T")
Deliver = Callable[[str, Any], Awaitable[object]]
QUIET_S = 7 * 24 * 3600.0
"""After so long without an attempt there will be none."""
HORIZON_S = 60 * 24 * 3600.0
"""No delivery is watched for longer."""
_URL = "https://receiver.example/"
_TROUBLE: dict[str, tuple[type[httpx.TransportError], str]] = {
    "reset": (httpx.ReadError, "connection reset"),
    "close": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    "garbage": (httpx.RemoteProtocolError, "illegal status line"),
}


class _Jumping(selectors.DefaultSelector):
    """A selector that never waits while something is due: the clock moves on instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0 if timeout is not None else None)
        if not found and timeout:
            self.now += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio on a clock that jumps to where something happens."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6  # after weeks a float cannot tell the nanoseconds that asyncio looks for

    def time(self) -> float:
        return self._jumping.now


def virtually(main: Callable[[], Awaitable[T]], backend: str = "asyncio") -> T:
    """Run it, on asyncio or trio, in no time."""
    if backend == "trio":
        from trio.testing import MockClock

        return anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    return anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


class VirtualEndpoint:
    """An endpoint that only httpx clients of this process know; answers by a script, the last answer again and again.

    `refusals`: so many connections are refused first. Any other URL is `elsewhere`, and is answered 200.
    """

    def __init__(self, *answers: Answer, refusals: int = 0, identities: Any = (), url: str = f"{_URL}hook") -> None:
        self.url, self.answers, self.refusals, self.identities = url, answers or (OK,), refusals, identities
        self.arrivals: list[Arrival] = []
        self.elsewhere: list[Arrival] = []
        self.refused, self.refused_at = 0, list[float]()
        self.watched = True
        self.changed = anyio.Event()

    @contextlib.contextmanager
    def reachable(self) -> Iterator[None]:
        """Have every httpx client of this process end here while the block runs."""
        import respx

        with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
            router.route().mock(side_effect=self._answer)
            yield

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) != self.url:
            self.elsewhere.append(self._arrival(request, OK, len(self.elsewhere)))
            return httpx.Response(200)
        if self.refused < self.refusals:
            self.refused += 1
            self.refused_at.append(anyio.current_time())
            self._note()
            raise httpx.ConnectError("connection refused", request=request)
        answer = self.answers[min(len(self.arrivals), len(self.answers) - 1)]
        arrival = self._arrival(request, answer, len(self.arrivals))
        self.arrivals.append(arrival)
        self._note()
        ended = False
        try:
            await self._wait(math.inf if answer.end == "silent" else answer.wait_s, request)
            if answer.end in _TROUBLE:
                error, text = _TROUBLE[answer.end]
                self._end(arrival, "broken")
                ended = True
                raise error(text, request=request)
            if answer.drip_s or answer.end == "half":
                ended = True  # by the stream, once it is read
                return httpx.Response(answer.status, headers=_headers(answer), stream=_Body(self, arrival, request))
            self._end(arrival, "answered")
            ended = True
            return httpx.Response(answer.status, headers=_headers(answer), content=answer.body)
        finally:
            if not ended:
                self._end(arrival, "abandoned")

    async def _wait(self, seconds: float, request: httpx.Request) -> None:
        """Let that time pass, or as much as the client's own timeout allows between two bytes."""
        read_s = request.extensions.get("timeout", {}).get("read")
        await anyio.sleep(min(seconds, math.inf if read_s is None else read_s))
        if read_s is not None and seconds > read_s:
            raise httpx.ReadTimeout("timed out", request=request)

    def _arrival(self, request: httpx.Request, answer: Answer, before: int) -> Arrival:
        parts = urlsplit(str(request.url))
        made = Arrival(
            before + 1, str(request.url), request.method, parts.path + (f"?{parts.query}" if parts.query else ""), b"",
            tuple(request.headers.raw), request.content, anyio.current_time(), answer,
        )  # fmt: skip
        with contextlib.suppress(ValueError, RecursionError):
            made.payload = httpx.Response(200, content=request.content).json()
        made.ids = tuple(one.id for one in identify(made.payload, self.identities))
        return made

    def _end(self, arrival: Arrival, outcome: str) -> None:
        """Note how an attempt ended; one that is broken off because nobody watches any more has not."""
        if not self.watched:
            return
        arrival.outcome, arrival.ended_s = outcome, anyio.current_time()
        self._note()

    def _note(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


class _Body(httpx.AsyncByteStream):
    """An answer's body, byte by byte if it is to drip; half of it if the connection is to end there."""

    def __init__(self, endpoint: VirtualEndpoint, arrival: Arrival, request: httpx.Request) -> None:
        self._endpoint, self._arrival, self._request = endpoint, arrival, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        answer, outcome = self._arrival.answer, "abandoned"
        half = answer.end == "half"
        try:
            for byte in answer.body[: len(answer.body) // 2 if half else None]:
                await self._endpoint._wait(answer.drip_s, self._request)
                yield bytes([byte])
            outcome = "broken" if half else "answered"
            if half:
                raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        finally:
            self._endpoint._end(self._arrival, outcome)


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [("Content-Type", answer.type), *answer.headers]


class VirtualSender(Sender):
    """What the checks in suites/sender use of a sender, for one that is a function of this process."""

    def __init__(self, deliver: Deliver, maker: Maker, *, as_dict: bool = False) -> None:
        """`deliver(url, body)` delivers one event, retries and all; `as_dict`: the body is its payload, not bytes."""
        provider = maker.surface.provider
        promise = Promise(provider.fields.deadline_s, provider.acknowledges, frozenset(provider.fields.rejects))
        first_s = float(maker.surface.parameters.get("retry.first") or 10.0)
        platform: Any = SimpleNamespace(
            promise=promise, patience_s=QUIET_S, maker=maker, surface=maker.surface, gaps={}, first_retry_s=first_s,
            fields=provider.fields.platform,
        )  # fmt: skip
        super().__init__(platform, {})
        self._deliver, self._as_dict = deliver, as_dict
        self._known: dict[str, Any] = {}

    async def series(self, *answers: Answer, **_: Any) -> Series:
        return (await self.observe(VirtualEndpoint(*answers)))[0]

    async def watched(self, *answers: Answer, **_: Any) -> Series:
        return await self.series(*answers)

    async def schedule(self) -> Series:
        return await self.shared("schedule", lambda: self.series(FAILING))

    async def shared(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        if name not in self._known:
            self._known[name] = await make()
        made: T = self._known[name]
        return made

    async def redirected(self, status: int) -> tuple[Series, list[Arrival]]:
        return await self.observe(VirtualEndpoint(Answer(status, headers=(("Location", f"{_URL}elsewhere"),)), OK))

    async def after_refusals(self) -> Series:
        return (await self.observe(VirtualEndpoint(OK, refusals=1)))[0]

    async def tls_failures(self) -> list[float]:
        endpoint = VirtualEndpoint(OK, refusals=1)  # to a client a failed handshake is a failed connection
        series, _ = await self.observe(endpoint)
        if not endpoint.refused_at:
            raise Inconclusive(Reason.CONTROL_FAILED, str(series))
        return [*endpoint.refused_at, *(arrival.at_s for arrival in series.arrivals)]

    async def over_a_restart(self) -> Series:
        raise Inconclusive(Reason.PREREQUISITE_FAILED, "a function of this process is not restarted")

    async def observe(self, endpoint: VirtualEndpoint) -> tuple[Series, list[Arrival]]:
        """One delivery to that endpoint, until nothing more comes; and what came elsewhere."""
        endpoint.identities = self._maker.surface.identities
        made = self._maker.make(plain=True)
        begun_s, notes = anyio.current_time(), list[str]()
        with endpoint.reachable():
            async with anyio.create_task_group() as group:
                group.start_soon(self._run, endpoint.url, made, notes)
                quiet_s = await _silence_after(endpoint, begun_s)
                endpoint.watched = False
                group.cancel_scope.cancel()
        label, good = f"a {made.kind} event", self._platform.promise.acknowledges
        series = Series(label, tuple(endpoint.arrivals), quiet_s, quiet_s >= QUIET_S, good, tuple(notes))
        if not endpoint.arrivals and not endpoint.refusals:
            raise Inconclusive(Reason.CONTROL_FAILED, "; ".join([str(series), *notes]))
        return series, endpoint.elsewhere

    async def _run(self, url: str, made: Delivery, notes: list[str]) -> None:
        try:
            await self._deliver(url, made.read() if self._as_dict else made.body)
        except Exception as error:  # whatever the user's code raises in the end is an observation
            notes.append(f"the sender raised {error!r}")


async def _silence_after(endpoint: VirtualEndpoint, begun_s: float) -> float:
    """Wait until nothing more comes; for how long nothing did."""
    while len(endpoint.arrivals) < MOST_SEEN and anyio.current_time() - begun_s < HORIZON_S:
        since_s, quiet = anyio.current_time(), True
        with anyio.move_on_after(QUIET_S):
            await endpoint.changed.wait()
            quiet = False
        if quiet:
            return anyio.current_time() - since_s
    return 0.0

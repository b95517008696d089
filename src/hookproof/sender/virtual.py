"""A sender that runs in this process, judged over days of virtual time: nothing is sent, nobody waits.

`VirtualSender` has those verbs of `Sender` that the checks on retries use.

Senders on trio need the extra for it: `pip install 'hookproof[trio]'`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from hookproof.delivery.attempt import Promise
from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import identify
from hookproof.providers.events import Maker
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.series import MOST_SEEN, Series
from hookproof.sender.events import FAILING
from hookproof.sender.sender import Sender
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer, Arrival

T = TypeVar("T")
Deliver = Callable[[str, Any], Awaitable[object]]
QUIET_S = 7 * 24 * 3600.0
"""Virtual seconds without an attempt after which there will be none."""
HORIZON_S = 60 * 24 * 3600.0
"""Virtual seconds for which a delivery is watched at most."""
_URL = "https://receiver.example/"
_TROUBLE: dict[str, tuple[type[httpx.TransportError], str]] = {
    "reset": (httpx.ReadError, "connection reset"),
    "close": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    "garbage": (httpx.RemoteProtocolError, "illegal status line"),
    "no TLS": (httpx.ConnectError, "wrong version number"),
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
    """Run a coroutine function on asyncio or trio, with a clock that jumps to where something happens."""
    if backend == "trio":
        from trio.testing import MockClock

        return anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    return anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


class VirtualEndpoint:
    """An endpoint that only httpx clients of this process know; answers by a script, the last answer again and again.

    arrivals    the attempts; a handshake that fails is one, a connection that is refused is not
    elsewhere   the requests to any other URL; each is answered 200
    refused_at  when connections were refused
    watched     whether what happens is still noted
    """

    def __init__(self, *answers: Answer, identities: Any = (), url: str = f"{_URL}hook") -> None:
        self.url, self.answers, self.identities = url, answers or (OK,), identities
        self.arrivals: list[Arrival] = []
        self.elsewhere: list[Arrival] = []
        self.refused_at: list[float] = []
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
        made = len(self.arrivals) + len(self.refused_at)
        answer = self.answers[min(made, len(self.answers) - 1)]
        if answer.end == "refused":
            self.refused_at.append(anyio.current_time())
            self._note()
            raise httpx.ConnectError("connection refused", request=request)
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
            if answer.drip_s or answer.end == "half" or "Content-Encoding" in dict(answer.headers):
                ended = True  # by the stream, once it is read; what has a coding is decoded by whoever reads it
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
        made.ids = tuple(one.id for one in identify(made.payload, self.identities, made.headers))
        return made

    def _end(self, arrival: Arrival, outcome: str) -> None:
        """Note how an attempt ended, unless nobody watches any more: then it is we who broke it off."""
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


class VirtualSender:
    """A sender that is a function of this process, with the verbs that the checks on retries use."""

    ok = OK
    answer = staticmethod(Sender.answer)

    def __init__(self, deliver: Deliver, maker: Maker, *, as_dict: bool = False) -> None:
        """`deliver(url, body)` delivers one event, retries and all; `as_dict`: the body is its payload, not bytes."""
        surface = maker.surface
        promise = Promise(surface.deadline_s, surface.acknowledges, surface.rejects)
        self.documented = Documents(maker, promise)
        self._deliver, self._as_dict = deliver, as_dict
        self._shared: dict[tuple[Answer, ...], Series] = {}
        self._endpoints: list[OwnEndpoint] = []

    @property
    def deadline_s(self) -> float:
        """Seconds within which an attempt must be answered."""
        return self.documented.promise.deadline_s

    async def trigger(
        self, answers: Sequence[Answer] = (OK,), *, until_quiet: bool = False, shared: bool = False
    ) -> Series:
        """Have one event delivered, and watch its attempts until no other can come, whatever `until_quiet` says."""
        script = tuple(answers)
        if not shared:
            return await self.observe(VirtualEndpoint(*script))
        if script not in self._shared:
            self._shared[script] = await self.observe(VirtualEndpoint(*script))
        return self._shared[script]

    async def follow(self, series: Series, *, answers: Sequence[Answer] = ()) -> Series:
        """Nothing more comes: a series was watched until no other attempt could."""
        return replace(series, arrivals=())

    async def schedule(self) -> Series:
        """All attempts of an event that is always answered 500."""
        return await self.trigger([FAILING], shared=True)

    def unregistered(self) -> OwnEndpoint:
        """An endpoint of ours that the sender has not been told of."""
        self._endpoints.append(OwnEndpoint(f"{_URL}elsewhere/{len(self._endpoints)}"))
        return self._endpoints[-1]

    async def restart(self) -> None:
        """Raises Inconclusive: there is no process to restart."""
        raise Inconclusive(Reason.PREREQUISITE_FAILED, "a function of this process is not restarted")

    async def observe(self, endpoint: VirtualEndpoint) -> Series:
        """One delivery to that endpoint, until nothing more comes."""
        maker = self.documented.maker
        endpoint.identities = maker.surface.identities
        made = maker.make(plain=True)
        begun_s, notes = anyio.current_time(), list[str]()
        with endpoint.reachable():
            async with anyio.create_task_group() as group:
                group.start_soon(self._run, endpoint.url, made, notes)
                quiet_s = await _silence_after(endpoint, begun_s)
                endpoint.watched = False
                group.cancel_scope.cancel()
        for other in self._endpoints:
            other.arrivals += [(None, arrival) for arrival in endpoint.elsewhere if arrival.url == other.url]
        series = Series(
            f"a {made.kind} event",
            tuple(endpoint.arrivals),
            watched_s=quiet_s,
            sure=quiet_s >= QUIET_S,
            acknowledges=self.documented.promise.acknowledges,
            notes=tuple(notes),
            first_retry_s=float(maker.surface.parameters.get("retry.first") or 10.0),
            documents=self.documented,
        )
        if not endpoint.arrivals and not endpoint.refused_at:
            raise Inconclusive(Reason.CONTROL_FAILED, str(series))
        return series

    async def _run(self, url: str, made: Delivery, notes: list[str]) -> None:
        try:
            await self._deliver(url, made.read() if self._as_dict else made.body)
        except Exception as error:  # whatever the user's code raises in the end is an observation
            notes.append(f"the sender raised {error!r}")


async def _silence_after(endpoint: VirtualEndpoint, begun_s: float) -> float:
    """Wait until nothing more comes; the virtual seconds for which nothing did."""
    while len(endpoint.arrivals) < MOST_SEEN and anyio.current_time() - begun_s < HORIZON_S:
        since_s, quiet = anyio.current_time(), True
        with anyio.move_on_after(QUIET_S):
            await endpoint.changed.wait()
            quiet = False
        if quiet:
            return anyio.current_time() - since_s
    return 0.0

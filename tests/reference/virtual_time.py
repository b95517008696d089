"""Days in milliseconds: the reference platform on a clock that jumps, and receivers that only respx knows."""

import contextlib
import functools
import random

import anyio
import anyio.lowlevel
import httpx
import respx
import trio
from trio.testing import MockClock

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.reference_platform import ReferencePlatform
from hookproof.reference.store import StoredEndpoint
from tests.conftest import KEY

EPOCH = 1_800_000_000.0
TOKEN = "the token of our own tests"
BASE = "http://platform.example"


def now():
    return EPOCH + trio.current_time()


def virtually(main, *args):
    """Run a coroutine function; whenever everybody waits, the clock jumps to where something happens."""
    return anyio.run(main, *args, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


provider = functools.lru_cache(providers.load)


def make(name="whatsable", given=None, *, cls=ReferencePlatform, **options):
    surfaces = provider(name).surfaces(given or {})
    options = {"now": now, "random": random.Random(1)} | options
    return cls(surfaces, Secret(KEY), Secret(TOKEN.encode()), **options)


@contextlib.asynccontextmanager
async def running(platform):
    """The platform at work; gives a client of its API that knows the token."""
    transport = httpx.ASGITransport(platform.app())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with anyio.create_task_group() as group, httpx.AsyncClient(
        transport=transport, base_url=BASE, headers=headers
    ) as client:  # fmt: skip
        group.start_soon(platform.live)
        await anyio.lowlevel.checkpoint()
        yield client
        group.cancel_scope.cancel()


class Receiver:
    """An endpoint that answers as scripted, the last answer again and again, and notes what came when.

    An answer is a status, a response, an exception, or an async function of the request.
    """

    def __init__(self, router, *answers, url="http://127.0.0.1:7001/hook", methods=("POST",)):
        self.url, self.answers = url, answers or (200,)
        self.requests, self.times, self.open, self.most_open = [], [], 0, 0
        router.route(url__startswith=url, method__in=methods).mock(side_effect=self._answer)

    async def _answer(self, request):
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        self.times.append(trio.current_time())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if isinstance(answer, int):
                return httpx.Response(answer)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else await answer(request)
        finally:
            self.open -= 1

    @property
    def count(self):
        return len(self.requests)

    @property
    def gaps(self):
        return [late - early for early, late in zip(self.times, self.times[1:], strict=False)]

    @property
    def bodies(self):
        return [request.content for request in self.requests]


class after:  # noqa: N801 (reads as a word)
    """An answer that takes its time."""

    def __init__(self, seconds, status=200):
        self._seconds, self._status = seconds, status

    def __repr__(self):
        return f"{self._status} after {self._seconds} s"

    async def __call__(self, request):
        await anyio.sleep(self._seconds)
        return httpx.Response(self._status)


class Drip(httpx.AsyncByteStream):
    """A body that comes a byte at a time."""

    def __init__(self, count, every_s):
        self.count, self.every_s = count, every_s

    async def __aiter__(self):
        for _ in range(self.count):
            await anyio.sleep(self.every_s)
            yield b"."


def register(platform, receiver, id_="", **more):
    platform.store.keep(StoredEndpoint(id_ or receiver.url, receiver.url, **more))


def emit(platform, kind="", text="hello"):
    return platform.emit(platform.surface, kind or platform.surface.plain, text, base=BASE)


def tried(*answers, wait_s=300_000, count=1, **options):
    """What one receiver saw of some events within that time, and the platform."""

    async def main():
        with respx.mock(assert_all_called=False) as router:
            receiver, platform = Receiver(router, *answers), make(**options)
            register(platform, receiver)
            with contextlib.closing(platform):
                async with running(platform):
                    for _ in range(count):
                        emit(platform)
                    await anyio.sleep(wait_s)
                return receiver, platform.store.states()

    return virtually(main)

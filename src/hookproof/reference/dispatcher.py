"""The sending half of a correct platform: attempts, deadlines, retries, one queue for each endpoint. No API, no events.

Each step is a method of its own, so that a flaw is one method overridden. Runs on asyncio and on trio.
"""

from __future__ import annotations

import math
import random
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import anyio
import httpx

from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers import Surface
from hookproof.reference.addresses import address, allowed
from hookproof.reference.store import ACKNOWLEDGED, DROPPED, GIVEN_UP, Outgoing, Store, StoredEndpoint

ANSWER_CAP = 64 * 1024
WINDOW_S = 3 * 24 * 3600.0
"""For how long a delivery is attempted at most."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class DeliveryOutcome:
    """What came of one attempt: a whole answer, or what went wrong instead."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    trouble: str = ""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def __str__(self) -> str:
        return f"answered {self.status}" if self.status is not None else self.trouble


class Dispatcher:
    """Delivers what is in the store, each delivery until it is acknowledged or has been attempted often enough."""

    def __init__(
        self,
        surfaces: Sequence[Surface],
        secret: Secret | None,
        *,
        database: str = ":memory:",
        mode: str = "development",
        base_s: float = 5.0,
        factor: float = 2.0,
        attempts: int = 8,
        timeout_s: float | None = None,
        schedule: Sequence[float] = (),
        longest_s: float | None = None,
        now: Callable[[], float] = time.time,
        random: random.Random = random.Random(),  # noqa: B008
    ) -> None:
        """`schedule`: the pauses between attempts, of which the last one repeats; exponential ones without.

        `longest_s`: no pause is longer; `timeout_s`: the provider's deadline without.
        """
        self.surfaces = {surface.name: surface for surface in surfaces}
        self.surface = surfaces[0]
        self.provider = self.surface.provider
        self.secret = secret
        self.production = mode == "production"
        self.base_s, self.factor, self.attempts, self.longest_s = base_s, factor, attempts, longest_s
        self.timeout_s = self.provider.fields.deadline_s if timeout_s is None else timeout_s
        self.schedule = tuple(schedule)
        self.now, self.random = now, random
        self.store = Store(database)
        self.open: Counter[str] = Counter()
        self.failing: str | None = None
        self._wake: anyio.Event | None = None

    def close(self) -> None:
        """Let go of the database, once nobody serves the application any more."""
        self.store.close()

    async def run(self) -> None:
        """Deliver until cancelled. What an earlier process left undone comes first."""
        self.recover()
        async with anyio.create_task_group() as group:
            while True:
                self._wake = anyio.Event()
                for outgoing in self.due():
                    group.start_soon(self.deliver, self.begin(outgoing))
                with anyio.move_on_after(self.idle_s()):
                    await self._wake.wait()

    def wake(self) -> None:
        """Look again at what is due."""
        if self._wake:
            self._wake.set()

    def recover(self) -> None:
        """Have attempted again what was under way when the process ended, unless it was the last attempt."""
        for outgoing in self.store.reopen():
            if outgoing.attempt < self.attempts_allowed(outgoing):
                self.store.postpone(outgoing.number, self.now())
            else:
                self.store.settle(outgoing.number, GIVEN_UP)

    def due(self) -> list[Outgoing]:
        """What is to be attempted now."""
        moment = self.now()
        return [outgoing for endpoint in self.free() for outgoing in self.first(endpoint) if outgoing.due <= moment]

    def idle_s(self) -> float:
        """How long there is nothing to do."""
        dues = [outgoing.due for endpoint in self.free() for outgoing in self.first(endpoint)[:1]]
        return max(0.0, min(dues) - self.now()) if dues else math.inf

    def free(self) -> list[StoredEndpoint]:
        """The endpoints to which one more request may be opened."""
        return [each for each in self.store.endpoints() if self.open[each.id] < self.open_allowed(each)]

    def first(self, endpoint: StoredEndpoint) -> list[Outgoing]:
        """What comes next for an endpoint, as much as there is room for."""
        by = "number" if self.in_order(endpoint) else "due, number"
        return self.store.waiting(endpoint.id, self.open_allowed(endpoint) - self.open[endpoint.id], by=by)

    def in_order(self, endpoint: StoredEndpoint) -> bool:
        """Whether a delivery waits for the one before it."""
        return self.open_allowed(endpoint) == 1

    def open_allowed(self, endpoint: StoredEndpoint) -> int:
        """How many requests may be open to an endpoint."""
        platform = self.provider.fields.platform
        return (platform.most_open if platform else 0) or self.provider.fields.concurrency

    def attempts_allowed(self, outgoing: Outgoing) -> int:
        """How many attempts a delivery gets; with a schedule, as many as there is time for."""
        platform = self.provider.fields.platform
        steps = math.ceil(WINDOW_S / min(self.schedule)) if self.schedule else self.attempts
        return (platform.most_attempts if platform else 0) or steps

    def begin(self, outgoing: Outgoing) -> Outgoing:
        """Note that an attempt is made, before it is."""
        self.open[outgoing.endpoint] += 1
        self.store.begin(outgoing.number)
        return replace(outgoing, attempt=outgoing.attempt + 1, began=self.now())

    async def deliver(self, outgoing: Outgoing) -> None:
        """One attempt, and what follows from it."""
        try:
            outcome = await self.attempt(outgoing)
        finally:
            self.open[outgoing.endpoint] -= 1
        if outcome is not None:
            self.settle(outgoing, outcome)
        self.wake()

    async def attempt(self, outgoing: Outgoing) -> DeliveryOutcome | None:
        """Send the delivery once; None if its endpoint is gone."""
        endpoint = self.store.endpoint(outgoing.endpoint)
        if endpoint is None or not endpoint.enabled:
            self.store.settle(outgoing.number, DROPPED)
            return None
        return await self.send("POST", endpoint.url, self.headers(outgoing), self.body(outgoing))

    def settle(self, outgoing: Outgoing, outcome: DeliveryOutcome) -> None:
        """Acknowledged, to be attempted again, or given up."""
        self.failing = None if self.is_success(outcome) else self.side(outcome)
        if self.is_success(outcome):
            self.store.settle(outgoing.number, ACKNOWLEDGED)
        elif self.is_gone(outcome):
            self.give_up(outgoing)
        elif not self.wanted(outgoing):
            self.store.settle(outgoing.number, DROPPED)
        elif (delay_s := self.delay_s(outgoing, outcome)) is None:
            self.store.settle(outgoing.number, GIVEN_UP)
        else:
            self.store.postpone(outgoing.number, self.now() + delay_s)

    def side(self, outcome: DeliveryOutcome) -> str:
        """Where a delivery failed, for those who ask."""
        return f"the endpoint: {outcome}"

    def is_gone(self, outcome: DeliveryOutcome) -> bool:
        """Whether the endpoint says that it wants nothing more, by a status that is documented for it."""
        platform = self.provider.fields.platform
        return outcome.status in (platform.retry.gone if platform and platform.retry else ())

    def give_up(self, outgoing: Outgoing) -> None:
        """Switch the endpoint off, and deliver nothing more of what waits for it."""
        self.store.settle(outgoing.number, DROPPED)
        endpoint = self.store.endpoint(outgoing.endpoint)
        if endpoint is not None:
            self.store.keep(replace(endpoint, enabled=False))
            self.store.drop(endpoint.id)

    def wanted(self, outgoing: Outgoing) -> bool:
        """Whether its endpoint is still there to be delivered to."""
        endpoint = self.store.endpoint(outgoing.endpoint)
        return endpoint is not None and endpoint.enabled

    def is_success(self, outcome: DeliveryOutcome) -> bool:
        return outcome.status in self.provider.acknowledges

    def delay_s(self, outgoing: Outgoing, outcome: DeliveryOutcome) -> float | None:
        """How long to wait before the next attempt; None if there is none."""
        if outgoing.attempt >= self.attempts_allowed(outgoing):
            return None
        delay_s = self.jittered(self.backoff_s(outgoing))
        asked_s = self.retry_after_s(outcome)
        if asked_s is not None:
            delay_s = max(delay_s, min(asked_s, WINDOW_S))
        late = self.now() + delay_s > outgoing.made + WINDOW_S
        return None if late and asked_s is None else delay_s

    def backoff_s(self, outgoing: Outgoing) -> float:
        """The pause after this attempt; none so long that there would be no time for all attempts."""
        if self.schedule:
            return self.schedule[min(outgoing.attempt, len(self.schedule)) - 1]
        longest_s = WINDOW_S / self.attempts_allowed(outgoing) if self.longest_s is None else self.longest_s
        return min(self.base_s * self.factor ** (outgoing.attempt - 1), longest_s)

    def jittered(self, delay_s: float) -> float:
        """The pause, up to a tenth shorter or longer, so that many that failed together do not come back together."""
        return max(0.0, delay_s * self.random.uniform(0.9, 1.1))

    def retry_after_s(self, outcome: DeliveryOutcome) -> float | None:
        """For how long the endpoint asks to be left alone: Retry-After, in seconds or as a date (RFC 9110, 10.2.3)."""
        value = (outcome.header("retry-after") or "").strip()
        if outcome.status not in (429, 503) or not value:
            return None
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, IndexError, TypeError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - self.now())

    def body(self, outgoing: Outgoing) -> bytes:
        """The body of a delivery: equal bytes in every attempt."""
        return outgoing.body

    def headers(self, outgoing: Outgoing) -> Headers:
        content_type = self.surfaces[outgoing.surface].writing.content_type
        return [
            ("Content-Type", content_type), ("User-Agent", self.user_agent), *outgoing.headers, *self.signing(outgoing)
        ]  # fmt: skip

    user_agent = "hookproof-reference"

    def signing(self, outgoing: Outgoing) -> Headers:
        """The signature, and the headers that go with it."""
        signer, signature = self.attempt_signer(outgoing), self.signature(outgoing)
        beside = signer.scheme.stamp_headers() if signer else ()
        return [*beside, *([(signer.header, signature)] if signer and signature is not None else [])]

    def signature(self, outgoing: Outgoing) -> str | None:
        """The signature header's value, over the very bytes that are sent; None where nothing is signed."""
        signer = self.attempt_signer(outgoing)
        return signer.sign(self.body(outgoing)) if signer else None

    def attempt_signer(self, outgoing: Outgoing) -> KeyedSigner | None:
        """What signs one attempt: with the delivery's id, and with the second in which the attempt began."""
        signer = self.signer(self.surfaces[outgoing.surface])
        return signer.stamped(self.signed_id(outgoing), self.signed_at(outgoing)) if signer else None

    def signed_id(self, outgoing: Outgoing) -> str:
        """The id that an attempt says: that of its delivery."""
        return outgoing.id

    def signed_at(self, outgoing: Outgoing) -> float:
        """The time that an attempt says: when it began, in Unix seconds."""
        return outgoing.began

    def signer(self, surface: Surface) -> KeyedSigner | None:
        return KeyedSigner(surface.scheme, self.secret) if surface.scheme and self.secret else None

    async def send(self, method: str, url: str, headers: Headers, body: bytes) -> DeliveryOutcome:
        """One request; its whole time, from looking up the name to the answer's last byte, is `timeout_s`."""
        try:
            with anyio.fail_after(self.deadline_s()):
                if not await self.may_connect(url):
                    return DeliveryOutcome(trouble="not a public address")
                return await self.exchange(method, url, headers, body)
        except TimeoutError:
            return DeliveryOutcome(trouble=f"silent for {self.deadline_s():g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return DeliveryOutcome(trouble=f"{type(error).__name__}: {error}")

    def deadline_s(self) -> float:
        return self.timeout_s

    async def may_connect(self, url: str) -> bool:
        """Whether the name leads, at this moment, to addresses that may be delivered to."""
        parts = httpx.URL(url)
        if address(parts.host) is not None:
            return allowed(parts.host, production=self.production)
        found = await anyio.getaddrinfo(parts.host, parts.port or 443, type=socket.SOCK_STREAM)
        return all(allowed(str(entry[4][0]), production=self.production) for entry in found)

    async def exchange(self, method: str, url: str, headers: Headers, body: bytes) -> DeliveryOutcome:
        async with (
            self.client() as client,
            client.stream(method, url, headers=headers, content=body) as response,
        ):
            answer = await self.read(response)
            return DeliveryOutcome(response.status_code, tuple(response.headers.multi_items()), answer)

    def client(self) -> httpx.AsyncClient:
        """A connection of its own for each attempt; certificates are verified, redirects are not followed."""
        plain = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        return httpx.AsyncClient(
            verify=self.tls(), timeout=None, follow_redirects=False, trust_env=False, headers=plain
        )

    def tls(self) -> ssl.SSLContext:
        """Whose certificates are believed."""
        return _public()

    async def read(self, response: httpx.Response) -> bytes:
        """The answer's body; of one without end as much as anybody looks at."""
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > ANSWER_CAP:
                break
        return bytes(body[:ANSWER_CAP])


@lru_cache(maxsize=1)
def _public() -> ssl.SSLContext:
    """What this machine trusts; read once, because that takes a while."""
    return ssl.create_default_context()

"""P2: hostile senders at the inbox. Bounded, classified, and no other delivery is harmed."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from hookproof.wire.arrivals import OK, Arrival
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox
from tests.torture.apart import Memory, all_apart, apart
from tests.torture.figures import Figure, Scale

NAME = "P2"
TITLE = "Every hostile sender at the inbox: bounded, classified, other deliveries unharmed"
MOST_MB = 64
WITHIN_S = 2.0
GENUINE = 20

Harm = Callable[["Victim"], Awaitable[Any]]


class Victim:
    """Where the inbox is, and how to be hostile to it."""

    def __init__(self, url: str, hold_s: float) -> None:
        parts = urlsplit(url)
        self.host, self.port, self.hold_s = parts.hostname or "", parts.port or 0, hold_s
        self.line = b"POST %b HTTP/1.1\r\nHost: x\r\n" % parts.path.replace("/", "/other", 1).encode()

    async def say(self, *parts: bytes, again: bytes = b"", pause_s: float = 0.0, reset: bool = False) -> bytes:
        """Send the parts, then the last again and again; hold on for a while; give back what was answered."""
        said = b""
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(self.host, self.port)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self.hold_s):
                    for part in parts:
                        writer.write(part)
                        await writer.drain()
                    while again:
                        writer.write(again)
                        await writer.drain()
                        await asyncio.sleep(pause_s)
                    said = await reader.read()
            writer.transport.abort() if reset else writer.close()
        return said

    async def many(self, count: int, *parts: bytes, **how: Any) -> None:
        """The same over so many connections at once."""
        await asyncio.gather(*(self.say(*parts, **how) for _ in range(count)))

    async def waves(self, first: int, then: int) -> None:
        """Open so many connections that say nothing, and once they have stalled, some more."""
        self.hold_s = 2.0
        stalled = asyncio.ensure_future(self.many(first))
        await asyncio.sleep(1.2)
        await asyncio.gather(stalled, self.many(then))


LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"
HIDDEN = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
EXPECT = b"Expect: 100-continue\r\n"
GUESS = b"POST /guess HTTP/1.1\r\nHost: x\r\n"
BOMB = gzip.compress(bytes(30_000_000), 9)

HARMS: dict[str, tuple[Harm, str]] = {
    "say nothing, 200 at a time": (lambda it: it.many(200), ""),
    "drip a head": (lambda it: it.many(50, it.line, again=b"X: y\r\n", pause_s=0.05), "never finished"),
    "stop in the head": (lambda it: it.many(50, it.line + b"X-H"), "never finished"),
    "have a header without end": (lambda it: it.say(it.line + b"X: ", again=b"x" * 65536), "not HTTP"),
    "have headers without end": (lambda it: it.say(it.line, again=b"X: y\r\n" * 9000), "not HTTP"),
    "stop in the body": (lambda it: it.many(50, it.line + LENGTH % 10**6, bytes(1000)), "never finished"),
    "drip a body": (lambda it: it.many(50, it.line + LENGTH % 10**6, again=b"x", pause_s=0.05), "never finished"),
    "have a body without end": (lambda it: it.say(it.line + LENGTH % 10**12, again=bytes(65536)), "too large"),
    "have chunks without end": (
        lambda it: it.say(it.line + CHUNKS, again=b"10000\r\n" + bytes(65536) + b"\r\n"), "too large",
    ),
    "have 100 large bodies at once": (
        lambda it: it.many(100, it.line + LENGTH % 3_000_000, bytes(2_900_000)), "too large",
    ),
    "have a chunk extension without end": (lambda it: it.say(it.line + CHUNKS + b"1;", again=b"e" * 65536), "not HTTP"),
    "have trailers without end": (lambda it: it.say(it.line + CHUNKS + b"0\r\n", again=b"X: y\r\n" * 9000), "not HTTP"),
    "open 600 connections": (lambda it: it.many(600), ""),
    "stall 450 connections and open 100 more": (lambda it: it.waves(450, 100), "one connection too many"),
    "reset 200 connections": (lambda it: it.many(200, it.line + LENGTH % 99, b"half", reset=True), "never finished"),
    "say garbage": (lambda it: it.many(20, os.urandom(64).replace(b"\n", b"x") + b"\r\n\r\n"), "not HTTP"),
    "speak TLS": (lambda it: it.many(20, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(99)), "not HTTP"),
    "speak HTTP/2": (lambda it: it.say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "not HTTP"),
    "say two lengths": (lambda it: it.say(it.line + b"Content-Length: 3\r\n" + LENGTH % 5, b"hello"), "not HTTP"),
    "say a negative length": (lambda it: it.say(it.line + LENGTH % -5), "not HTTP"),
    "have a bad chunk": (lambda it: it.say(it.line + CHUNKS + b"zz\r\n"), "not HTTP"),
    "smuggle a request in a body": (
        lambda it: it.say(it.line + b"Content-Length: 40\r\n" + CHUNKS + HIDDEN),
        "to no URL of ours",
    ),
    "ask to go on and stay silent": (lambda it: it.say(it.line + EXPECT + LENGTH % 9), "never finished"),
    "send 500 requests in a row": (lambda it: it.say((it.line + LENGTH % 2 + b"{}") * 500), "to no URL of ours"),
    "send a compressed bomb": (
        lambda it: it.say(it.line + b"Content-Encoding: gzip\r\n" + LENGTH % len(BOMB) + BOMB), "to no URL of ours",
    ),
    "guess paths": (lambda it: it.many(100, GUESS + LENGTH % 0), "to no URL of ours"),
}  # fmt: skip


def measure(scale: Scale) -> Figure:
    hold_s = 0.7 if scale.quick else 3.0
    works = [functools.partial(_judged, name, hold_s) for name in HARMS]
    figure, most_mb, slowest_s = Figure(), 0.0, 0.0
    for name, seen in zip(HARMS, all_apart(works, 2), strict=True):
        trouble = _trouble(HARMS[name][1], seen)
        if trouble:  # a machine with much else to do may be slow once
            seen = apart(functools.partial(_judged, name, hold_s))
            trouble = _trouble(HARMS[name][1], seen)
        figure.note(not trouble, f"{name}: {trouble}")
        most_mb, slowest_s = max(most_mb, seen["grown_mb"]), max(slowest_s, seen["slowest_s"])
    figure.text = f"hostile senders: bounded and classified, {GENUINE} genuine deliveries beside each all taken"
    figure.text += f" ({slowest_s:.2f} s at most), {most_mb:.0f} MB at most"
    figure.more = {"most_mb": most_mb, "slowest_s": slowest_s}
    return figure


def _trouble(expected: str, seen: dict[str, Any]) -> str:
    if seen["answers"] != GENUINE or seen["arrivals"] != GENUINE:
        return f"{seen['answers']} of {GENUINE} genuine deliveries answered, {seen['arrivals']} noted"
    if expected and expected not in seen["odd"]:
        return f"called {seen['odd']}, not {expected}"
    if seen["slowest_s"] > WITHIN_S:
        return f"a genuine delivery took {seen['slowest_s']:.1f} s"
    return f"grew by {seen['grown_mb']} MB" if seen["grown_mb"] > MOST_MB else ""


def _judged(name: str, hold_s: float) -> dict[str, Any]:
    """The inbox in this process, the senders in another: what came of both."""
    return asyncio.run(_attacked(name, hold_s))


async def _attacked(name: str, hold_s: float) -> dict[str, Any]:
    inbox, arrivals = Inbox(), []

    def respond(arrival: Arrival) -> Any:
        arrivals.append(arrival)
        return OK

    await inbox.start()
    url, memory = inbox.add_url(respond), Memory()
    told = await asyncio.to_thread(apart, functools.partial(_attack, name, url, hold_s))
    await asyncio.sleep(0.05)
    await inbox.stop()
    await asyncio.sleep(0.05)
    return {**told, "arrivals": len(arrivals), "odd": dict(inbox.odd), "grown_mb": memory.grown_mb}


def _attack(name: str, url: str, hold_s: float) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        hostile = asyncio.ensure_future(HARMS[name][0](Victim(url, hold_s)))
        took, answers = [], 0
        for _ in range(GENUINE):
            began = time.monotonic()
            exchange = await send(Endpoint(url), "POST", (), b"{}", within_s=WITHIN_S + 1)
            took.append(time.monotonic() - began)
            answers += exchange.status == 200
            await asyncio.sleep(hold_s / GENUINE / 2)
        await hostile
        return {"answers": answers, "slowest_s": round(max(took), 3)}

    return asyncio.run(main())

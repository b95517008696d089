"""P1, P2, P18: every hostile target gets the right class, in bounded time and memory."""

from __future__ import annotations

import socket
import time
from typing import Any

import anyio

from hookproof.wire.client import Endpoint, send
from tests.torture import certificates
from tests.torture.apart import Memory, apart
from tests.torture.figures import Figure, Scale
from tests.torture.hostile import BEHAVIOURS, Served, serving
from tests.torture.targets import against_all, costly

NAME = "P1"
TITLE = "Every hostile target: the right class, within the deadline + 0.25 s, in 32 MB"


def measure(scale: Scale) -> Figure:
    figure, late_s, most_mb = against_all(scale, attempt, _trouble)
    figure.text = f"hostile targets: the right class, {late_s:.2f} s late at most, {most_mb:.0f} MB at most"
    return figure


def _trouble(name: str, seen: dict[str, Any], within_s: float) -> str:
    expected = BEHAVIOURS[name]
    if seen["outcome"] not in expected.outcomes:
        return f"called {seen['outcome']} ({seen['detail']}), not {' or '.join(expected.outcomes)}"
    if expected.status != seen["status"] and not (expected.status is None and seen["outcome"] == "closed"):
        return f"status {seen['status']}, not {expected.status}"
    return costly(seen, within_s)


def attempt(name: str, within_s: float) -> dict[str, Any]:
    """One attempt on a target that behaves so, made by a process of its own: what it saw, and what it cost."""
    with serving(name) as it:
        died = {"outcome": "died", "detail": "", "status": None, "elapsed_s": 0.0, "grown_mb": 0.0}
        return apart(lambda: _measured(it, within_s)) or died


def _measured(it: Served, within_s: float) -> dict[str, Any]:
    if it.resolve:
        socket.getaddrinfo = it.resolve
    endpoint = Endpoint(it.url, certificates.trusting() if it.url.startswith("https") else None)
    body = it.behaviour.body

    async def timed() -> dict[str, Any]:
        memory, began = Memory(), time.monotonic()
        try:
            exchange = await send(endpoint, "POST", ((b"X-Case", b"1"),), body, within_s=within_s)
            seen = {"outcome": exchange.outcome, "detail": exchange.detail[:200], "status": exchange.status}
        except Exception as error:
            seen = {"outcome": type(error).__name__, "detail": str(error)[:200], "status": None}
        return {**seen, "elapsed_s": time.monotonic() - began, "grown_mb": memory.grown_mb}

    return anyio.run(timed)

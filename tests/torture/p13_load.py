"""P13: the load engine calls hostile targets by the right name, in bounded time and memory, and loses no account."""

from __future__ import annotations

import socket
import time
from collections import Counter
from typing import Any

from hookproof.load.engine.connection import Address
from hookproof.load.engine.engine import Engine
from hookproof.load.engine.engine_settings import EngineSettings
from hookproof.load.engine.tally import Fate, Tally
from hookproof.load.run.stage_share import UnreachableError, address
from hookproof.load.schedule.schedule import constant
from hookproof.wire.client import Endpoint, request_head
from tests.torture import certificates
from tests.torture.apart import Memory, apart
from tests.torture.figures import Figure, Scale
from tests.torture.hostile import BEHAVIOURS, Served, serving
from tests.torture.targets import against_all, costly

NAME = "P13"
TITLE = "The load engine: every hostile target the right class, in time and memory, every attempt accounted for"
EACH = 3
FATES = {
    "answered": {Fate.ACKNOWLEDGED, Fate.REJECTED},
    "refused": {Fate.REFUSED},
    "unresolved": {Fate.REFUSED},
    "tls": {Fate.REFUSED},
    "timeout": {Fate.TIMED_OUT, Fate.REFUSED},
    "reset": {Fate.RESET, Fate.REFUSED},
    "closed": {Fate.RESET, Fate.REFUSED},
    "garbled": {Fate.GARBLED},
    "too-large": {Fate.GARBLED, Fate.TIMED_OUT},
}
"""What the load calls an attempt that conformance calls so."""
SOMETIMES = ("restarts, every second attempt dies", "has a slow name server")
"""They answer some attempts, or all of a load, which asks the name server once and before it begins."""
UNASKED = "answers without reading"
"""It closes with our request unread, and so takes its own answer back if we are slow to read it."""


def measure(scale: Scale) -> Figure:
    figure, late_s, most_mb = against_all(scale, attempts, _trouble)
    figure.text = f"hostile targets: every attempt the right class, {late_s:.2f} s late, {most_mb:.0f} MB at most"
    figure.more["attempts"] = EACH
    return figure


def _trouble(name: str, seen: dict[str, Any], within_s: float) -> str:
    expected = BEHAVIOURS[name]
    allowed = set().union(*(FATES[outcome] for outcome in expected.outcomes))
    if expected.status is not None and "answered" in expected.outcomes:
        allowed -= {Fate.REJECTED} if 200 <= expected.status < 300 else {Fate.ACKNOWLEDGED}
    if name == UNASKED:
        allowed |= {Fate.RESET}
    if name in SOMETIMES:
        allowed |= {Fate.ACKNOWLEDGED}
    if seen["unbalanced"]:
        return seen["unbalanced"]
    if not set(seen["fates"]) <= allowed | {Fate.RACED}:
        return f"called {seen['fates']}, not {' or '.join(sorted(allowed))}"
    return costly(seen, within_s)


def attempts(name: str, within_s: float) -> dict[str, Any]:
    """A few attempts at once on a target that behaves so, made by a process of its own."""
    with serving(name) as it:
        died = {"unbalanced": "it died", "fates": {}, "elapsed_s": 0.0, "grown_mb": 0.0}
        return apart(lambda: _measured(it, within_s)) or died


def _measured(it: Served, within_s: float) -> dict[str, Any]:
    endpoint, body = Endpoint(it.url), it.behaviour.body
    request = request_head(endpoint, "POST", ((b"X-Case", b"1"),), body) + body
    memory, tally = Memory(), Tally()
    if it.resolve:
        socket.getaddrinfo = it.resolve
    try:
        place = address(it.url, within_s)
    except UnreachableError:  # the run would have said so, and ended
        return {"unbalanced": "", "fates": {"refused": EACH}, "elapsed_s": 0.0, "grown_mb": 0.0}
    trusting = certificates.trusting() if it.url.startswith("https") else None
    place = Address(place.family, place.sockaddr, endpoint.host, trusting)
    began = time.monotonic()
    engine = Engine(EngineSettings(place, lambda _: request, within_s, frozenset(range(200, 300))), tally)
    engine.run(constant(EACH * 100, 0.01).due(0), duration_s=0.01)
    return {
        "unbalanced": tally.unbalanced,
        "fates": dict(Counter({str(fate): count for fate, count in tally.fates.items() if count})),
        "elapsed_s": time.monotonic() - began,
        "grown_mb": memory.grown_mb,
    }

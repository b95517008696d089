"""How an engine makes its attempts: the target's address, the requests, the connections, the retries. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hookproof.load.engine.connection import Address


@dataclass(frozen=True)
class EngineSettings:
    """What one engine is told about its stage.

    request        makes the bytes of a request from the delivery's serial number
    acknowledges   the statuses that acknowledge a delivery
    connections    how many connections may be open at once
    room           how many connections this machine has descriptors for
    reuse          whether a connection serves more than one attempt
    retries        seconds from a failure to the next attempt, one for each retry
    failed_before  by serial number, how many attempts of a delivery failed before the stage; empty where none did
    worker         the number of this engine among `workers`: its serial numbers are those that leave this remainder
    warm           how many connections are opened before anything is due
    rotate         whether idle connections are used in turn; otherwise the one used last is used first
    """

    address: Address
    request: Callable[[int], bytes]
    deadline_s: float
    acknowledges: frozenset[int]
    connections: int = 1000
    room: int = 60_000
    reuse: bool = True
    retries: tuple[float, ...] = ()
    failed_before: bytes = b""
    worker: int = 0
    workers: int = 1
    warm: int = 0
    rotate: bool = False

"""How the attempts of a stage are made. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hookproof.load.connection import Address


@dataclass(frozen=True)
class Sending:
    """How attempts are made.

    request       the bytes of the request for a delivery's serial number
    acknowledges  the statuses that count
    connections   how many may be open at once; room: how many this machine has descriptors for
    reuse         whether a connection serves more than one attempt
    retries       seconds from a failure to the next attempt, one for each retry
    standing      by serial number, how many attempts of a delivery have failed before the stage; none if empty
    worker        which of `workers` this is: it has the serial numbers that leave that remainder
    warm          connections opened before anything is due; `rotate`: use them in turn, not the latest first
    """

    address: Address
    request: Callable[[int], bytes]
    deadline_s: float
    acknowledges: frozenset[int]
    connections: int = 1000
    room: int = 60_000
    reuse: bool = True
    retries: tuple[float, ...] = ()
    standing: bytes = b""
    worker: int = 0
    workers: int = 1
    warm: int = 0
    rotate: bool = False

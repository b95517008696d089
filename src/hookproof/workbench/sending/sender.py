"""Requests sent one after the other, each a line as soon as it is answered, and the exit code that they come to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import click

from hookproof.delivery.attempt import Attempt, Manner, Promise
from hookproof.delivery.model import Delivery
from hookproof.evidence.redact import visible
from hookproof.verdict import Exit
from hookproof.wire.client import Endpoint, HarnessError, send

_GRACE_S = 0.25
"""Seconds beyond the deadline for which an answer is awaited, so that one just late is seen as that."""


@dataclass(frozen=True)
class SentByHand:
    """A delivery, the seconds to wait before it, and what to call it on its line."""

    delivery: Delivery
    name: str
    wait_s: float = 0.0


def deliver(outgoing: Iterable[SentByHand], target: str, promise: Promise) -> int:
    """Send each and print its line. The exit code: all acknowledged, some not, or nobody there."""
    return asyncio.run(_deliver(outgoing, target, promise))


async def _deliver(outgoing: Iterable[SentByHand], target: str, promise: Promise) -> int:
    endpoint, attempts = Endpoint(target), []
    due = time.monotonic()
    for n, one in enumerate(outgoing, 1):
        due += one.wait_s  # from when the one before was due: how long its answer took is no part of the gap
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        attempts.append(attempt := await _attempt(n, one.delivery, endpoint, promise))
        at = datetime.now().astimezone().strftime("%H:%M:%S")
        late = "" if attempt.in_time or not attempt.answered else f" later than {promise.deadline_s:g} s"
        click.echo(visible(f"{at}  {one.name}  {attempt}{late}"))
    acknowledged = sum(attempt.acknowledged for attempt in attempts)
    click.echo(f"{acknowledged} of {len(attempts)} acknowledged")
    if attempts and all(attempt.exchange.outcome in ("refused", "unresolved") for attempt in attempts):
        return Exit.UNREACHABLE
    return Exit.CONFORMANT if acknowledged == len(attempts) else Exit.NONCONFORMANT


async def _attempt(n: int, delivery: Delivery, endpoint: Endpoint, promise: Promise) -> Attempt:
    there = replace(endpoint, url=delivery.url) if delivery.url.startswith("http") else endpoint
    exchange = await send(
        there, delivery.method, delivery.headers, delivery.body, within_s=promise.deadline_s + _GRACE_S
    )
    return Attempt(n, there.url, delivery, Manner(), exchange, promise)


__all__ = ["HarnessError", "SentByHand", "deliver"]

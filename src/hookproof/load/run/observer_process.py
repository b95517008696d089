"""The observer of a load, in its own process, because Locust has patched what an observer needs in Locust's process.

It reads one JSON value a line and answers each with one line: first the value of --effects, then lists of event ids,
each answered with the number of effects of every event, or null for an event where the observer cannot tell.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Container
from typing import Any

from hookproof import observers
from hookproof.observers import Observer
from hookproof.verdict import Inconclusive

AT_ONCE = 16
"""How many events the observer is asked for at the same time."""
MOVING_S = 10.0
"""Seconds without any new effect after which missing effects count as missing."""


async def main() -> None:
    """Serve until the input ends."""
    lines = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    observer = observers.parse(json.loads(await lines.readline()))
    try:
        await observer.start()
        _answer({"ready": True})
        while line := await lines.readline():
            asked = json.loads(line)
            _answer(await settled(observer, asked["ids"], set(asked["awaited"]), asked["patience_s"]))
    except Inconclusive as trouble:
        _answer({"trouble": str(trouble)})
    finally:
        await observer.stop()


def _answer(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


async def settled(
    observer: Observer, event_ids: list[str], awaited: Container[str], patience_s: float
) -> dict[str, Any]:
    """Count the effects of each event, once none of the `awaited` ones is missing or waiting makes no sense any more.

    A receiver may go on working long after it has answered. So missing effects are asked for again for as long as new
    ones appear, and for MOVING_S after the last one, but at most for `patience_s`. If new effects were still appearing
    when patience ended, the count of an event without any is None: nobody can tell.
    """
    counts = dict(zip(event_ids, await _count(observer, event_ids), strict=True))
    changed = begun = time.monotonic()
    while missing := [event_id for event_id, count in counts.items() if count == 0 and event_id in awaited]:
        now = time.monotonic()
        if now - changed > max(MOVING_S, min(patience_s, 3 * (changed - begun))):
            break
        if now - begun > patience_s:
            counts.update(dict.fromkeys(missing) if changed > begun else {})
            break
        await asyncio.sleep(0.25)
        found = await _count(observer, missing)
        if any(found):
            changed = time.monotonic()
        counts.update(zip(missing, found, strict=True))
    twice = [event_id for event_id, count in counts.items() if count]
    counts.update(zip(twice, await _count(observer, twice), strict=True))
    return {"counts": [counts[event_id] for event_id in event_ids]}


async def _count(observer: Observer, event_ids: list[str]) -> list[int | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(event_id: str) -> int | None:
        async with gate:
            try:
                return await observer.count(event_id)
            except Inconclusive:
                return None

    return list(await asyncio.gather(*map(one, event_ids)))


if __name__ == "__main__":
    asyncio.run(main())

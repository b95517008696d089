"""The observer of a load, in a process of its own: Locust's process has patched what an observer needs.

Reads one JSON value a line, answers each with one: first what --effects says, then lists of event ids, answered by
how many effects each had, or null where that cannot be told.
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
MOVING_S = 10.0
"""How long nothing may change before what is missing is taken as missing."""


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
    """Count the effects of each event when nothing awaited is missing, or nothing more comes, or patience has ended.

    A receiver may work long after it has answered: what is missing is asked for again while anything still changes,
    and for MOVING_S after. What patience did not last for is not missing: nobody can tell.
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

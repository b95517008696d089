"""P12: deliveries that come late, in any order and to any place. Each is credited to the event it is about."""

from __future__ import annotations

import asyncio
import functools
import json
import random
import tempfile
from pathlib import Path
from typing import Any

from hookproof import providers
from hookproof.delivery.attempt import Promise
from hookproof.delivery.secret import Secret
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.providers.events import Maker
from hookproof.target.endpoints.trigger import Trigger
from hookproof.target.sending_platform import SendingPlatform
from hookproof.wire.inbox import Inbox
from tests.torture.apart import apart
from tests.torture.figures import Figure, Scale

NAME = "P12"
TITLE = "No late delivery is credited to another event"
KEY = Secret(b"a key for our own tests")


def measure(scale: Scale) -> Figure:
    many = scale.of(10_000, 1_000)
    told = apart(functools.partial(_delivered, many, scale.seed))
    figure = Figure(text="late deliveries over real connections credited to their own event and place")
    figure.tried, figure.held, figure.broken = many, told["right"], told["wrong"][:20]
    figure.more = {"events": told["events"], "endpoints": told["endpoints"]}
    return figure


def _delivered(many: int, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        return asyncio.run(_late(many, random.Random(seed), Path(scratch)))


async def _late(many: int, dice: random.Random, folder: Path) -> dict[str, Any]:
    """Ask for many events at many endpoints, then deliver in an order that has nothing to do with it."""
    surface = providers.load("whatsable").surfaces({})[0]
    inbox = Inbox()
    await inbox.start()
    platform = _platform(surface, inbox, folder)
    endpoints = [platform.make_endpoint() for _ in range(20)]
    triggers = [platform.make_trigger() for _ in range(200)]
    wanted = [(dice.choice(endpoints), dice.choice(triggers), number) for number in range(many)]
    await _all(inbox, platform.maker, wanted)
    wrong = [
        f"delivery {n} was not credited to its event" for place, trigger, n in wanted if not _has(place, trigger, n)
    ]
    credited = sum(len(place.arrivals) for place in endpoints)
    await inbox.stop()
    return {
        "right": many - len(wrong) - abs(credited - many),
        "wrong": wrong,
        "events": len(triggers),
        "endpoints": len(endpoints),
    }


def _has(place: Any, trigger: Trigger, number: int) -> bool:
    mark = b"/late/%d " % number
    return sum(mark in arrival.head for arrival in place.of(trigger)) == 1


async def _all(inbox: Inbox, maker: Maker, wanted: list[tuple[Any, Trigger, int]]) -> None:
    """All of them, over a few connections that are kept."""

    async def one(mine: list[tuple[Any, Trigger, int]]) -> None:
        host, port = mine[0][0].url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for place, trigger, number in mine:
            payload = maker.make().read()
            payload["data"]["message"]["content"] = trigger.text
            body = json.dumps(payload).encode()
            path = "/" + place.url.split("/", 3)[3]
            writer.write(b"POST %b/late/%d HTTP/1.1\r\nHost: x\r\n" % (path.encode(), number))
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            await reader.readuntil(b"\r\n\r\n")
        writer.close()

    await asyncio.gather(*(one(wanted[start::10]) for start in range(10)))


def _platform(surface: Any, inbox: Inbox, folder: Path) -> SendingPlatform:
    redactor = Redactor()
    return SendingPlatform(
        name=surface.subject, surface=surface, base="http://127.0.0.1:9", trigger_url="", register_url="", token=None,
        token_env="", keys=[KEY], secret_env="", maker=Maker(surface, secret=KEY, run="late"),
        promise=Promise(10, frozenset({200}), frozenset({400})), inbox=inbox,
        journal=Journal(folder / "run.jsonl", redactor), redactor=redactor, patience_s=1,
    )  # fmt: skip

"""An inbox that listens while something is tried on it."""

import asyncio
import itertools

from hookproof.delivery.attempt import Manner
from hookproof.wire.arrivals import OK
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox


def with_inbox(use):
    """What a coroutine function finds out of an inbox."""

    async def main():
        inbox = Inbox()
        await inbox.start()
        try:
            return await use(inbox)
        finally:
            await inbox.stop()

    return asyncio.run(main())


async def post(url, body=b"{}", headers=(), method="POST", within_s=2, **manner):
    return await send(Endpoint(url), method, headers, body, within_s=within_s, manner=Manner(**manner))


def placed(inbox, *answers, listener=None):
    """A URL that gives these answers, the last again and again, and the list of what arrives there."""
    arrivals, script = [], itertools.chain(answers or [OK], itertools.repeat((answers or [OK])[-1]))

    def respond(arrival):
        arrivals.append(arrival)
        return next(script)

    return inbox.add_url(respond, listener), arrivals


async def until(holds):
    async with asyncio.timeout(2):
        while not holds():  # noqa: ASYNC110 (the inbox tells nobody)
            await asyncio.sleep(0.005)

"""One delivery of each kind of event, which many checks look at."""

from __future__ import annotations

import asyncio

from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.series import Series
from hookproof.sender.own_endpoints import OwnEndpoints
from hookproof.sender.sender_evidence import SenderEvidence
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive, Reason


class Samples:
    """The first attempt of one event of each kind; asked for once in a run, by the first check that wants it."""

    def __init__(
        self, platform: SendingPlatform, documents: Documents, evidence: SenderEvidence, endpoints: OwnEndpoints
    ) -> None:
        self._platform, self._documents, self._evidence, self._endpoints = platform, documents, evidence, endpoints

    async def sample(self, kind: str) -> Received:
        """The first attempt of one event of that kind.

        Raises Inconclusive if the platform does not emit that kind, AssertionError if it says so and delivers nothing.
        """
        series = await self._platform.shared.once(f"sample {kind}", lambda: self._sample(kind))
        if series not in self._evidence.seen:
            self._evidence.seen.append(series)
        return series.first

    async def _sample(self, kind: str) -> Series:
        platform = self._platform
        endpoint, trigger = await self._endpoints.for_events(()), platform.make_trigger(kind)
        async with platform.alone_with(trigger):
            await platform.emit(trigger, self._evidence.name)
            until_s = platform.inbox.now_s + platform.patience_s
            arrivals = platform.attempts_of(trigger, endpoint)
            while not (arrivals and arrivals[0].over) and platform.inbox.now_s <= until_s:
                await asyncio.sleep(0.01)
                arrivals = platform.attempts_of(trigger, endpoint)
        first, label = tuple(arrivals[:1]), f"a {kind} event"
        series = Series(label, first, platform.patience_s, documents=self._documents, event=trigger, endpoint=endpoint)
        if not arrivals:
            raise AssertionError(f"{series}, although the platform said that it emits it: {trigger.call}")
        platform.record(arrivals[0], self._evidence.name, label)
        return series

    async def samples(self) -> list[Received]:
        """One delivery of each kind that the platform emits. Raises Inconclusive if it emits none."""
        found = []
        for kind in self._documents.maker.kinds:
            try:
                found.append(await self.sample(kind))
            except (Inconclusive, AssertionError):
                continue
        if not found:
            raise Inconclusive(Reason.NOT_TRIGGERED, "the platform emits no documented kind of event")
        return found

    async def missing_file(self, sample: Received) -> str:
        """What is wrong with the file that an event points to; empty if it is there.

        Raises Inconclusive where its URL leads to nobody: the host may be known where the platform runs, and not here.
        """
        if not sample.file_urls:
            return f"no absolute URL where the file belongs: {sample}"
        url = sample.file_urls[0]
        try:
            made = await self._platform.call("GET", url, self._evidence.name, label="fetch the file")
        except Inconclusive as gone:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"{url}: {gone}") from None
        self._evidence.calls.append(made)
        return "" if made.answered and made.status == 200 and made.exchange.body else f"{url}: {made}"

"""The sender under test as one check sees it: the vocabulary of the checks in suites/sender."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from hookproof.evidence.differences import Difference
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.run_ledger import SendersLedger
from hookproof.sender.events import Events
from hookproof.sender.own_endpoints import TICK_S, OwnEndpoints
from hookproof.sender.samples import Samples
from hookproof.sender.sender_evidence import SenderEvidence
from hookproof.target.check_key import CheckKey
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.restart import restarted
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer

ENOUGH = 45
"""So many events are asked for in a run at least, so that one that is lost now and then is seen."""
ENDLESS_BYTES = 64 * 2**20
"""How long an answer is that nobody has reason to read to its end."""


class Sender:
    """What a check can ask of a sender. Each verb is a method of one of the parts it is put together from.

    ok, answer              how an attempt is answered
    trigger, follow         one event and its attempts; `schedule`: one that always fails; `trigger_many`: many events
    sample, samples         one delivery of a kind, of every kind; `missing_file`: what is wrong with the file of one
    register, unregistered  endpoints of ours; `remove`, `switch`: what the platform does with them;
                            `test_delivery`: the sample that an endpoint can ask for
    ledger                  all that came in the run, and all that did not
    """

    ok = OK

    def __init__(self, platform: SendingPlatform, name: CheckKey) -> None:
        self._platform, self._name = platform, name
        self.documented = Documents(
            platform.maker, platform.promise, platform.keys, platform.token, platform.secret_env
        )
        self._evidence = SenderEvidence(platform, name, self.documented)
        self._endpoints = OwnEndpoints(platform, self.documented, self._evidence)
        self._events = Events(platform, self.documented, self._evidence, self._endpoints)
        samples = Samples(platform, self.documented, self._evidence, self._endpoints)

        self.trigger, self.follow = self._events.trigger, self._events.follow
        self.schedule, self.trigger_many = self._events.schedule, self._events.trigger_many
        self.sample, self.samples, self.missing_file = samples.sample, samples.samples, samples.missing_file
        self.register, self.unregistered = self._endpoints.register, self._endpoints.unregistered
        self.remove, self.switch = self._endpoints.remove, self._endpoints.switch
        self.test_delivery = self._endpoints.test_delivery
        self.explain, self.reproduce = self._evidence.explain, self._evidence.reproduce
        self.let_go = self._evidence.let_go

    @property
    def deadline_s(self) -> float:
        """Seconds within which an attempt must be answered."""
        return self._platform.promise.deadline_s

    @staticmethod
    def answer(
        status: int = 200, *, body: bytes = b"", drip_s: float = 0.0, end: str = "whole",
        leads_to: OwnEndpoint | None = None, endless: bool = False,
    ) -> Answer:  # fmt: skip
        """An answer for a script, as `Answer` describes it; `leads_to`: the endpoint that its Location names.

        endless: its body has 64 MiB.
        """
        headers = (("Location", leads_to.url),) if leads_to else ()
        return Answer(status, body, headers=headers, drip_s=drip_s, end=end, long_bytes=ENDLESS_BYTES if endless else 0)

    async def restart(self) -> None:
        """Run the user's command that restarts the platform. Raises Inconclusive without one."""
        if not self._platform.restart:
            raise Inconclusive(
                Reason.PREREQUISITE_FAILED,
                "neither --start nor --restart was given",
            )
        self._platform.restarted_s.append(self._platform.inbox.now_s)
        await restarted(self._platform.restart, self._platform.patience_s)

    async def expect_nothing(
        self, *, kind: str = "", endpoint: OwnEndpoint | None = None, among: Sequence[str] = (), within_s: float = 0.0
    ) -> list[Received]:
        """Ask for an event that must not be delivered, and return what comes of it in a few seconds all the same.

        Nothing comes, too, where the platform refuses to emit it.

        kind      which kind of event; else a plain one
        endpoint  where it must not come; else the main endpoint
        among     ask for all these kinds together, once for all checks, and for `kind` alone only if anything comes
        within_s  look for at least so many seconds
        """
        if among and not await self._platform.shared.once(f"kinds {', '.join(among)}", lambda: self._come_of(among)):
            return []
        platform = self._platform
        endpoint = endpoint or await self._endpoints.for_events(())
        trigger = platform.make_trigger(kind)
        self._evidence.triggers.append(trigger)
        async with platform.alone_with(trigger):
            try:
                await platform.emit(trigger, self._name)
            except Inconclusive as refused:
                if refused.reason is not Reason.NOT_TRIGGERED:
                    raise
                return []
            finally:
                self._evidence.calls += [trigger.call] if trigger.call else []
            ends_s = platform.inbox.now_s + max(within_s, self._quiet_s)
            while platform.inbox.now_s < ends_s and not platform.attempts_of(trigger, endpoint):  # noqa: ASYNC110 (time is up too)
                await asyncio.sleep(TICK_S)
        return self._evidence.note(platform.attempts_of(trigger, endpoint), "an attempt that should not be", trigger)

    async def _come_of(self, kinds: Sequence[str]) -> int:
        """How many attempts come of events of these kinds in a few seconds."""
        platform, endpoint = self._platform, await self._endpoints.for_events(())
        before = len(endpoint.arrivals)
        for kind in kinds:
            with contextlib.suppress(Inconclusive):
                await platform.emit(platform.make_trigger(kind), self._name)
        await asyncio.sleep(self._quiet_s)
        return len(endpoint.arrivals) - before

    @property
    def _quiet_s(self) -> float:
        """Seconds after which what has not come will not: some times as long as the slowest delivery so far took."""
        return min(self._platform.patience_s, max(1.0, min(3.0, 3 * self._platform.shared.slowest_s + 0.5)))

    async def ledger(self) -> SendersLedger:
        """All that came in the run and all that did not; when everything else is over. Read once for all checks.

        Raises Inconclusive if events are missing and a fresh one does not come either.
        """
        made: SendersLedger = await self._platform.shared.once("ledger", self._read_ledger)
        return made

    async def _read_ledger(self) -> SendersLedger:
        platform = self._platform
        await self.schedule()  # so that there are late attempts, and enough events, whatever else was run
        made = sum(one.wanted for one in platform.triggers)
        await self.trigger_many(max(0, ENOUGH - made), in_turn=True)
        await self._for_what_is_missing()
        registered = [endpoint for endpoint in platform.endpoints if endpoint.registrations]
        pairs = [pair for endpoint in registered for pair in endpoint.arrivals]
        attempts = [Received(arrival, self.documented, event) for event, arrival in pairs]
        twice = {endpoint.url.partition("?")[0] for endpoint in registered if endpoint.registrations > 1}
        return SendersLedger(
            sorted(attempts, key=lambda attempt: attempt.at_s), platform.missing_events, frozenset(twice),
            platform.restarted_s,
        )  # fmt: skip

    async def _for_what_is_missing(self) -> None:
        """Give events that have not come the time that a later one takes, and a little more."""
        platform = self._platform
        if not (platform.main and platform.missing_events):
            return
        if not await self._endpoints.is_delivered_to(platform.main):
            text = f"{len(platform.missing_events)} events have not come, and neither does a fresh one at the moment"
            raise Inconclusive(Reason.CONTROL_FAILED, text)
        await asyncio.sleep(max(2.0, min(10.0, 3 * platform.shared.slowest_s)))

    # -- for the report -------------------------------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        """Numbers of the attempts that this check looked at, in order."""
        return self._evidence.numbers

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """The series with a retry, for the report's timelines."""
        return self._evidence.drawn

    @property
    def differences(self) -> list[Difference]:
        """Where bytes that should be equal first differ; known once `explain` was called."""
        return self._evidence.differences

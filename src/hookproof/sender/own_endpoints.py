"""The endpoints of ours that one check registers, and what it has a platform do with them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from typing import Any

from hookproof.delivery.attempt import Attempt
from hookproof.providers.fields.platform_tables import CallFields
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.sender_evidence import SenderEvidence
from hookproof.target import listings
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.sending_platform import SendingPlatform
from hookproof.target.shared_by_checks import POOL
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer
from hookproof.wire.inbox import Listener

SETTLE_S = 6.0
"""Seconds for which a change is waited for at most."""
TICK_S = 0.04
"""Seconds from one look at what has arrived to the next."""


class OwnEndpoints:
    """Registering endpoints of ours, switching them off, removing them."""

    def __init__(self, platform: SendingPlatform, documents: Documents, evidence: SenderEvidence) -> None:
        self._platform, self._documents, self._evidence = platform, documents, evidence

    # -- registering ------------------------------------------------------------------------------------------------

    async def register(
        self, *, again: OwnEndpoint | None = None, answer: Answer = OK, query: str = "", scheme: str = "",
        refuses_challenges: bool = False, own_port: bool = False, untrusted: bool = False,
    ) -> OwnEndpoint:  # fmt: skip
        """A fresh endpoint of this check's own, registered. Raises Inconclusive when the platform does not take it.

        again               register this endpoint once more instead
        answer              what it answers to this check's events, where they say nothing else
        query               ends its URL; where an account has one address, that address is returned without a query
        scheme              begins its URL instead of ours; the platform may refuse it
        refuses_challenges  it does not prove that it is ours; the platform may refuse it
        own_port            it can be shut
        untrusted           it speaks TLS, with a certificate that nobody has reason to trust
        """
        if again or (query and self._platform.fields.single):
            endpoint = again or await self.for_events(())
            if again:
                self._evidence.calls.append(await self._platform.register(endpoint, self._evidence.name))
            return endpoint
        tls = _untrusted_tls() if untrusted else None
        endpoint = self.unregistered(await self.listener(tls) if own_port or untrusted else None)
        endpoint.answer, endpoint.refuses_challenges = answer, refuses_challenges
        endpoint.url = f"{scheme}://{endpoint.url.partition('://')[2]}" if scheme else endpoint.url
        endpoint.url += query
        refusable = bool(refuses_challenges or scheme)
        return await self.registered(endpoint, may_be_refused=refusable, answers=not (refusable or untrusted))

    async def registered(
        self, endpoint: OwnEndpoint, *, may_be_refused: bool = False, answers: bool = True
    ) -> OwnEndpoint:
        """Register an endpoint, and wait until it gets what happens; `answers`: it can be seen that it does.

        Raises Inconclusive when the platform does not take it, unless it may be refused.
        """
        made = await self._platform.register(endpoint, self._evidence.name)
        self._evidence.calls.append(made)
        if not (may_be_refused or made.succeeded):
            self._platform.endpoints.remove(endpoint)
            text = f"the platform does not register an inbox of ours: {made}{self._hint(made)}"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        self._evidence.endpoints.append(endpoint)
        if answers and not self._platform.fields.single:
            await self._until(endpoint, delivered_to=True)
        return endpoint

    async def is_delivered_to(self, endpoint: OwnEndpoint) -> bool:
        """Whether a fresh event comes to an endpoint, in some times the time that the slowest so far took."""
        platform = self._platform
        control = platform.make_trigger()
        try:
            await platform.emit(control, self._evidence.name)
        except Inconclusive:
            return False
        ends_s = platform.inbox.now_s + min(platform.patience_s, max(1.0, 3 * platform.shared.slowest_s + 0.5))
        while platform.inbox.now_s < ends_s and not platform.attempts_of(control, endpoint):  # noqa: ASYNC110 (time is up too)
            await asyncio.sleep(TICK_S)
        return bool(platform.attempts_of(control, endpoint))

    async def _until(self, endpoint: OwnEndpoint, *, delivered_to: bool) -> None:
        """Wait for a change to be in force: platforms look at what is registered now and then. At most SETTLE_S."""
        ends_s = self._platform.inbox.now_s + min(self._platform.patience_s, SETTLE_S)
        while await self.is_delivered_to(endpoint) != delivered_to and self._platform.inbox.now_s < ends_s:
            pass

    def _hint(self, made: Attempt) -> str:
        """What to type instead, where a registration was refused."""
        if made.status in (401, 403) and not self._platform.token:
            return f"; put the API's token in ${self._platform.token_env}"
        return "; --public-url says by what URL it reaches us" if made.status in (400, 403, 422) else ""

    def unregistered(self, listener: Listener | None = None) -> OwnEndpoint:
        """An endpoint of ours that nobody has been told of."""
        return self._platform.make_endpoint(listener)

    async def listener(self, tls: ssl.SSLContext | None = None) -> Listener:
        """Another port of ours. Raises Inconclusive where the platform reaches us through --public-url alone."""
        if self._platform.inbox.public:
            text = "needs a second port, which --public-url does not lead to"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return await self._platform.inbox.listener(tls)

    async def for_events(self, answers: Sequence[Answer]) -> OwnEndpoint:
        """Where this check's events are looked for: the main endpoint, or one that few checks share.

        Every endpoint gets every event, so there cannot be one for each check; an account may have but one at all. What
        is not acknowledged at once has endpoints apart, so that it disturbs few other checks; what ends an endpoint
        has one of its own.
        """
        platform, mine = self._platform, self._evidence.endpoints
        if not platform.fields.single and any(answer.status in self._documents.gone for answer in answers):
            return await self.register()
        assert platform.main, "the preflight registers it"
        if platform.fields.single or all(answer.acknowledges_at_once for answer in answers):
            return platform.main
        if not mine:
            mine.append(await platform.shared.pooled(self._for_the_pool, platform.main))
        return mine[0]

    async def fill_the_pool(self) -> None:
        """Register now the endpoints that checks share, while nothing else is going on."""
        assert self._platform.main, "the preflight registers it"
        for _ in range(0 if self._platform.fields.single else POOL):
            await self._platform.shared.pooled(self._for_the_pool, self._platform.main)

    async def _for_the_pool(self) -> OwnEndpoint | None:
        """A fresh endpoint, or None where the platform takes no more; not yet one of this check's."""
        endpoint = self.unregistered()
        with contextlib.suppress(Inconclusive):
            await self.registered(endpoint)
            self._evidence.endpoints.remove(endpoint)
            return endpoint
        return None

    # -- what is done with an endpoint ------------------------------------------------------------------------------

    async def remove(self, endpoint: OwnEndpoint) -> None:
        """Take an endpoint back. Raises Inconclusive where the platform does not do it."""
        await self._ask(self._platform.fields.remove, endpoint)
        await self._until(endpoint, delivered_to=False)

    async def switch(self, endpoint: OwnEndpoint, *, on: bool) -> None:
        """Switch an endpoint off, or on again. Raises Inconclusive where the platform does not do it."""
        if endpoint.switched_on is None:
            endpoint.switched_on = await self._switch_of(endpoint)
        member, value = endpoint.switched_on
        off = False if value is True else "disabled" if value == "enabled" else "inactive"
        await self._ask(self._platform.fields.change, endpoint, **{member: value if on else off})
        await self._until(endpoint, delivered_to=on)

    async def test_delivery(self) -> Received:
        """The sample delivery that an endpoint was asked for. Raises Inconclusive where there is none to ask for."""
        async with self._platform.alone:  # a sample has no token of ours
            return await self._sample_at(await self.for_events(()))

    async def _sample_at(self, endpoint: OwnEndpoint) -> Received:
        known = len(endpoint.arrivals)
        made = await self._ask(self._platform.fields.test, endpoint)
        ends_s = self._platform.inbox.now_s + self._platform.patience_s
        while self._platform.inbox.now_s < ends_s:
            fresh = [arrival for trigger, arrival in endpoint.arrivals[known:] if trigger is None and arrival.over]
            if fresh:
                return self._evidence.note(fresh[:1], "the sample that was asked for")[0]
            await asyncio.sleep(TICK_S)
        raise Inconclusive(Reason.NOT_TRIGGERED, f"no sample came: {made}")

    async def _ask(self, call: CallFields | None, endpoint: OwnEndpoint, **change: Any) -> Attempt:
        """Call something that is done with an endpoint. Raises Inconclusive where the platform does not do it."""
        assert call, "only providers with such a call are judged by it"
        id_ = _id_of(endpoint)
        made = await self._platform.operate(call, self._evidence.name, more=change, id=id_)
        self._evidence.calls.append(made)
        if not made.succeeded:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform does not do it: {made}")
        return made

    async def _switch_of(self, endpoint: OwnEndpoint) -> tuple[str, Any]:
        """The member of the listed endpoint that says that it is on, and its value."""
        call = self._platform.fields.listing
        assert call, "only providers with such a call are judged by it"
        listed = await self._platform.operate(call, self._evidence.name)
        entry = listings.entry(listings.read(listed.exchange.body), endpoint.url)
        for member in self._platform.fields.switch if entry else ():
            if entry.get(member) in (True, "enabled", "active"):
                return member, entry[member]
        raise Inconclusive(Reason.NOT_TRIGGERED, "no member of a listed endpoint switches it off")


def _id_of(endpoint: OwnEndpoint) -> str:
    """The id under which an endpoint was registered. Raises Inconclusive if the answer names none."""
    made = endpoint.registration
    found = listings.id_of(listings.read(made.exchange.body)) if made else ""
    if not found:
        raise Inconclusive(Reason.NOT_TRIGGERED, f"the answer to a registration names no id: {made}")
    return found


def _untrusted_tls() -> ssl.SSLContext:
    """TLS with a certificate of an authority that was made a moment ago."""
    import trustme  # 0.1 s to import, for few checks

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context

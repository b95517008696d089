"""Asking a platform for a sample delivery, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from hookproof.api.account import Account
from hookproof.api.api_answer import ApiAnswer
from hookproof.api.calls import Calls
from hookproof.api.endpoints import Endpoints
from hookproof.api.own_inbox import OwnInbox
from hookproof.api.registration import Registration
from hookproof.cases.api.operations import samples
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import Arrival


@dataclass(frozen=True, repr=False)
class Sample:
    """The answer to whoever asked for a sample, and what arrived.

    possible  the sample was not refused, or another kind of sample was not: so the simulator is called as it should be
    unpaid    the instance is not paid for, by the answer or by what the run says
    """

    answer: ApiAnswer
    arrivals: list[Arrival]
    possible: bool = True
    unpaid: bool = False

    def __str__(self) -> str:
        return str(self.answer)

    __repr__ = __str__

    @property
    def carried_out(self) -> bool:
        """The API did what it was asked for, by its own account."""
        return self.answer.carried_out

    def names_status(self, status: int) -> bool:
        """Whether a member of the answer is an HTTP status, or has it in its text."""
        return self.answer.names_status(status)


class Simulator:
    """Asks for samples; each is waited for where it was directed."""

    def __init__(self, calls: Calls, account: Account, endpoints: Endpoints) -> None:
        self._calls, self._account, self._endpoints = calls, account, endpoints

    async def simulate(self, to: OwnInbox | Registration | None, kind: str) -> Sample:
        """A sample to an inbox, an endpoint, or the account's own address. Raises Inconclusive without a simulator."""
        answer = await self._asked(to, kind)
        unpaid = answer.status == 402 or self._calls.parameter("paid") == "no"
        inbox = to.inbox if isinstance(to, Registration) else to or self._account.inbox
        arrivals = await self._calls.arrivals(inbox) if answer.carried_out and inbox else []
        return Sample(answer, arrivals, not answer.refused or unpaid or await self._works(), unpaid)

    async def _asked(self, to: OwnInbox | Registration | None, kind: str) -> ApiAnswer:
        if isinstance(to, Registration):
            operation = self._calls.operation(self._calls.platform.fields.test)
            answer = await self._calls.send(operation, values={"id": await self._endpoints.id_of(to)})
        else:
            answer = await self._simulated(to.url if to else "", kind or self._kinds[0])
        if answer.unknown_call:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API sends no samples: {answer}")
        return answer

    async def _simulated(self, url: str, kind: str) -> ApiAnswer:
        self._calls.needs_token()
        call = self._calls.platform.fields.simulate
        operation = self._calls.operation(call)
        values = {"{kind}": kind, "{url}": url}
        body = {name: values.get(value, value) for name, value in (call.body if call else {}).items()}
        payload = {name: value for name, value in body.items() if value}
        return await self._calls.send(operation, payload, label=f"simulate {kind}")

    async def _works(self) -> bool:
        """Whether any sample is to be had; how a simulator is called is nowhere documented."""
        if self._calls.platform.fields.simulate is None:
            return False
        url = self._calls.inbox().url
        return any([(await self._simulated(url, kind)).carried_out for kind in self._kinds])

    @property
    def _kinds(self) -> list[str]:
        return list(samples(self._calls.platform.maker))

"""The management API under test, as one check sees it: everything that a check in suites/api can do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hookproof.api.account import Account, SettingsChange, ShownSettings
from hookproof.api.api_answer import ApiAnswer, ApiAnswers
from hookproof.api.calls import Calls
from hookproof.api.endpoints import Endpoints
from hookproof.api.inspector import Inspector
from hookproof.api.listing import ChannelListing, Listing
from hookproof.api.own_inbox import OwnInbox
from hookproof.api.registration import Registration
from hookproof.api.simulator import Sample, Simulator
from hookproof.api.trials import Trials
from hookproof.cases.api.api_request import ApiRequest
from hookproof.cases.api.operations import OUR_URL
from hookproof.target.check_key import CheckKey
from hookproof.target.sending_platform import SendingPlatform


class Api:
    """What the checks in suites/api use. Every method that touches the network is a coroutine."""

    drawn: tuple[dict[str, Any], ...] = ()
    differences: tuple[Any, ...] = ()

    def __init__(self, platform: SendingPlatform, item: CheckKey) -> None:
        self._platform = platform
        self._calls = Calls(platform, item)
        self._account = Account(self._calls)
        self._endpoints = Endpoints(self._calls, self._account)
        self._trials = Trials(self._calls, self._account, self._endpoints)
        self._simulator = Simulator(self._calls, self._account, self._endpoints)
        self._inspector = Inspector(self._calls)

    # -- any operation --------------------------------------------------------------------------------------------

    async def send(self, request: ApiRequest) -> ApiAnswer:
        """Send a request, and undo what it did. Raises Inconclusive where the API does not have the operation."""
        return await self._trials.send(request)

    async def send_all(self, requests: Iterable[ApiRequest]) -> ApiAnswers:
        """Send requests one after the other, and undo what they did."""
        return await self._trials.send_all(requests)

    # -- endpoints ------------------------------------------------------------------------------------------------

    async def control(self) -> Registration:
        """How a good registration went, made once in the run; without it no refusal means anything."""
        return await self._endpoints.control()

    async def register(self, url: Any = OUR_URL, /, **members: Any) -> Registration:
        """Ask for deliveries to a URL, good or not. `members` stand in the body beside the documented ones."""
        return await self._endpoints.register(url, **members)

    async def keeps_url(self, endpoint: Registration) -> bool:
        """Whether the API shows an endpoint's URL as it was sent, as far as it shows it at all."""
        return await self._endpoints.keeps_url(endpoint)

    async def list_endpoints(self) -> Listing:
        """What the API shows of its endpoints. Raises Inconclusive if it shows nothing."""
        return await self._endpoints.listed()

    async def update(self, endpoint: Registration, **members: Any) -> ApiAnswer:
        """Change members of an endpoint. Raises Inconclusive where the API has no such call."""
        return await self._endpoints.update(endpoint, **members)

    async def delete(self, endpoint: Registration) -> ApiAnswer:
        """Delete an endpoint. Raises Inconclusive where no such call is documented."""
        return await self._endpoints.delete(endpoint)

    # -- the account ----------------------------------------------------------------------------------------------

    async def settings(self) -> ShownSettings:
        """The settings. Raises Inconclusive where they cannot be read."""
        return await self._account.read()

    async def change_settings(self, settings: dict[str, Any]) -> SettingsChange:
        """Change some settings, and read them. Raises Inconclusive where they cannot be read."""
        return await self._account.change(settings)

    async def deliver_to(self, inbox: OwnInbox) -> None:
        """Have all of the account's deliveries go to an inbox of ours. Raises Inconclusive if that is refused."""
        await self._account.deliver_to(inbox)

    async def list_channels(self) -> ChannelListing:
        """The channels that are listed. Raises Inconclusive if nobody said where, or which there must be."""
        return await self._account.channels()

    # -- events ---------------------------------------------------------------------------------------------------

    def inbox(self, status: int = 200) -> OwnInbox:
        """An inbox of ours that nobody knows yet, which answers every delivery with a status."""
        return self._calls.inbox(status)

    async def trigger(self) -> str:
        """Have a message come in; the text of it that nothing else has. Raises Inconclusive without --trigger."""
        return await self._calls.trigger()

    async def simulate(self, to: OwnInbox | Registration | None = None, kind: str = "") -> Sample:
        """A sample to an inbox, an endpoint, or the account's own address. Raises Inconclusive without a simulator."""
        return await self._simulator.simulate(to, kind)

    async def inspect(self, *, on: bool) -> None:
        """Switch the inspector. Raises Inconclusive where there is none."""
        await self._inspector.inspect(on=on)

    async def look_for(self, text: str, *, within: str) -> ApiAnswer:
        """What is shown under `messages` or `inspected` as soon as the text is in it, or patience is over."""
        return await self._inspector.look_for(text, within)

    # -- the run, and what is left of it --------------------------------------------------------------------------

    def parameter(self, name: str) -> str:
        """What the run says of a parameter; empty if nothing."""
        return self._calls.parameter(name)

    @property
    def leaks(self) -> list[str]:
        """What answers of the run showed of the platform's inside."""
        return self._platform.leaks

    async def restore(self) -> None:
        """Leave the account as it was, as far as its API allows."""
        await self._endpoints.restore()
        await self._account.restore()

    @property
    def numbers(self) -> list[int]:
        """The numbers of the calls, and of the attempts that arrived."""
        return self._calls.numbers

    def explain(self) -> str:
        """The likely cause of a failure: an API's answers say it themselves."""
        return ""

    def reproduce(self, message: str = "") -> str:
        """Shell text that makes the last calls again: those that decided."""
        return self._calls.reproduce()

"""An account's settings, its channels, and its only address where it has one; afterwards it is as it was."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.calls import Calls
from hookproof.api.listing import ChannelListing
from hookproof.api.own_inbox import OwnInbox
from hookproof.target import listings
from hookproof.verdict import Inconclusive, Reason

_SWITCHES = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


@dataclass(frozen=True)
class ShownSettings:
    """The settings as the API shows them. `documented`: the names that a document gives; `addresses`: those of URLs."""

    values: dict[str, Any]
    documented: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str) -> Any:
        """A setting's value, as it is written; None if it is not shown."""
        return self.values.get(name)

    def switch(self, name: str) -> Any:
        """Whether a setting is on or off, however that is written; another value as it is."""
        value = self.get(name)
        return _SWITCHES.get(str(value).lower(), value)

    @property
    def address(self) -> Any:
        """Where the account's deliveries go; None if that is not shown."""
        return next((self.values[name] for name in self.addresses if name in self), None)

    def others(self, name: str) -> dict[str, Any]:
        """The documented settings but for one of them."""
        return {other: self.values[other] for other in self.documented if other != name and other in self}


@dataclass(frozen=True, repr=False)
class SettingsChange:
    """The answer to a change of settings, and what is shown afterwards."""

    answer: ApiAnswer
    shown: ShownSettings

    def __str__(self) -> str:
        return str(self.answer)

    __repr__ = __str__

    @property
    def carried_out(self) -> bool:
        """The API did what it was asked for, by its own account."""
        return self.answer.carried_out


class Account:
    """Reads and changes what an account has besides its endpoints."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._platform = calls, calls.platform
        self._before: ShownSettings | None = None
        self.inbox: OwnInbox | None = None
        if self.single:
            calls.before_change = self._remember

    @property
    def single(self) -> bool:
        """The account has one address only."""
        return self._platform.fields.single

    @property
    def addresses(self) -> tuple[str, ...]:
        """The members of a registration that hold the URL."""
        call = self._platform.fields.register
        return tuple(name for name, value in (call.body if call else {}).items() if value == "{url}")

    async def read(self) -> ShownSettings:
        """The settings. Raises Inconclusive where they cannot be read."""
        answer = await self._calls.send(self._calls.operation(self._platform.fields.read))
        if not answer.carried_out:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the settings cannot be read: {answer}")
        documented = (*self._platform.fields.settings, *self.addresses)
        found = (each for each in listings.objects(answer.payload) if set(documented) & set(each))
        return ShownSettings(next(found, {}), documented, self.addresses)

    async def change(self, settings: dict[str, Any]) -> SettingsChange:
        """Change some settings. Raises Inconclusive where none can be read."""
        self._calls.needs_token()
        inbox = self._calls.inbox()
        payload = {name: inbox.fill(value) for name, value in settings.items()}
        label = "set " + ", ".join(f"{name} = {value!r}" for name, value in payload.items())
        operation = self._calls.operation(self._platform.fields.register)
        answer = await self._calls.send(operation, payload, label=label[:120])
        return SettingsChange(answer, await self.read())

    async def deliver_to(self, inbox: OwnInbox) -> None:
        """Have all of the account's deliveries go to an inbox of ours. Raises Inconclusive if that is refused."""
        operation = self._calls.operation(self._platform.fields.register)
        answer = await self._calls.send(operation, self._calls.registration(inbox.url))
        if not answer.carried_out:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an inbox of ours is not registered: {answer}")
        self.inbox = inbox

    async def channels(self) -> ChannelListing:
        """The channels that are listed. Raises Inconclusive if nobody said where, or which there must be."""
        needs = self._platform.surface.fields.needs
        path = self._calls.parameter("channels.list")
        ids = self._calls.parameter(needs[0]).split(",") if needs else []
        if not path or not all(ids):
            text = f"say where channels are listed and which there are: --set channels.list=PATH --set {needs[0]}=ID"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        return ChannelListing(await self._calls.get(path, "list channels"), tuple(ids))

    # -- afterwards -----------------------------------------------------------------------------------------------

    async def _remember(self) -> None:
        """Note the settings before they are changed for the first time."""
        if self._before is None:
            self._before = ShownSettings({})
            with contextlib.suppress(Inconclusive):
                self._before = await self.read()

    async def restore(self) -> None:
        """Set what was set before the first change, as far as the API allows."""
        before, self._before = self._before, None
        if before is not None:
            with contextlib.suppress(Inconclusive):
                await self._reset(before)
            self._before = None

    async def _reset(self, before: ShownSettings) -> None:
        if inspect := self._platform.fields.inspect:
            body = dict.fromkeys(inspect.body, False)
            await self._calls.send(self._calls.operation(inspect), body, label="clean up")
        operation = self._calls.operation(self._platform.fields.register)
        payload = {name: before.values[name] for name in before.documented if name in before}
        answer = await self._calls.send(operation, payload, label="clean up")
        if not answer.carried_out:  # an empty address may be written in another way than it is read
            payload = {name: payload[name] or "" for name in payload}
            await self._calls.send(operation, payload, label="clean up")

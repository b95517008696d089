"""Registering, listing, updating and deleting endpoints, whether an account has several or one; and cleaning up."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from hookproof.api.account import Account
from hookproof.api.api_answer import ApiAnswer
from hookproof.api.calls import Calls
from hookproof.api.listing import Listing, is_secret
from hookproof.api.registration import Registration
from hookproof.cases.api.endpoints import ABSENT
from hookproof.cases.api.operations import OUR_URL
from hookproof.target import listings
from hookproof.verdict import Inconclusive, Reason


class Endpoints:
    """The endpoints of ours that one check registers. `restore` deletes what is left of them."""

    def __init__(self, calls: Calls, account: Account) -> None:
        self._calls, self._account, self._platform = calls, account, calls.platform
        self._kept: list[Registration] = []

    # -- registering ----------------------------------------------------------------------------------------------

    async def register(self, url: Any = OUR_URL, /, **members: Any) -> Registration:
        """Ask for deliveries to a URL, good or not. `members` stand in the body beside the documented ones."""
        self._calls.needs_token()
        operation = self._calls.operation(self._platform.fields.register)
        inbox = self._calls.inbox()
        body = self._calls.registration(inbox.fill(url)) | members
        url = next((members[name] for name in self._account.addresses if name in members), inbox.fill(url))
        answer = await self._calls.send(operation, body, label=f"register {_shown(url)}{_named(members)}")
        if not answer.carried_out:
            return Registration(url, inbox, answer)
        if self._account.single:
            address = (await self._account.read()).address
            return Registration(url, inbox, answer, taken=address == url or inbox.mark in str(address))
        registration = Registration(url, inbox, answer, listings.id_of(answer.payload), taken=True)
        self.keep(registration)
        return registration

    async def control(self) -> Registration:
        """How a good registration went, made once in the run; without it no refusal means anything."""
        return await self._platform.shared.once("api control", self._control)

    async def _control(self) -> Registration:
        found = await self.register()
        await self.restore()
        await self._account.restore()
        public = found.taken or self._platform.inbox.public
        return found if public else replace(found, hint="; does it need an https URL: --public-url?")

    async def keeps_url(self, endpoint: Registration) -> bool:
        """Whether the API shows an endpoint's URL as it was sent, as far as it shows it at all."""
        if self._account.single:
            return bool((await self._account.read()).address == endpoint.url)
        try:
            return not (await self.listed()).rewritten(endpoint)
        except Inconclusive:
            return True

    # -- listing, updating, deleting ------------------------------------------------------------------------------

    async def listed(self) -> Listing:
        """What the API shows of its endpoints. Raises Inconclusive if it shows nothing."""
        operation = self._calls.operation(self._platform.fields.listing or self._platform.fields.read)
        answer = await self._calls.send(operation)
        if not answer.carried_out:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"there is nothing to read: {answer}")
        secrets = (secret for secret in (*self._platform.keys, self._platform.token) if secret)
        return Listing(answer, frozenset(secret.reveal().decode("latin-1") for secret in secrets))

    async def id_of(self, endpoint: Registration) -> str:
        """An endpoint's id, by the answer or else by the listing. Raises Inconclusive where nobody says it."""
        found = endpoint.id
        if not found and endpoint.url and isinstance(endpoint.url, str):
            found = listings.id_of(listings.entry((await self.listed()).answer.payload, endpoint.url))
        if not found:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"nobody says what its id is: {endpoint}")
        return found

    async def update(self, endpoint: Registration, **members: Any) -> ApiAnswer:
        """Change members of an endpoint. Raises Inconclusive where the API has no such call."""
        operation, inbox = self._calls.operation(self._platform.fields.change), self._calls.inbox()
        body = {name: inbox.fill(value) for name, value in members.items()}
        values = {"id": await self.id_of(endpoint)}
        answer = await self._calls.send(operation, body, values=values, label=f"change{_named(body)}")
        if answer.unknown_call:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API changes no endpoint: {answer}")
        return answer

    async def delete(self, endpoint: Registration) -> ApiAnswer:
        """Delete an endpoint. Raises Inconclusive where no such call is documented."""
        operation = self._calls.operation(self._platform.fields.remove)
        return await self._calls.send(operation, values={"id": await self.id_of(endpoint)})

    # -- for other calls, and afterwards --------------------------------------------------------------------------

    def keep(self, endpoint: Registration) -> None:
        """Remember what is to be deleted, and hide the secrets that the answer gives away for once."""
        self._kept.append(endpoint)
        for each in listings.objects(endpoint.answer.payload):
            for name, value in each.items():
                if is_secret(name) and isinstance(value, str) and len(value) > 7 and value.isascii():
                    self._platform.redactor.add(value.encode(), f"<{name}>")

    async def one_of_ours(self) -> Registration:
        """An endpoint of ours: the last one, or a fresh one. Raises Inconclusive when the API does not take it."""
        if not self._kept:
            control = await self.control()
            found = await self.register() if control.taken else control
            if not found.taken:
                raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an inbox of ours is not registered: {found}")
        return self._kept[-1]

    def gone(self, endpoint: Registration) -> None:
        """Note that an endpoint of ours is deleted."""
        self._kept = [each for each in self._kept if each is not endpoint]

    async def restore(self) -> None:
        """Delete the endpoints of ours, as far as the API allows."""
        kept, self._kept = self._kept, []
        for endpoint in kept:
            await self.forget(endpoint)

    async def forget(self, endpoint: Registration) -> None:
        """Delete an endpoint of ours, whatever comes of it."""
        self.gone(endpoint)
        with contextlib.suppress(Inconclusive):
            operation = self._calls.operation(self._platform.fields.remove)
            id_ = endpoint.id or await self.id_of(endpoint)
            await self._calls.send(operation, values={"id": id_}, label="clean up")


def _shown(url: Any) -> str:
    return "no URL" if url is ABSENT else repr(url)[:60]


def _named(members: dict[str, Any]) -> str:
    return "".join(f", {name} {value!r}"[:60] for name, value in members.items())

"""Registering, listing, changing and removing endpoints, whether an account has several or one; and cleaning up."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from hookproof import listings
from hookproof.api.calls import Calls
from hookproof.cases.endpoints import ABSENT as NOTHING
from hookproof.fields import CallFields
from hookproof.model import Attempt
from hookproof.platform import Place
from hookproof.specs import Operation
from hookproof.verdict import Inconclusive, Reason

NAME = "hookproof, one of its inboxes"
_SECRET = re.compile(r"(^|_)(secret|secret_?key|signing_?key|api_?key|token|password|private_?key)$", re.IGNORECASE)


@dataclass(frozen=True)
class Registered:
    """One attempt to register an endpoint. `url`: as it was sent; `mark`: what tells it from others in a listing.

    taken      the API carried it out, and did not merely ignore the URL
    verbatim   it also keeps the URL as it was sent
    """

    url: Any
    mark: str
    made: Attempt
    id: str = ""
    taken: bool = False
    verbatim: bool = False

    def __str__(self) -> str:
        return str(self.made)

    __repr__ = __str__


class Endpoints(Calls):
    """What the checks do with endpoints. What they leave behind is removed by `restore`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._kept: list[Registered] = []
        self._before: dict[str, Any] | None = None

    @property
    def single(self) -> bool:
        """Whether the account has one address only."""
        return self._platform.fields.single

    def operation(self, call: CallFields | None) -> Operation:
        """The documented operation behind a call. Raises Inconclusive if none is documented."""
        if call is None:
            raise Inconclusive(Reason.NOT_TRIGGERED, "no such call is documented")
        return self.operations[call.operation]

    # -- registering ----------------------------------------------------------------------------------------------

    def url(self, template: Any, place: Place) -> Any:
        """A URL of a table, with what stands for our inbox filled in."""
        if not isinstance(template, str):
            return template
        parts = urlsplit(place.url)
        named = {"{scheme}": parts.scheme, "{inbox}": parts.netloc, "{token}": parts.path.strip("/")}
        for name, value in named.items():
            template = template.replace(name, value)
        return template

    async def register(self, template: Any = "{scheme}://{inbox}/{token}", **more: Any) -> Registered:
        """Ask for deliveries to a URL, well-formed or not."""
        self.needs_token()
        place, operation = self._platform.make_place(), self.operation(self._platform.fields.register)
        url = self.url(template, place)
        made = await self.send(operation, {**self.body(url), **more}, label=f"register {_shown(url)}{_named(more)}")
        mark = urlsplit(place.url).path.strip("/")
        registered = Registered(url, mark, made)
        if not self.served(made):
            return registered
        if self.single:
            address = self._address(await self.read())
            return replace(registered, taken=address == url or mark in str(address), verbatim=address == url)
        answer = listings.read(made.exchange.body)
        self._hide_secrets(answer)
        registered = replace(registered, id=listings.id_of(answer), taken=True, verbatim=True)
        self._kept.append(registered)
        return registered

    def body(self, url: Any) -> dict[str, Any]:
        """What the document says that a registration says."""
        call = self._platform.fields.register
        values = {"{url}": url, "{name}": NAME, "{events}": self._platform.fields.events}
        body = {name: values.get(value, value) for name, value in (call.body if call else {}).items()}
        return {name: value for name, value in body.items() if value is not NOTHING}

    async def registered(self, template: str = "{scheme}://{inbox}/{token}", **more: Any) -> Registered:
        """An endpoint of ours. Raises Inconclusive when the API does not take it."""
        await self.control()
        found = await self.register(template, **more)
        if not found.taken:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an inbox of ours is not registered: {found}")
        return found

    async def control(self) -> None:
        """See that an inbox of ours is registered; without that no refusal means anything. Raises Inconclusive."""
        known = self._platform.shared
        if "api control" not in known:
            known["api control"] = asyncio.ensure_future(self._control())
        await asyncio.shield(known["api control"])

    async def _control(self) -> None:
        found = await self.register()
        await self.restore()
        if not found.taken:
            text = f"no inbox of ours is registered, so nothing that is refused says anything: {found}"
            hint = "" if self._platform.inbox.public else "; does it need an https URL: --public-url?"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text + hint)

    async def refusal(self, template: Any, **more: Any) -> Registered:
        """What becomes of a registration that should be refused, where one of ours is not."""
        await self.control()
        found = await self.register(template, **more)
        if not found.taken or self.single:
            return found
        entry = {}
        with contextlib.suppress(Inconclusive):
            entry = listings.mentioning(await self.listing(), found.mark)
        kept = [value for value in entry.values() if isinstance(value, str) and found.mark in value]
        return replace(found, verbatim=not kept or found.url in kept)

    async def described(self, text: str) -> tuple[Registered, Any]:
        """An endpoint with a description, and the one that is listed. Raises Inconclusive where there is none."""
        call = self._platform.fields.register
        names = [name for name, value in (call.body if call else {}).items() if value == "{name}"]
        found = await self.refusal("{scheme}://{inbox}/{token}", **dict.fromkeys(names, text))
        entry = await self.entry(found) if found.taken else {}
        if found.taken and not set(names) & set(entry):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"no description is listed: {entry}")
        return found, next((entry[name] for name in names if name in entry), None)

    async def register_raw(self, request: tuple[bytes, str]) -> Attempt:
        """A registration whose body is just these bytes, of this media type."""
        raw, sort = request
        operation = self.operation(self._platform.fields.register)
        headers = ((b"Content-Type", sort.encode()),) if sort and sort != "application/json" else ()
        return await self.track(operation, None, raw=raw, headers=headers, label=f"register by {raw[:30]!r}")

    async def register_with(self, member: tuple[str, Any]) -> Registered:
        """A registration with one member changed."""
        name, value = member
        if name in self._url_members:
            return await self.register(value)
        return await self.register(**{name: value})

    async def registered_twice(self) -> tuple[Registered, Registered]:
        """The same URL, registered again."""
        first = await self.registered()
        return first, await self.register(first.url)

    async def track(self, operation: Operation, payload: Any, **how: Any) -> Attempt:
        """Send, and remember what was registered by it."""
        made = await self.send(operation, payload, **how)
        call = self._platform.fields.register
        if call and operation.id == call.operation and self.served(made) and not self.single:
            answer = listings.read(made.exchange.body)
            url = payload.get("url", "") if isinstance(payload, dict) else ""
            self._hide_secrets(answer)
            self._kept.append(Registered(url, "", made, listings.id_of(answer), taken=True))
        return made

    def _hide_secrets(self, answer: Any) -> None:
        """Whatever an answer gives away for once is never written into a report."""
        for each in listings.objects(answer):
            for name, value in each.items():
                if is_secret(name) and isinstance(value, str) and len(value) > 7 and value.isascii():
                    self._platform.redactor.add(value.encode(), f"<{name}>")

    # -- listing --------------------------------------------------------------------------------------------------

    async def listing(self) -> Any:
        """What the API shows of its endpoints. Raises Inconclusive if it shows nothing."""
        made = await self.send(self.operation(self._platform.fields.listing or self._platform.fields.read))
        if not self.served(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"there is nothing to read: {made}")
        return listings.read(made.exchange.body)

    async def entry(self, registered: Registered) -> dict[str, Any]:
        """How an endpoint is listed; empty if it is not, or is marked as gone."""
        found = listings.entry(await self.listing(), registered.url)
        return {} if listings.is_gone(found) else found

    async def entries(self, registered: Registered) -> list[dict[str, Any]]:
        """Every object that is listed for its URL."""
        return listings.entries(await self.listing(), registered.url)

    def id_in(self, entry: dict[str, Any]) -> str:
        """The id of what is listed."""
        return listings.id_of(entry)

    async def count(self, registered: Registered) -> int:
        """How often its URL is listed, apart from what is marked as gone."""
        return len([each for each in await self.entries(registered) if not listings.is_gone(each)])

    async def shows_events(self, registered: Registered) -> Any:
        """The events that an endpoint is listed for; empty if none are shown."""
        return (await self.entry(registered)).get("events")

    async def id_of(self, registered: Registered) -> str:
        """Its id, by the answer or else by the listing. Raises Inconclusive where it has none."""
        found = registered.id or listings.id_of(listings.entry(await self.listing(), registered.url))
        if not found:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"nobody says what its id is: {registered}")
        return found

    def names_itself(self, registered: Registered) -> bool:
        """Whether the answer to a registration names the new endpoint: by an id, or by a header Location."""
        located = any(name.lower() == b"location" for name, _ in registered.made.exchange.headers)
        return bool(registered.id) or located

    def secrets_in(self, payload: Any, registered: Registered) -> list[str]:
        """The members of a listing that give away what signs deliveries or authorises calls."""
        known = {secret.reveal().decode("latin-1") for secret in (*self._platform.keys, self._platform.token) if secret}
        given = listings.read(registered.made.exchange.body)
        for each in listings.objects(given):
            known |= {value for name, value in each.items() if is_secret(name) and isinstance(value, str) and value}
        return [
            name
            for each in listings.objects(payload)
            for name, value in each.items()
            if isinstance(value, str) and (value in known or (is_secret(name) and is_open(value)))
        ]

    def shows_token(self) -> Attempt | None:
        """The first answer of this check with the API's token in it."""
        token = self.needs_token().reveal()
        return next((call for call in self._calls if token in call.exchange.body), None)

    # -- changing and removing ------------------------------------------------------------------------------------

    async def change(self, registered: Registered, **members: Any) -> Attempt:
        """Change an endpoint. Raises Inconclusive where the API has no such call."""
        operation = self.operation(self._platform.fields.change)
        made = await self.send(
            operation, members, values={"id": await self.id_of(registered)}, label=f"change{_named(members)}"
        )
        if not self.has(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API changes no endpoint: {made}")
        return made

    async def changed_url(self, template: Any) -> tuple[Attempt, Attempt]:
        """An endpoint's URL changed to one of ours, and then to one that should be refused."""
        registered = await self.registered()
        good = await self.change(registered, url=self.url("{scheme}://{inbox}/{token}", self._platform.make_place()))
        return good, await self.change(registered, url=self.url(template, self._platform.make_place()))

    async def remove(self, registered: Registered) -> Attempt:
        """Take an endpoint back. Raises Inconclusive where the API cannot."""
        operation = self.operation(self._platform.fields.remove)
        made = await self.send(operation, values={"id": await self.id_of(registered)})
        if not self.has(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API takes no endpoint back: {made}")
        return made

    async def kept_by(self, change: Attempt) -> bool:
        """Whether a change was made, and not merely ignored: what was asked for stands in the answer or the listing."""
        if not self.served(change):
            return False
        url = listings.read(change.delivery.body).get("url")
        shown = [listings.read(change.exchange.body), await self.listing()]
        return any("url" in each and each["url"] == url for payload in shown for each in listings.objects(payload))

    async def on_unknown(self, id_: str) -> list[Attempt]:
        """Every operation about one thing, on what is not there."""
        self.needs_token()
        named = [operation for operation in self.operations.values() if "{id}" in operation.path]
        members = {"description": NAME}
        return [
            await self.send(
                operation, members if operation.method in ("PATCH", "PUT") else None, values={"id": id_},
                label=f"{operation.id} on {id_[:40]}",
            )
            for operation in named
        ]  # fmt: skip

    @property
    def on_loopback(self) -> bool:
        """Whether our inbox is on the platform's own machine, so that loopback has to be allowed."""
        host = urlsplit(self._platform.make_place().url).hostname or ""
        return host == "localhost" or host.startswith("127.") or host == "::1"

    @property
    def in_production(self) -> bool:
        return self._platform.surface.parameters.get("mode") == "production"

    @property
    def leaks(self) -> list[str]:
        """What answers of the run showed of the platform's inside."""
        return self._platform.leaks

    def fresh_url(self) -> str:
        """A URL of ours that nobody knows yet."""
        return self._platform.make_place().url

    # -- afterwards -----------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Leave the account as it was, as far as its API allows."""
        kept, self._kept = self._kept, []
        before, self._before = self._before, None
        with contextlib.suppress(Inconclusive):
            for registered in kept:
                await self._forget(registered)
            if before is not None:
                await self._reset(before)

    async def _forget(self, registered: Registered) -> None:
        with contextlib.suppress(Inconclusive):
            call = self._platform.fields.remove
            id_ = registered.id or await self.id_of(registered)
            await self.send(self.operation(call), values={"id": id_}, label="clean up")

    # -- an only address ------------------------------------------------------------------------------------------

    async def send(self, operation: Operation, *arguments: Any, **named: Any) -> Attempt:
        """The same; what an only address and its settings were is noted before anything may change them."""
        if self.single and operation.method != "GET" and self._before is None:
            self._before = {}
            with contextlib.suppress(Inconclusive):
                self._before = await self.read()
        return await super().send(operation, *arguments, **named)

    async def read(self) -> dict[str, Any]:
        """The settings. Raises Inconclusive where they cannot be read."""
        made = await self.send(self.operation(self._platform.fields.read))
        if not self.served(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the settings cannot be read: {made}")
        names = set(self._named)
        found = listings.objects(listings.read(made.exchange.body))
        return next((each for each in found if names & set(each)), {})

    @property
    def _named(self) -> list[str]:
        """The settings that a document names."""
        return [*self._platform.fields.settings, *self._url_members]

    @property
    def _url_members(self) -> list[str]:
        """The members of a registration that hold the URL."""
        call = self._platform.fields.register
        return [name for name, value in (call.body if call else {}).items() if value == "{url}"]

    def _address(self, settings: dict[str, Any]) -> Any:
        return next((settings[name] for name in self._url_members if name in settings), None)

    async def _reset(self, before: dict[str, Any]) -> None:
        """Set what was set before."""
        if inspect := self._platform.fields.inspect:
            await self.send(self.operation(inspect), dict.fromkeys(inspect.body, False), label="clean up")
        payload = {name: before[name] for name in self._named if name in before}
        made = await self.send(self.operation(self._platform.fields.register), payload, label="clean up")
        if not self.served(made):  # an empty address may be written in another way than it is read
            payload = {name: payload[name] or "" for name in payload}
            await self.send(self.operation(self._platform.fields.register), payload, label="clean up")
        self._before = None


def is_secret(name: str) -> bool:
    """Whether a member of that name holds what should not be shown."""
    return bool(_SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)))


def is_open(value: str) -> bool:
    """Whether a value is shown in full: long enough to be a key, and not masked."""
    return len(value) > 7 and not any(mask in value for mask in ("**", "…", "...", "••", "xxxx"))


def _shown(url: Any) -> str:
    return "no URL" if url is NOTHING else repr(url)[:60]


def _named(members: dict[str, Any]) -> str:
    return "".join(f", {name} {value!r}"[:60] for name, value in members.items())

"""What an account offers besides endpoints: settings, a simulator, an inspector, its messages and its channels."""

from __future__ import annotations

import asyncio
from typing import Any

from hookproof import listings
from hookproof.api.generated import Generated
from hookproof.arrivals import Answer, Arrival
from hookproof.model import Attempt
from hookproof.platform import Place
from hookproof.pointers import identify, leaves
from hookproof.verdict import Inconclusive, Reason

TICK_S = 0.02


class Api(Generated):
    """What the checks in suites/api use."""

    # -- settings -------------------------------------------------------------------------------------------------

    async def set(self, **members: Any) -> Attempt:
        """Change some of the settings."""
        text = ", ".join(f"{name} = {value!r}" for name, value in members.items())
        return await self.send(self.operation(self._platform.fields.register), members, label=f"set {text}"[:120])

    async def kept(self, name: str, value: Any) -> Any:
        """What a setting is once it was set. Raises Inconclusive if there is no such setting."""
        self.needs_token()
        made = await self.set(**{name: value})
        if not self.served(made):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"the setting cannot be changed: {made}")
        settings = await self.read()
        if name not in settings:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API shows no setting {name}")
        return _as_switch(settings[name])

    async def beside(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """All other settings before one is changed, and after."""
        before = await self.read()
        await self.kept(name, not _as_switch(before.get(name)))
        after = await self.read()
        others = [other for other in self._named if other != name and other in before]
        return {other: before[other] for other in others}, {other: after.get(other) for other in others}

    async def after_a_wrong_type(self, name: str, value: Any) -> tuple[Attempt, Any]:
        """The answer to a value that is none, and what is then shown of the setting."""
        await self.kept(name, True)
        made = await self.set(**{name: value})
        return made, (await self.read()).get(name)

    @property
    def bare(self) -> str:
        """Our inbox by its address and not by a name. Raises Inconclusive if it has only a name."""
        host = self._platform.make_place().url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        if not host.replace(".", "").isdigit() and "[" not in host:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "our inbox has a name; see --listen and --public-url")
        return "{scheme}://{inbox}/{token}"

    def parameter(self, name: str) -> str:
        """What the run says of it."""
        return self._platform.surface.parameters.get(name, "")

    # -- the simulator --------------------------------------------------------------------------------------------

    async def simulate(self, kind: str, url: str = "") -> Attempt:
        """Ask for a sample; to the known address without a URL. Raises Inconclusive where there is no simulator."""
        self.needs_token()
        call = self._platform.fields.simulate
        operation = self.operation(call)
        values = {"{kind}": kind, "{url}": url}
        body = {name: values.get(value, value) for name, value in (call.body if call else {}).items()}
        payload = {name: value for name, value in body.items() if value}
        made = await self.send(operation, payload, label=f"simulate {kind}")
        if not self.has(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no simulator: {made}")
        return made

    async def sample(self, kind: str) -> tuple[Attempt, list[Arrival]]:
        """The answer to a simulation, and what came of it. Raises Inconclusive for an instance that is not paid for."""
        place = self._platform.make_place()
        made = await self.simulate(kind, place.url)
        if made.status == 402 or self.parameter("paid") == "no":
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"the instance is not paid for: {made}")
        if self.refused(made) and not await self._simulates():
            raise Inconclusive(Reason.NOT_TRIGGERED, f"no sample is sent when it is asked for so: {made}")
        return made, await self.arrivals(place) if self.served(made) else []

    async def _simulates(self) -> bool:
        """Whether any sample is sent; how a simulator is called is nowhere documented."""
        url = self._platform.make_place().url
        return any([self.served(await self.simulate(kind, url)) for kind in self.kinds])

    async def simulated_at(self, status: int) -> Attempt:
        """The answer to a simulation at an endpoint that answers so."""
        url = self._platform.inbox.place(lambda arrival: Answer(status))
        made = await self.simulate(self.kinds[0], url)
        if made.status == 402 or not self.served(made):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"nothing is simulated: {made}")
        return made

    async def simulated_at_the_known_address(self) -> tuple[Attempt, list[Arrival]]:
        """The answer to a simulation without a URL, and what came to the address of the instance."""
        place = await self.address()
        made = await self.simulate(self.kinds[0])
        return made, await self.arrivals(place) if self.served(made) else []

    @property
    def kinds(self) -> list[str]:
        """The samples there are."""
        from hookproof import cases

        return list(cases.table("samples")(self._platform.maker))

    def tells(self, made: Attempt, status: int) -> bool:
        """Whether an answer names a status."""
        values = [value for _, value in leaves(listings.read(made.exchange.body))]
        return any(value == status or (isinstance(value, str) and str(status) in value) for value in values)

    def events(self, arrival: Arrival) -> int:
        """How many events a delivery holds."""
        return len(identify(arrival.payload, self._platform.surface.identities))

    # -- what comes to us -----------------------------------------------------------------------------------------

    async def address(self) -> Place:
        """A place of ours that is the account's only address. Raises Inconclusive if it is not taken."""
        place = self._platform.make_place()
        made = await self.send(self.operation(self._platform.fields.register), self.body(place.url))
        if not self.served(made):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an inbox of ours is not registered: {made}")
        return place

    async def arrivals(self, place: Place, calm_s: float = 0.3) -> list[Arrival]:
        """What comes to a place, once nothing more comes."""
        for _ in range(int(self._platform.patience_s / TICK_S)):
            if place.arrivals:
                await asyncio.sleep(calm_s)
                break
            await asyncio.sleep(TICK_S)
        found = [arrival for _, arrival in place.arrivals]
        for number, arrival in enumerate(found, 1):
            self._platform.record(arrival, self._item, f"attempt {number}, as it arrived")
            self._arrived.append(arrival.n)
        return found

    async def happen(self) -> str:
        """Have a message come in; the text of it that nothing else has. Raises Inconclusive without --trigger."""
        if not self._platform.trigger_url:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "say by what URL a message comes in: --trigger URL")
        trigger = self._platform.make_trigger()
        await self._platform.emit(trigger, self._item)
        if trigger.call:
            self._calls.append(trigger.call)
        return trigger.token

    async def tried_out(self) -> tuple[Attempt, list[Arrival]]:
        """A sample asked for an endpoint of ours, and what came. Raises Inconclusive where there is no such call."""
        await self.control()
        call, place = self.operation(self._platform.fields.test), self._platform.make_place()
        registered = await self.register(place.url)
        made = await self.send(call, values={"id": await self.id_of(registered)})
        if not self.has(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API sends no sample: {made}")
        return made, await self.arrivals(place) if self.served(made) else []

    # -- the inspector --------------------------------------------------------------------------------------------

    async def inspect(self, *, on: bool) -> Attempt:
        """Switch the inspector. Raises Inconclusive where there is none."""
        call = self._platform.fields.inspect
        made = await self.send(self.operation(call), dict.fromkeys(call.body if call else {}, on))
        if not self.served(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no inspector: {made}")
        return made

    async def inspected(self, text: str) -> Attempt:
        """What the inspector shows, as soon as the text is in it or patience is over."""
        return await self._shows(self.operation(self._platform.fields.inspected), text)

    async def substituted(self) -> tuple[str, Any, Any]:
        """The address of an instance, what is shown as such while it is inspected, and what afterwards."""
        place = await self.address()
        await self.inspect(on=True)
        during = self._address(await self.read())
        await self.inspect(on=False)
        return place.url, during, self._address(await self.read())

    async def failing_side(self) -> Attempt:
        """What the inspector shows once an endpoint has answered a delivery with 500."""
        url = self._platform.inbox.place(lambda arrival: Answer(500))
        made = await self.send(self.operation(self._platform.fields.register), self.body(url))
        if not self.served(made):
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"an inbox of ours is not registered: {made}")
        await self.happen()
        shown = await self._shows(self.operation(self._platform.fields.inspected), "500")
        if not self.served(shown):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no inspector: {shown}")
        return shown

    # -- messages and channels ------------------------------------------------------------------------------------

    async def messages(self, text: str) -> Attempt:
        """The messages, as soon as the text is among them or patience is over. Raises Inconclusive without a list."""
        made = await self._shows(self.operation(self._platform.fields.messages), text)
        if not self.served(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API lists no messages: {made}")
        return made

    async def _shows(self, operation: Any, text: str) -> Attempt:
        ends_s = self._platform.inbox.now_s + min(5.0, self._platform.patience_s)
        while True:
            made = await self.send(operation)
            late = self._platform.inbox.now_s > ends_s
            if late or not self.served(made) or text.encode() in made.exchange.body:
                return made
            await asyncio.sleep(5 * TICK_S)

    async def channels(self) -> tuple[Attempt, list[str]]:
        """What lists the channels, and the ids that must be in it. Raises Inconclusive if nobody said which."""
        needs = self._platform.surface.fields.needs
        path, ids = self.parameter("channels.list"), self.parameter(needs[0]).split(",") if needs else []
        if not path or not all(ids):
            text = f"say where channels are listed and which there are: --set channels.list=PATH --set {needs[0]}=ID"
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        url = self._platform.base + "/" + path.lstrip("/")
        made = await self._platform.call("GET", url, self._item, headers=self._platform.bearer, label="list channels")
        self._calls.append(made)
        if not self.served(made):
            raise Inconclusive(Reason.NOT_TRIGGERED, f"nothing lists channels: {made}")
        return made, [id_ for id_ in ids if id_.encode() not in made.exchange.body]

    _arrived: list[int]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._arrived = []

    @property
    def numbers(self) -> list[int]:
        return [*super().numbers, *self._arrived]


def _as_switch(value: Any) -> Any:
    """True or false, however it is written."""
    known = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
    return known.get(str(value).lower(), value)

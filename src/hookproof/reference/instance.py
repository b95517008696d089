"""The API of platforms on which an account has one address: settings, polling, simulator and inspector."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hookproof.delivery.pointers import expand, get
from hookproof.providers import Surface
from hookproof.reference.api import ApiRefusal, ReferenceApi, wrong
from hookproof.reference.dispatcher import DeliveryOutcome, Headers
from hookproof.reference.emitting import Emitter
from hookproof.reference.store import Outgoing, StoredEndpoint

_SUBSTITUTED = "/substituted"
_FILE = "{{media.url}}"


class Instance(Emitter, ReferenceApi):
    """One address, and switches that say what is delivered to it and how."""

    @cached_property
    def switches(self) -> list[str]:
        """The names of the settings that are on or off; off until somebody switches them on."""
        schema = self.provider.openapi.get("components", {}).get("schemas", {}).get("settings", {})
        return [name for name, entry in schema.get("properties", {}).items() if entry.get("type") == "boolean"]

    def is_off(self, name: str) -> bool:
        """Whether there is such a switch and it is off."""
        return name in self.switches and self.store.settings().get(name) is not True

    def attempts_allowed(self, outgoing: Outgoing) -> int:
        return 1 if self.is_off("guaranteedHooks") else super().attempts_allowed(outgoing)

    def open_allowed(self, endpoint: StoredEndpoint) -> int:
        return 1 if self.is_off("parallelHooks") else super().open_allowed(endpoint)

    def endpoints_for(self, surface: Surface, kind: str) -> list[StoredEndpoint]:
        return [] if self.switched_off(kind) else super().endpoints_for(surface, kind)

    def switched_off(self, kind: str) -> bool:
        """Whether a setting holds such events back."""
        platform = self.provider.fields.platform
        families = (platform.switches if platform else {}).items()
        names = [name for name, kinds in families for each in kinds if kind == each or kind.startswith(f"{each}_")]
        return any(self.is_off(name) for name in names)

    def payload(self, maker: Any, kind: str, text: str | None) -> Any:
        """An event; a video is nowhere to be found unless videos are uploaded."""
        made = super().payload(maker, kind, text)
        event = maker.surface.events[kind]
        if event.media and event.media["type"].startswith("video/") and self.is_off("videoUploadOn"):
            self.hide(made, event.payload)
        return made

    def hide(self, made: Any, template: Any) -> None:
        """Empty every place of the payload, in place, that is the file's URL."""
        if isinstance(template, (dict, list)):
            for key, value in template.items() if isinstance(template, dict) else enumerate(template):
                if value == _FILE:
                    made[key] = ""
                else:
                    self.hide(made[key], value)

    async def read_settings(self, request: Request) -> Response:
        return JSONResponse(self.shown_settings())

    def shown_settings(self) -> dict[str, Any]:
        kept = self.store.settings()
        return {"webhookUrl": self.address(), **{name: kept.get(name) is True for name in self.switches}}

    async def change_settings(self, request: Request) -> Response:
        """Set what is given, all of it or nothing; the rest stays."""
        body = await self.read_json(request)
        given = {name: body[name] for name in self.switches if name in body}
        for name, value in given.items():
            if not isinstance(value, bool):
                raise wrong(f"{name} is true or false")
        self.take_address(body)
        for name, value in given.items():
            self.store.set(name, value)
        self.wake()
        return JSONResponse(self.shown_settings())

    async def read_webhook(self, request: Request) -> Response:
        return JSONResponse({"webhookUrl": self.address()})

    async def change_webhook(self, request: Request) -> Response:
        body = await self.read_json(request)
        if "webhookUrl" not in body:
            raise wrong("webhookUrl is missing")
        self.take_address(body)
        return JSONResponse({"set": True, "webhookUrl": self.address()})

    def address(self) -> str | None:
        """Where deliveries go; None if nowhere."""
        return next((each.url for each in self.store.endpoints()), None)

    def take_address(self, body: dict[str, Any]) -> None:
        """Put the given address, if one is given, in place of the one there is; what waits for that one is dropped."""
        if "webhookUrl" not in body:
            return
        url = self.checked_url(body, "webhookUrl") if body["webhookUrl"] not in (None, "") else None
        if url == self.address():
            return
        self.store.set(_SUBSTITUTED, None)
        for each in self.store.endpoints():
            self.store.remove(each.id)
        if url:
            self.store.keep(StoredEndpoint(f"wh_{secrets.token_hex(8)}", url, created_at=self.now()))

    async def messages(self, request: Request) -> Response:
        """What was told of, for those who ask instead."""
        found = []
        for name, body in self.store.events():
            items = self.surfaces[name].fields.identity[0].items
            payload = self.surfaces[name].writing.read(body)
            found += [get(payload, pointer) for pointer in expand(payload, items)]
        return JSONResponse({"messages": found})

    async def simulate(self, request: Request) -> Response:
        """Send one sample at once, and tell what the endpoint answered."""
        body = await self.read_json(request)
        kind = self.text(body, "type")
        if kind not in self.samples():
            raise wrong(f"type is one of: {', '.join(self.samples())}")
        url = self.checked_url(body, "webhookUrl") if body.get("webhookUrl") is not None else self.address()
        if not self.paid():
            raise ApiRefusal(402, "ERROR_CODE_PAYMENT_REQUIRED", "The simulator is for paid instances.")
        if url is None:
            raise wrong("webhookUrl is missing, and the instance has none")
        self.base = str(request.base_url).rstrip("/")
        outcome = await self.sample(kind, url)
        return JSONResponse({"status": outcome.status, "error": outcome.trouble or None})

    def samples(self) -> list[str]:
        """The kinds of event that can be simulated."""
        operation = self.provider.openapi["paths"]["/simulator"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return list(schema["properties"]["type"]["enum"])

    def paid(self) -> bool:
        return self.surface.parameters.get("paid") != "no"

    async def sample(self, kind: str, url: str) -> DeliveryOutcome:
        """One attempt, never repeated."""
        made, moment = self.event(self.surface, kind, None), self.now()
        outgoing = Outgoing(0, "", made.all_ids[0], self.surface.name, kind, made.body, moment, moment, attempt=1)
        return await self.send("POST", url, self.headers(outgoing), self.body(outgoing))

    async def inspected(self, request: Request) -> Response:
        return JSONResponse({"requests": list(self.store.inspected()), "failing": self.failing})

    async def inspect(self, request: Request) -> Response:
        """Put the inspector's address in place of the instance's, or that one back."""
        on = (await self.read_json(request)).get("on")
        if not isinstance(on, bool):
            raise wrong("on is true or false")
        if on:
            self.substitute(str(request.base_url))
        else:
            self.restore()
        self.wake()
        return JSONResponse({"on": on, "webhookUrl": self.address()})

    def substitute(self, base: str) -> None:
        if self.store.settings().get(_SUBSTITUTED) is not None:
            return
        endpoint = next(iter(self.store.endpoints()), None)
        self.store.set(_SUBSTITUTED, endpoint.url if endpoint else "")
        kept = endpoint or StoredEndpoint(f"wh_{secrets.token_hex(8)}", "", created_at=self.now())
        self.store.keep(replace(kept, url=f"{base.rstrip('/')}/inspector/{secrets.token_urlsafe(12)}"))

    def restore(self) -> None:
        """Put the address back that the inspector took the place of."""
        url = self.store.settings().get(_SUBSTITUTED)
        if url is None:
            return
        for endpoint in self.store.endpoints():
            if url:
                self.store.keep(replace(endpoint, url=url))
            else:
                self.store.remove(endpoint.id)
        self.store.set(_SUBSTITUTED, None)

    async def send(self, method: str, url: str, headers: Headers, body: bytes) -> DeliveryOutcome:
        """One request; what goes to the inspector is shown as it would have come to the endpoint."""
        if url != self.address() or self.store.settings().get(_SUBSTITUTED) is None:
            return await super().send(method, url, headers, body)
        self.store.inspect({"method": method, "headers": dict(headers), "body": body.decode(errors="replace")})
        return DeliveryOutcome(200)

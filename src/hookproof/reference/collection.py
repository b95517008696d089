"""The API of platforms on which an account has several endpoints: register, list, change, remove, test."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hookproof.providers import ChallengeFields, Surface
from hookproof.providers.challenge import Challenge
from hookproof.reference.api import ApiRefusal, ReferenceApi, wrong
from hookproof.reference.dispatcher import DeliveryOutcome
from hookproof.reference.emitting import Emitter
from hookproof.reference.store import StoredEndpoint

_NAMED = re.compile(r"\{([a-z][a-z0-9._]*)\}")


class Collection(Emitter, ReferenceApi):
    """Endpoints as a collection; they belong to the account whose token it is."""

    async def register(self, request: Request) -> Response:
        """Take an endpoint in, once it has proved that it wants deliveries."""
        body = await self.read_json(request)
        url = self.checked_url(body)
        if any(self.same_url(url, each.url) for each in self.store.endpoints()):
            raise wrong("Same webhook exist")
        endpoint = StoredEndpoint(
            f"wh_{secrets.token_hex(8)}", url, self.text(body, "description"), self.checked_events(body),
            self.checked_surface(body), created_at=self.now(),
        )  # fmt: skip
        await self.prove(endpoint, body)
        self.store.keep(endpoint)
        return JSONResponse(self.listed(endpoint), 201)

    async def listing(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        return JSONResponse({name: [self.listed(each) for each in self.store.endpoints()]})

    async def change(self, request: Request) -> Response:
        """Change what is given; what is switched off gets nothing more of what waits."""
        endpoint = self.endpoint(request)
        body = await self.read_json(request)
        url = self.checked_url(body) if "url" in body else endpoint.url
        if any(self.same_url(url, each.url) for each in self.store.endpoints() if each.id != endpoint.id):
            raise wrong("Same webhook exist")
        enabled = body.get("enabled", endpoint.enabled)
        if not isinstance(enabled, bool):
            raise wrong("enabled is true or false")
        changed = replace(
            endpoint, url=url, enabled=enabled,
            description=self.text(body, "description") if "description" in body else endpoint.description,
            events=self.checked_events(body) if "events" in body else endpoint.events,
        )  # fmt: skip
        self.store.keep(changed)
        if not enabled:
            self.store.drop(endpoint.id)
        return JSONResponse(self.listed(changed))

    async def remove(self, request: Request) -> Response:
        self.store.remove(self.endpoint(request).id)
        return Response(status_code=204)

    async def test(self, request: Request) -> Response:
        """Send a sample delivery to one endpoint, whatever else it gets."""
        endpoint = self.endpoint(request)
        event = self.emit(self.surface, self.surface.plain, base=str(request.base_url), to=[endpoint])
        return JSONResponse({"event": event}, 202)

    def endpoint(self, request: Request) -> StoredEndpoint:
        found = self.store.endpoint(request.path_params["id"])
        if found is None:
            raise ApiRefusal(404, "ERROR_CODE_NOT_FOUND", "There is no such endpoint.")
        return found

    def listed(self, endpoint: StoredEndpoint) -> dict[str, Any]:
        """An endpoint as the API shows it: never with a secret."""
        return {
            "id": endpoint.id,
            "url": endpoint.url,
            "description": endpoint.description,
            "events": list(endpoint.events),
            "enabled": endpoint.enabled,
            "created_at": datetime.fromtimestamp(endpoint.created_at, UTC).isoformat().replace("+00:00", "Z"),
        }

    def same_url(self, one: str, other: str) -> bool:
        return one == other

    def checked_events(self, body: dict[str, Any]) -> tuple[str, ...]:
        """The names of the events that an endpoint wants; all without."""
        found = body.get("events", [])
        if not isinstance(found, list) or len(found) > 100 or not all(isinstance(each, str) for each in found):
            raise wrong("events is a list of names")
        unknown = [each for each in found if not self.is_event(each)]
        if unknown:
            raise wrong(f"there is no such event; there are: {', '.join(self.event_names())}")
        return tuple(dict.fromkeys(found))

    def checked_surface(self, body: dict[str, Any]) -> str:
        """The surface that an endpoint is for, where a platform has several."""
        name = self.text(body, "surface")
        if name and name not in self.surfaces:
            raise wrong(f"surface is one of: {', '.join(self.surfaces)}")
        return name

    async def prove(self, endpoint: StoredEndpoint, body: dict[str, Any]) -> None:
        """Challenge an endpoint; one that does not answer as it should is not registered."""
        for surface in [self.surfaces[endpoint.surface]] if endpoint.surface else self.challengers():
            for fields in surface.challenges:
                if not await self.proved(endpoint.url, self.challenge(surface, fields, body)):
                    raise ApiRefusal(400, "ERROR_CODE_NOT_VERIFIED", "The endpoint did not answer the challenge.")

    def challengers(self) -> list[Surface]:
        """The surface whose challenge counts for an endpoint that is for all of them."""
        return [surface for surface in self.surfaces.values() if surface.challenges][:1]

    def challenge(self, surface: Surface, fields: ChallengeFields, body: dict[str, Any]) -> Challenge:
        """A challenge with what the caller says is to be asked, such as its own token."""
        templates = "".join(fields.members.values())
        given = {name: self.text(body, name) for name in _NAMED.findall(templates) if name in body}
        signer = self.signer(surface)
        secret = self.secret.reveal() if self.secret else b""
        return Challenge(fields, {**surface.parameters, **given}, secret, signer)

    async def proved(self, url: str, challenge: Challenge) -> bool:
        text = self.challenge_text()
        asked = challenge.ask(url, text, at=self.now())
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.headers]
        return self.is_proof(challenge, text, await self.send(asked.method, asked.url, headers, asked.body))

    def challenge_text(self) -> str:
        """Nobody can guess it."""
        return str(secrets.randbelow(9 * 10**17) + 10**17)

    def is_proof(self, challenge: Challenge, text: str, outcome: DeliveryOutcome) -> bool:
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers)
        return challenge.proves(outcome.status, headers, outcome.body, text)

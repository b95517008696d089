"""The platform under test, for a whole run: where it is told to deliver, what it is made to emit, and what arrives.

What arrives is credited to the event that a check asked for: by a text of ours that stands in it, else by its ids.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hookproof.arrivals import OK, Answer, Arrival
from hookproof.events import Maker
from hookproof.fields import CallFields, ChallengeFields, PlatformFields, filled
from hookproof.inbox import Door, Inbox
from hookproof.journal import Journal, recipe
from hookproof.model import Attempt, Delivery, Headers, Manner, Promise, Secret
from hookproof.pointers import identify, leaves
from hookproof.redact import Redactor
from hookproof.regimes import Regimes
from hookproof.specs import Operation, Surface
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint, send

CALL_S = 15.0
"""How long a call of the management API may take."""


@dataclass(eq=False)
class Trigger:
    """One event that the platform was asked to emit. `scripts`: how each place answers its attempts, in order."""

    token: str
    kind: str
    text: str
    scripts: dict[str, Sequence[Answer]] = field(default_factory=dict)
    asked_s: float = 0.0
    call: Attempt | None = None
    claimed: bool = False


@dataclass(eq=False)
class Place:
    """One URL of ours that the platform delivers to, and all that came there."""

    url: str
    door: Door | None = None
    refuses_challenges: bool = False
    registration: Attempt | None = None
    arrivals: list[tuple[Trigger | None, Arrival]] = field(default_factory=list)
    challenges: list[Arrival] = field(default_factory=list)

    def of(self, trigger: Trigger) -> list[Arrival]:
        """What came of one event, in order."""
        return [arrival for whose, arrival in self.arrivals if whose is trigger]


@dataclass
class Platform:
    """One provider's platform under test. `base`: of its management API; `keys`: with which it may sign."""

    name: str
    surface: Surface
    base: str
    trigger_url: str
    register_url: str
    token: Secret | None
    token_env: str
    keys: list[Secret]
    secret_env: str
    maker: Maker
    promise: Promise
    inbox: Inbox
    journal: Journal
    redactor: Redactor
    patience_s: float
    restart: str = ""
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    started: float = field(default_factory=time.monotonic)
    triggers: list[Trigger] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    gaps: dict[int, float] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, Arrival] = field(default_factory=dict)
    control: str = ""
    leaks: list[str] = field(default_factory=list)
    shared: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.regimes = Regimes(self._begin)
        self._ids: dict[tuple[str, ...], Trigger] = {}
        self._written: set[int] = set()
        self.main: Place | None = None
        self.textless: Trigger | None = None
        self.alone, self.pooling = asyncio.Lock(), asyncio.Lock()
        self.pool: list[Place] = []
        self.slowest_s = 0.0

    @property
    def fields(self) -> PlatformFields:
        return self.surface.provider.fields.platform or PlatformFields()

    @property
    def first_retry_s(self) -> float:
        """Until when the first retry must have come, as far as anybody has said."""
        return float(self.surface.parameters.get("retry.first") or 10.0)

    # -- calls ----------------------------------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        url: str,
        item: dict[str, Any],
        *,
        payload: Any = None,
        raw: bytes | None = None,
        headers: Headers = (),
        label: str = "",
    ) -> Attempt:
        """One request to the management API, recorded. Raises Inconclusive when nobody is there."""
        text = raw if raw is not None else b"" if payload is None else json.dumps(payload).encode()
        sort = ((b"Content-Type", b"application/json"),) if text and not _has(headers, b"content-type") else ()
        delivery = Delivery(text, (*sort, (b"User-Agent", b"hookproof"), *headers), method=method, url=url, label=label)
        begun = time.monotonic()
        exchange = await send(Endpoint(url), method, delivery.headers, text, within_s=CALL_S)
        attempt = Attempt(next(self.numbers), url, delivery, Manner(), exchange, self.promise)
        for value in _secrets_in(exchange.body):
            self.redactor.add(value)
        self.journal.attempt(attempt, at_s=begun - self.started, **item)
        if exchange.outcome in ("refused", "unresolved"):
            raise Inconclusive(Reason.TARGET_UNREACHABLE, str(attempt))
        return attempt

    async def operate(
        self, call: CallFields | Operation, item: dict[str, Any], *, label: str = "", token: Secret | None = None,
        more: dict[str, Any] | None = None, **values: Any
    ) -> Attempt:  # fmt: skip
        """Call a documented operation, authorised; {…} in its path and body are `values`."""
        operation = self.surface.provider.operations[call.operation] if isinstance(call, CallFields) else call
        payload = {**_fill(call.body, values), **(more or {})} if isinstance(call, CallFields) else more
        url = self.base + filled(operation.path, {key: str(value) for key, value in values.items()})
        url, headers = self.authorised(operation, url, token or self.token)
        has_body = operation.method in ("POST", "PUT", "PATCH")
        return await self.call(
            operation.method, url, item, payload=payload if has_body and payload else None, headers=headers,
            label=label or operation.document.get("summary", operation.id),
        )  # fmt: skip

    def authorised(self, operation: Operation, url: str, token: Secret | None) -> tuple[str, Headers]:
        """The URL and the headers with the token where the document wants it."""
        if token is None or operation.security is None:
            return url, ()
        if operation.security["type"] == "http":
            return url, ((b"Authorization", b"Bearer " + token.reveal()),)
        name, value = operation.security["name"], token.reveal().decode("latin-1")
        if operation.security["in"] == "query":
            return f"{url}{'&' if '?' in url else '?'}{urlencode({name: value})}", ()
        return url, ((name.encode(), value.encode("latin-1")),)

    @property
    def bearer(self) -> Headers:
        return ((b"Authorization", b"Bearer " + self.token.reveal()),) if self.token else ()

    # -- places ---------------------------------------------------------------------------------------------------

    def make_place(self, door: Door | None = None, *, refuses_challenges: bool = False) -> Place:
        """A URL of ours that nobody knows yet."""
        place = Place("", door, refuses_challenges)
        place.url = self.inbox.place(lambda arrival: self._answer(place, arrival), door)
        self.places.append(place)
        return place

    async def register(self, place: Place, item: dict[str, Any]) -> Attempt:
        """Tell the platform to deliver there. The answer may be a refusal; who calls has to look."""
        call, events = self.fields.register, self.fields.events
        name = "hookproof, one of its inboxes"
        if self.register_url or call is None:
            payload = {"url": place.url, "events": events, **self._verify_token()}
            made = await self.call(
                "POST", self.register_url, item, payload=payload, headers=self.bearer, label="register an endpoint"
            )
        else:
            more = self.settings if self.fields.single else None
            made = await self.operate(call, item, more=more, url=place.url, name=name, events=events)
        place.registration = made
        self.keys += map(Secret, _secrets_in(made.exchange.body))
        return made

    def _verify_token(self) -> dict[str, str]:
        names = [challenge.token for challenge in self.surface.challenges if challenge.token]
        value = self.surface.parameters.get("verify_token", "")
        return {"verify_token": value} if names and value else {}

    async def _begin(self, regime: str) -> None:
        """Set what the checks of a regime need, on a platform that has settings."""
        if not self.fields.single:
            return
        name = regime.partition(":")[0]
        self.settings = {**self.fields.settings, **self.fields.modes.get(name, {})}
        if self.main:
            await self.register(self.main, {"id": None, "subject": self.name, "case": None})

    # -- events ---------------------------------------------------------------------------------------------------

    def make_trigger(self, kind: str = "", text: str = "") -> Trigger:
        """An event to ask for, whose text carries a token of ours."""
        token = f"hp{secrets.token_hex(5)}"
        made = Trigger(token, kind or self.surface.plain, f"{text or 'Where is my order?'} {token}")
        self.triggers.append(made)
        return made

    async def emit(self, trigger: Trigger, item: dict[str, Any]) -> None:
        """Ask the platform for the event. Raises Inconclusive if it will not."""
        payload = {"kind": trigger.kind, "text": trigger.text}
        trigger.asked_s = self.inbox.now_s
        trigger.call = await self.call(
            "POST", self.trigger_url, item, payload=payload, headers=self.bearer, label=f"trigger a {trigger.kind}"
        )
        if not trigger.call.succeeded:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform does not emit it: {trigger.call}")

    def _answer(self, place: Place, arrival: Arrival) -> Answer:
        """Whose attempt it is, and what to answer to it."""
        try:
            arrival.payload = self.maker.writing.read(arrival.body)
        except (ValueError, RecursionError):
            arrival.payload = None
        arrival.ids = tuple(one.id for one in identify(arrival.payload, self.surface.identities))
        challenged = self._challenged(arrival)
        if challenged:
            place.challenges.append(arrival)
            return Answer(403) if place.refuses_challenges else challenged
        trigger = self._whose(arrival)
        script = None
        if trigger:
            trigger.claimed = True
            if arrival.ids:
                self._ids.setdefault(arrival.ids, trigger)
            script = trigger.scripts.get("" if self.fields.single else place.url)
        earlier = len(place.of(trigger)) if trigger else 0
        if trigger and self.fields.single:
            earlier = sum(len(each.of(trigger)) for each in self.places)
        place.arrivals.append((trigger, arrival))
        return script[min(earlier, len(script) - 1)] if script else OK

    def _whose(self, arrival: Arrival) -> Trigger | None:
        """The event that an attempt is about: by its token, by its ids, or the one asked for that has no text."""
        text = arrival.body.decode("utf-8", "replace")
        if arrival.payload is not None:
            text += "\n".join(str(value) for _, value in leaves(arrival.payload))
        found = next((trigger for trigger in self.triggers if trigger.token in text), None)
        if found or (arrival.ids and (found := self._ids.get(arrival.ids))):
            return found
        waiting = self.textless
        return waiting if waiting and not waiting.claimed else None

    @contextlib.asynccontextmanager
    async def alone_with(self, trigger: Trigger) -> AsyncIterator[None]:
        """While this lasts no other event without a text is asked for: what has no token of ours may be its."""
        async with self.alone:
            self.textless = trigger
            try:
                yield
            finally:
                self.textless = None

    def _challenged(self, arrival: Arrival) -> Answer | None:
        """The answer to a challenge; None if it is none."""
        for challenge in self.surface.challenges:
            text = self.challenge_text(challenge, arrival)
            if text is not None and "{hmac" not in challenge.answer:
                if challenge.pointer:
                    member = filled(challenge.pointer, self.surface.parameters).strip("/")
                    said = json.dumps({member: text})
                    return Answer(200, said.encode(), "application/json")
                return Answer(200, text.encode("utf-8", "surrogateescape"))
        return None

    def challenge_text(self, challenge: ChallengeFields, arrival: Arrival) -> str | None:
        """The random text of a verification request; None if it is none."""
        parameters = self.surface.parameters
        templates = challenge.query or challenge.body
        name = filled(next(name for name, value in templates.items() if "{challenge}" in value), parameters)
        if challenge.query:
            if arrival.method != challenge.method:
                return None
            return dict(parse_qsl(arrival.target.partition("?")[2], keep_blank_values=True)).get(name, "")
        value = arrival.payload.get(name) if isinstance(arrival.payload, dict) else None
        return value if isinstance(value, str) else None

    # -- evidence -------------------------------------------------------------------------------------------------

    def record(self, arrival: Arrival, item: dict[str, Any], label: str) -> None:
        """Write an attempt of the platform's into the journal, once."""
        if arrival.n in self._written or not arrival.over:
            return
        self._written.add(arrival.n)
        answered = arrival.outcome == "answered"
        self.journal.write(
            "attempt",
            n=arrival.n,
            **item,
            label=label,
            at_s=round(arrival.at_s, 4),
            line=str(arrival),
            method=arrival.method,
            url=arrival.url,
            request={
                "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in arrival.headers],
                "body": self.journal.body(arrival.body),
            },
            outcome=arrival.outcome,
            detail="",
            status=arrival.answer.status if answered else None,
            response={
                "headers": list(map(list, arrival.answer.headers)),
                "body": self.journal.body(arrival.answer.body),
            }
            if answered
            else None,
            elapsed_s=round(arrival.open_s, 4),
            timeline=[[0.0, "arrived", len(arrival.body)], [round(arrival.open_s, 4), arrival.outcome, 0]],
            signed=recipe(self.surface.scheme) if self.surface.scheme else None,
        )


def _has(headers: Headers, name: bytes) -> bool:
    return any(key.lower() == name for key, _ in headers)


def _fill(node: Any, values: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, values) for key, value in node.items()}
    if isinstance(node, str) and node[:1] == "{" and node[-1:] == "}" and node[1:-1] in values:
        return values[node[1:-1]]
    return node


_SECRET_NAMES = ("secret", "signing_secret", "webhook_secret", "signingSecret", "webhookSecret")


def _secrets_in(answer: bytes) -> list[bytes]:
    """The signing secrets that an answer gives away, as that to a registration may, once."""
    try:
        found = [value for at, value in leaves(json.loads(answer)) if at.rpartition("/")[2] in _SECRET_NAMES]
    except (ValueError, RecursionError):
        return []
    return [value.encode() for value in found if isinstance(value, str) and value.isascii() and len(value) > 5]

"""The platform under test, for a whole run: where it is told to deliver, what it is made to emit, and what arrives.

An attempt is credited to the event that a check asked for by a text of ours that stands in it, else by its ids.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hookproof.delivery.attempt import Attempt, Manner, Promise
from hookproof.delivery.model import Delivery, Headers
from hookproof.delivery.pointers import identify, leaves
from hookproof.delivery.secret import Secret
from hookproof.evidence.journal import Journal, headers, recipe
from hookproof.evidence.lines import AttemptLine, HttpRecord
from hookproof.evidence.redact import Redactor
from hookproof.providers import CallFields, Operation, PlatformFields, Surface, filled
from hookproof.providers.events import Maker
from hookproof.target.check_key import CheckKey, of_the_run
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.endpoints.trigger import Trigger
from hookproof.target.endpoints.verification import VerificationRequest
from hookproof.target.restart import StartedTarget
from hookproof.target.shared_by_checks import SharedByChecks
from hookproof.target.turns import Turns
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer, Arrival
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox, Listener

RUN_PATIENCES, RUN_MORE_S = 4, 60.0
"""How many times its patience, and how many seconds more, a run has for one platform."""
FEW = 5
"""So many events must have come before one that did not counts as missing."""
CALL_S = 15.0
"""Seconds that a call of the management API may take."""


@dataclass
class SendingPlatform:
    """One provider's platform under test, as all checks of a run share it.

    base        the URL that the paths of its management API are added to
    keys        the secrets that may sign; an answer that gives one away adds it
    restart     the user's command that restarts the platform; `restarted_s`: when it was run, on the inbox's clock
    ends_s      when the time is over that the run has for this platform, on the inbox's clock
    triggers    the events that were asked for
    endpoints   every endpoint of ours, registered or not
    main        the endpoint that the preflight registered, for what is acknowledged at once
    settings    what is set in an account that has one address
    control     what went wrong with the preflight's delivery, in words
    leaks       answers of the management API that show what belongs inside the platform
    shared      what one check found out or had made, and others use too
    turns       which checks run at the same time
    alone       held while an event without a text is asked for, so that no other can be taken for it
    """

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
    restart: str | StartedTarget = ""
    ends_s: float = math.inf
    restarted_s: list[float] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    started: float = field(default_factory=time.monotonic)
    triggers: list[Trigger] = field(default_factory=list)
    endpoints: list[OwnEndpoint] = field(default_factory=list)
    main: OwnEndpoint | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    control: str = ""
    leaks: list[str] = field(default_factory=list)
    shared: SharedByChecks = field(default_factory=SharedByChecks)

    def __post_init__(self) -> None:
        self.turns = Turns(self._begin)
        self.alone = asyncio.Lock()
        self._textless: Trigger | None = None
        self._ids: dict[tuple[str, ...], Trigger] = {}
        self._written: set[int] = set()

    @property
    def fields(self) -> PlatformFields:
        return self.surface.provider.fields.platform or PlatformFields()

    @property
    def first_retry_s(self) -> float:
        """Seconds after which the first retry must have come: what `--set retry.first` says, else 10."""
        return float(self.surface.parameters.get("retry.first") or 10.0)

    @property
    def first_retry_is_known(self) -> bool:
        """Whether a document or the user says when the first retry must have come; else it is a guess of ours."""
        return not self.surface.is_assumed("retry.first")

    def begin(self) -> None:
        """From now on the run has `RUN_PATIENCES` times its patience for this platform, and a minute more."""
        self.ends_s = self.inbox.now_s + RUN_PATIENCES * self.patience_s + RUN_MORE_S

    @property
    def left_s(self) -> float:
        """Seconds that the run still has for this platform."""
        return max(0.0, self.ends_s - self.inbox.now_s)

    # -- calls ----------------------------------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        url: str,
        item: CheckKey,
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
        self.journal.attempt(attempt, at_s=begun - self.started, id=item.id, subject=item.subject, case=item.case)
        if exchange.outcome in ("refused", "unresolved"):
            raise Inconclusive(Reason.TARGET_UNREACHABLE, str(attempt))
        return attempt

    async def operate(
        self, call: CallFields | Operation, item: CheckKey, *, label: str = "", token: Secret | None = None,
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

    # -- endpoints of ours ------------------------------------------------------------------------------------------

    def make_endpoint(self, listener: Listener | None = None, *, refuses_challenges: bool = False) -> OwnEndpoint:
        """An endpoint of ours that nobody has been told of yet."""
        endpoint = OwnEndpoint("", listener, refuses_challenges)
        endpoint.url = self.inbox.add_url(lambda arrival: self._answer(endpoint, arrival), listener)
        self.endpoints.append(endpoint)
        return endpoint

    async def register(self, endpoint: OwnEndpoint, item: CheckKey) -> Attempt:
        """Tell the platform to deliver to that endpoint. The answer may be a refusal; the caller has to look."""
        call, events = self.fields.register, self.fields.events
        name = "hookproof, one of its inboxes"
        if self.register_url or call is None:
            payload = {"url": endpoint.url, "events": events, **self._verify_token()}
            made = await self.call(
                "POST", self.register_url, item, payload=payload, headers=self.bearer, label="register an endpoint"
            )
        else:
            more = self.settings if self.fields.single else None
            made = await self.operate(call, item, more=more, url=endpoint.url, name=name, events=events)
        endpoint.registration = made
        endpoint.registrations += 1
        self.keys += map(Secret, _secrets_in(made.exchange.body))
        return made

    def _verify_token(self) -> dict[str, str]:
        names = [challenge.token for challenge in self.surface.challenges if challenge.token]
        value = self.surface.parameters.get("verify_token", "")
        return {"verify_token": value} if names and value else {}

    async def _begin(self, regime: str) -> None:
        """Set what the checks of a regime need, where an account has settings and one address."""
        if not self.fields.single:
            return
        name = regime.partition(":")[0]
        self.settings = {**self.fields.settings, **self.fields.modes.get(name, {})}
        if self.main:
            await self.register(self.main, of_the_run(self.name))

    # -- events ---------------------------------------------------------------------------------------------------

    def make_trigger(self, kind: str = "", text: str = "") -> Trigger:
        """An event to ask for, whose text carries a token of ours."""
        token = f"hp{secrets.token_hex(5)}"
        made = Trigger(token, kind or self.surface.plain, f"{text or 'Where is my order?'} {token}")
        self.triggers.append(made)
        return made

    async def emit(self, trigger: Trigger, item: CheckKey) -> None:
        """Ask the platform for the event. Raises Inconclusive if it will not."""
        payload = {"kind": trigger.kind, "text": trigger.text}
        trigger.asked_s = self.inbox.now_s
        trigger.asked += 1
        trigger.call = await self.call(
            "POST", self.trigger_url, item, payload=payload, headers=self.bearer, label=f"trigger a {trigger.kind}"
        )
        if not trigger.call.succeeded:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the platform does not emit it: {trigger.call}")

    def _answer(self, endpoint: OwnEndpoint, arrival: Arrival) -> Answer:
        """Credit a request to the event it is about, and say what to answer to it."""
        try:
            arrival.payload = self.maker.writing.read(arrival.body)
        except (ValueError, RecursionError):
            arrival.payload = None
        arrival.ids = tuple(one.id for one in identify(arrival.payload, self.surface.identities, arrival.headers))
        challenged = self._challenged(arrival)
        if challenged:
            first, parameters = self.surface.challenges[0], self.surface.parameters
            endpoint.challenges.append(VerificationRequest(arrival, first, parameters))
            return Answer(403) if endpoint.refuses_challenges else challenged
        trigger = self._whose(arrival)
        script = None
        if trigger:
            trigger.claimed = True
            if arrival.ids:
                self._ids.setdefault(arrival.ids, trigger)
            script = trigger.scripts.get("" if self.fields.single else endpoint.url)
        earlier = len(self.attempts_of(trigger, endpoint)) if trigger else 0
        endpoint.arrivals.append((trigger, arrival))
        return script[min(earlier, len(script) - 1)] if script else OK

    def attempts_of(self, trigger: Trigger, endpoint: OwnEndpoint) -> list[Arrival]:
        """The attempts of an event at an endpoint; wherever they came, where an account has one address."""
        if not self.fields.single:
            return endpoint.of(trigger)
        found = [arrival for each in self.endpoints for arrival in each.of(trigger)]
        return sorted(found, key=lambda arrival: arrival.at_s)

    @property
    def missing_events(self) -> list[Trigger]:
        """The events that the platform took and that never came where they must have.

        That is the main endpoint, which acknowledges whatever comes, if it gets most events; else anywhere. An account
        with one address may be switched off for a while because it failed: there an event is missing if those before
        and after it came, and one missing event is none.
        """
        made = [one for one in self.triggers if one.wanted and one.call and one.call.succeeded]
        came = [bool(self.main and self.attempts_of(one, self.main)) for one in made]
        if 2 * sum(came) < len(made):
            came = [any(each.of(one) for each in self.endpoints) for one in made]
        if sum(came) < FEW:
            return []
        if not self.fields.single:
            found = [one for one, there in zip(made, came, strict=True) if not there]
            nobodys = sum(whose is None for whose, _ in self.main.arrivals) if self.main else 0
            return found if len(found) > nobodys else []  # what is damaged on its way cannot be told from another event
        around = zip(came, made[1:], came[1:], came[2:], strict=False)
        found = [one for before, one, there, after in around if before and after and not there]
        return found if len(found) > 1 else []

    def _whose(self, arrival: Arrival) -> Trigger | None:
        """The event that an attempt is about: by its token, by its ids, or the one asked for that has no text."""
        text = arrival.body.decode("utf-8", "replace")
        if arrival.payload is not None:
            text += "\n".join(str(value) for _, value in leaves(arrival.payload))
        found = next((trigger for trigger in self.triggers if trigger.token in text), None)
        if found or (arrival.ids and (found := self._ids.get(arrival.ids))):
            return found
        waiting = self._textless
        return waiting if waiting and not waiting.claimed else None

    @contextlib.asynccontextmanager
    async def alone_with(self, trigger: Trigger) -> AsyncIterator[None]:
        """Credit attempts without a token of ours to this event while the block runs."""
        async with self.alone:
            self._textless = trigger
            try:
                yield
            finally:
                self._textless = None

    def _challenged(self, arrival: Arrival) -> Answer | None:
        """The answer to a verification request; None for any other request."""
        for challenge in self.surface.challenges:
            text = VerificationRequest(arrival, challenge, self.surface.parameters).text
            if text is not None and not challenge.is_crc:
                if challenge.pointer:
                    member = filled(challenge.pointer, self.surface.parameters).strip("/")
                    said = json.dumps({member: text})
                    return Answer(200, said.encode(), "application/json")
                return Answer(200, text.encode("utf-8", "surrogateescape"))
        return None

    # -- evidence -------------------------------------------------------------------------------------------------

    def record(self, arrival: Arrival, item: CheckKey, label: str) -> None:
        """Write an attempt of the platform's into the journal, once."""
        if arrival.n in self._written or not arrival.over:
            return
        self._written.add(arrival.n)
        answered = arrival.outcome == "answered"
        self.journal.write(
            AttemptLine(
                n=arrival.n,
                id=item.id,
                subject=item.subject,
                case=item.case,
                label=label,
                at_s=round(arrival.at_s, 4),
                line=str(arrival),
                method=arrival.method,
                url=arrival.url,
                request=HttpRecord(headers(arrival.headers), self.journal.body(arrival.body)),
                outcome=arrival.outcome,
                status=arrival.answer.status if answered else None,
                response=HttpRecord(list(arrival.answer.headers), self.journal.body(arrival.answer.body))
                if answered
                else None,
                elapsed_s=round(arrival.open_s, 4),
                timeline=[(0.0, "arrived", len(arrival.body)), (round(arrival.open_s, 4), arrival.outcome, 0)],
                signed=recipe(self.surface.scheme) if self.surface.scheme else None,
            )
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

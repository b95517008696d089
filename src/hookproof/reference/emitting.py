"""What a platform tells of: events of the documented kinds, made when they are asked for, and queued for endpoints."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import leaves
from hookproof.providers import Event, Surface
from hookproof.providers.events import Maker
from hookproof.reference.dispatcher import Dispatcher, Headers
from hookproof.reference.store import Outgoing, StoredEndpoint

FILE_S = 24 * 3600.0
"""For how long a file is served."""
_NUMBER, _TEXT = "{{number}}", "{{text}}"


class Emitter(Dispatcher):
    """Makes events and queues a delivery for each endpoint that wants them."""

    base = ""

    @cached_property
    def _makers(self) -> dict[str, Maker]:
        return {}

    def emit(
        self, surface: Surface, kind: str, text: str | None = None, *, base: str = "", to: Sequence[StoredEndpoint] = ()
    ) -> str:
        """Have an event happen; gives its id. `base` is this platform's own URL, `to` who alone is told of it."""
        self.base = base.rstrip("/")
        made = self.event(surface, kind, text)
        id_ = made.all_ids[0] if made.all_ids else f"evt_{secrets.token_hex(8)}"
        self.store.happened(id_, surface.name, made.body)
        moment, headers = self.now(), tuple(self.own_headers(made))
        for endpoint in to or self.endpoints_for(surface, kind):
            self.queue(Outgoing(
                0, endpoint.id, id_, surface.name, kind, made.body, moment, moment, made.id, headers
            ))  # fmt: skip
        self.wake()
        return id_

    def queue(self, outgoing: Outgoing) -> None:
        """Have an event delivered to one endpoint."""
        self.store.queue(outgoing)

    def own_headers(self, made: Delivery) -> Headers:
        """The headers that are the same in every attempt: those of its kind, and none that a signature goes with."""
        scheme = made.signer.scheme if made.signer else None
        signing = (scheme.header, *(name for name, _ in scheme.headers)) if scheme else ()
        found = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in made.headers]
        return [(name, value) for name, value in found if name.lower() not in ("content-type", "user-agent", *signing)]

    def endpoints_for(self, surface: Surface, kind: str) -> list[StoredEndpoint]:
        """The endpoints that are told of such an event."""
        return [each for each in self.store.endpoints() if each.enabled and self.wants(each, surface, kind)]

    def wants(self, endpoint: StoredEndpoint, surface: Surface, kind: str) -> bool:
        if endpoint.surface not in ("", surface.name):
            return False
        return not endpoint.events or any(self.covers(name, kind) for name in endpoint.events)

    def event(self, surface: Surface, kind: str, text: str | None) -> Delivery:
        """The event with its body as it will be sent; `text` stands where somebody writes."""
        maker = self.maker(surface)
        return maker.deliver(self.payload(maker, kind, text), kind)

    def payload(self, maker: Maker, kind: str, text: str | None) -> Any:
        given: dict[str, Any] = {} if text is None else {_TEXT: text}
        if name := self.counted(maker.surface.events[kind]):
            given[_NUMBER] = self.store.next_number(f"{maker.surface.name}{name}", maker.number())
        return maker.payload(kind, plain=True, given=given)

    def maker(self, surface: Surface) -> Maker:
        """What makes the events of a surface. What it signs is never sent: every attempt is signed when it is made."""
        if surface.name not in self._makers:
            moment = lambda: datetime.fromtimestamp(self.now(), UTC)  # noqa: E731
            run = secrets.token_hex(8)
            self._makers[surface.name] = Maker(
                surface, secret=self.secret, run=run, media_url=self.media_url, now=moment
            )
        return self._makers[surface.name]

    def counted(self, event: Event) -> str:
        """The member that counts such events, if one does; it grows by one each time, also after a restart."""
        found = [pointer for pointer, value in leaves(event.payload) if value == _NUMBER]
        return f"/{found[0].rpartition('/')[2]}" if found else ""

    def media_url(self, name: str, content: bytes, type_: str) -> str:
        """Where a file of an event is, for a day."""
        token = secrets.token_urlsafe(16)
        self.store.add_file(token, type_, content, self.now() + self.file_s())
        return f"{self.base}/media/{token}/{name}"

    def file_s(self) -> float:
        """For how long a file is there."""
        return FILE_S

    def kinds(self) -> dict[str, Surface]:
        """Every kind of event, and the first surface that has it."""
        pairs = [(kind, surface) for surface in self.surfaces.values() for kind in surface.kinds("kind")]
        return dict(reversed(pairs))

    @cached_property
    def families(self) -> list[str]:
        """The kinds, and the families of kinds with dots in their names."""
        return list(dict.fromkeys(name for kind in self.kinds() for name in prefixes(kind)))

    def event_names(self) -> list[str]:
        """What an endpoint may ask for: the documented names, else kinds and their families."""
        platform = self.provider.fields.platform
        return list(platform.events if platform else []) or self.families

    def is_event(self, name: str) -> bool:
        return name in self.event_names()

    def covers(self, name: str, kind: str) -> bool:
        """Whether who asks for events of this name is told of this kind; a name of no kind stands for all."""
        return name in prefixes(kind) or name not in self.families


def prefixes(kind: str) -> list[str]:
    """A kind with dots in its name, and the families that it belongs to."""
    parts = kind.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]

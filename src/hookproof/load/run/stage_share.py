"""What one process sends of a stage: its engine runs in its own thread, beside whatever else the process does."""

from __future__ import annotations

import gc
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hookproof.load.engine.connection import Address
from hookproof.load.engine.engine import Engine
from hookproof.load.engine.engine_settings import EngineSettings
from hookproof.load.engine.tally import Tally
from hookproof.load.engine.template import Contents, Template, templates, usable_kinds
from hookproof.load.engine.unpatched import original, raise_descriptor_limit
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.schedule import schedule
from hookproof.load.schedule.backlog import Backlog
from hookproof.load.schedule.stage import Stage
from hookproof.providers import Surface
from hookproof.providers.events import Maker
from hookproof.wire.client import Endpoint

CONTENTS = 240
"""How many different contents the deliveries of a stage have, in turn."""
LEAD_S = 0.3
"""Seconds from the word to begin until the first delivery is due, so that every worker has heard the word."""
SWITCH_S = 0.0005
"""Longest time, in seconds, that another thread keeps the interpreter while the engine waits for it."""


class UnreachableError(Exception):
    """Nobody takes a connection at the target. The error's text is one line."""


def contents(settings: LoadSettings, stage: Stage, pause: Callable[[], None] = lambda: None) -> Contents:
    """The contents of a stage's deliveries, the same in every process. Raises ValueError if there are none.

    Making them may take a second or more; `pause` is called after each.
    """
    usable = [(surface, maker, kinds) for surface, maker in _makers(settings, stage) if (kinds := usable_kinds(maker))]
    weights = dict(stage.weights)
    shares = [
        weights.get(surface.subject, weights.get(surface.provider.name, 1.0))
        * (len(kinds) if stage.each_kind_equally else 1)
        for surface, _, kinds in usable
    ]
    placed: list[tuple[float, int, Template]] = []
    for (surface, maker, kinds), share in zip(usable, shares, strict=True):
        count, endpoint = max(1, round(CONTENTS * share / sum(shares))), Endpoint(settings.url(surface))
        for number, template in enumerate(templates(maker, endpoint, kinds, count, reuse=settings.reuse)):
            placed.append(((number + 0.5) / count, len(placed), template))
            pause()
    return Contents(tuple(template for _, _, template in sorted(placed)))


def _makers(settings: LoadSettings, stage: Stage) -> Iterator[tuple[Surface, Maker]]:
    for surface in settings.surfaces:
        key = settings.secrets[surface.subject]
        url = settings.url(surface)
        yield surface, Maker(surface, secret=key.secret, seed=stage.seed, run=stage.run, url=url)


def address(url: str, within_s: float = 5.0) -> Address:
    """Where the target listens: the first of its addresses that takes a connection. Raises UnreachableError."""
    endpoint, trouble = Endpoint(url), "no address"
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnreachableError(f"{urlsplit(url).hostname}: {error.strerror or error}") from None
    for family, _, _, _, sockaddr in found:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(within_s)
            try:
                probe.connect(sockaddr)
            except OSError as error:
                trouble = error.strerror or str(error)
                continue
        tls = ssl.create_default_context() if endpoint.secure else None
        return Address(family, sockaddr, endpoint.host, tls)
    raise UnreachableError(f"{url}: {trouble}")


@dataclass(repr=False)
class StageShare:
    """What one process sends of a stage: every `workers`th serial number, from `worker` on.

    pause  is called again and again while the share is being made
    error  the traceback of what ended the engine early, if that was our own fault
    """

    settings: LoadSettings
    stage: Stage
    worker: int = 0
    workers: int = 1
    pause: Callable[[], None] = lambda: None
    done: bool = False
    error: str = ""
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        """Make the deliveries and the engine. Raises UnreachableError, ValueError."""
        made = contents(self.settings, self.stage, self.pause)
        most = max(1, self.settings.connections // self.workers)
        warm = self.settings.warm // self.workers if self.stage.shown else 0
        self.engine = Engine(
            EngineSettings(
                address(self.settings.target),
                made.requests(),
                self.stage.deadline_s,
                self.settings.acknowledges,
                connections=max(most, warm),
                room=raise_descriptor_limit(max(most, warm)),
                reuse=self.settings.reuse,
                retries=self.stage.retries,
                failed_before=self._failed_before() if self.stage.retries else b"",
                worker=self.worker,
                workers=self.workers,
                warm=warm,
                rotate=warm > 0,
            ),
            Tally(slot_s=self.stage.slot_s),
        )

    def _failed_before(self) -> bytes:
        """How many attempts of each delivery failed before the stage, by serial number."""
        arrivals = self.stage.arrivals
        return bytes(arrivals.failed_before(self.stage.seed)) if isinstance(arrivals, Backlog) else b""

    @property
    def tally(self) -> Tally:
        return self.engine.tally

    def start(self, in_s: float) -> None:
        """Start the engine's thread, which begins to send after so many seconds; returns at once."""
        begin = time.perf_counter() + in_s
        original("_thread", "start_new_thread")(self._run, (begin,))

    def abandon(self) -> None:
        """End the stage at once: attempts under way count as abandoned."""
        self.engine.abandoning = True

    def _run(self, begin: float) -> None:
        try:
            arrivals = self.stage.arrivals
            due = arrivals.due(self.stage.seed)
            if self.workers > 1:
                due = schedule.share(due, self.worker, self.workers)
            with undisturbed():
                self.engine.warm_up()
                self.engine.run(due, duration_s=arrivals.duration_s, started=max(begin, time.perf_counter()))
        except BaseException:
            self.error = traceback.format_exc(limit=-3)
        finally:
            self.done = True


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector off and let threads take turns quickly, while the block runs."""
    interval = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.enable()
        gc.unfreeze()

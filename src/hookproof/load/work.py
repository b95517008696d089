"""One process's share of a stage: the engine in a thread of its own, beside whatever else the process does."""

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

from hookproof.events import Maker
from hookproof.load import schedule, template
from hookproof.load.backlog import Backlog
from hookproof.load.connection import Address
from hookproof.load.engine import Engine
from hookproof.load.native import original, raise_descriptor_limit
from hookproof.load.options import Settings
from hookproof.load.sending import Sending
from hookproof.load.stage import Stage
from hookproof.load.tally import Tally
from hookproof.wire import Endpoint

CONTENTS = 240
"""How many different contents are dealt in turn."""
SWITCH_S = 0.0005
"""How long another thread may keep the interpreter while the engine waits for it."""


class UnreachableError(Exception):
    """Nobody takes a connection at the target. Its text is one line."""


def deck(settings: Settings, stage: Stage, pause: Callable[[], None] = lambda: None) -> template.Deck:
    """The contents of a stage, the same in every process. Raises ValueError if none can be told apart.

    Making them may take a second or more; `pause` is called again and again meanwhile.
    """
    weights = dict(stage.weights)
    shares = [weights.get(one.subject, weights.get(one.provider.name, 1.0)) for one in settings.surfaces]
    total = sum(shares)
    dealt: list[tuple[float, template.Template]] = []
    for surface, weight in zip(settings.surfaces, shares, strict=True):
        maker = Maker(surface, secret=settings.secrets[surface.subject].secret, seed=stage.seed, run=stage.run)
        kinds, count = template.usable(maker), max(1, round(CONTENTS * weight / total))
        if kinds:
            made = template.templates(maker, Endpoint(settings.url(surface)), kinds, count, reuse=settings.reuse)
            for at, one in enumerate(made):
                dealt.append(((at + 0.5) / count, one))
                pause()
    return template.Deck(tuple(one for _, one in sorted(dealt, key=lambda pair: pair[0])))


def address(url: str, within_s: float = 5.0) -> Address:
    """Where the target listens: the first of its addresses that takes a connection. Raises UnreachableError."""
    endpoint, trouble = Endpoint(url), "no address"
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnreachableError(f"{urlsplit(url).hostname}: {error.strerror or error}") from None
    for family, _, _, _, place in found:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(within_s)
            try:
                probe.connect(place)
            except OSError as error:
                trouble = error.strerror or str(error)
                continue
        tls = ssl.create_default_context() if endpoint.secure else None
        return Address(family, place, endpoint.host, tls)
    raise UnreachableError(f"{url}: {trouble}")


@dataclass(repr=False)
class Work:
    """The share of worker number `worker` of `workers`. `error`: what ended it early, if that was our own fault.

    `pause` is called again and again while it is made.
    """

    settings: Settings
    stage: Stage
    worker: int = 0
    workers: int = 1
    pause: Callable[[], None] = lambda: None
    done: bool = False
    error: str = ""
    deck: template.Deck = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.deck = deck(self.settings, self.stage, self.pause)
        most = max(1, self.settings.connections // self.workers)
        warm = self.settings.warm // self.workers if self.stage.shown else 0
        self.engine = Engine(
            Sending(
                address(self.settings.target),
                self.deck.sender(),
                self.stage.deadline_s,
                self.settings.acknowledges,
                connections=max(most, warm),
                room=raise_descriptor_limit(max(most, warm)),
                reuse=self.settings.reuse,
                retries=self.stage.retries,
                standing=self._standing() if self.stage.retries else b"",
                worker=self.worker,
                workers=self.workers,
                warm=warm,
                rotate=warm > 0,
            ),
            Tally(slot_s=self.stage.slot_s),
        )

    def _standing(self) -> bytes:
        """How often each delivery of a backlog has failed already."""
        arrivals = self.stage.arrivals
        return bytes(arrivals.standing(self.stage.seed)) if isinstance(arrivals, Backlog) else b""

    @property
    def tally(self) -> Tally:
        return self.engine.tally

    def start(self, in_s: float = 0.1) -> None:
        """Begin sending after so many seconds; returns at once."""
        begin = time.perf_counter() + in_s
        original("_thread", "start_new_thread")(self._run, (begin,))

    def stop(self) -> None:
        """End the arrivals; what is under way is still waited for."""
        self.engine.stopping = True

    def abandon(self) -> None:
        """End at once; what is under way is counted as abandoned."""
        self.engine.abandoning = True

    def _run(self, begin: float) -> None:
        try:
            arrivals = self.stage.arrivals
            mine = schedule.share(arrivals.due(self.stage.seed), self.worker, self.workers)
            with undisturbed():
                self.engine.warm_up()
                begin = max(begin, time.perf_counter())
                self.engine.run(mine if self.workers > 1 else arrivals.due(self.stage.seed),
                                duration_s=arrivals.duration_s, started=begin)  # fmt: skip
        except BaseException:
            self.error = traceback.format_exc(limit=-3)
        finally:
            self.done = True


@contextmanager
def undisturbed() -> Iterator[None]:
    """No pauses of the garbage collector, and quick turns between threads, while the block runs."""
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

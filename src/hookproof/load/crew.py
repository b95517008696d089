"""Who sends: this process alone, or Locust's workers under their master. Runs one stage at a time, to its end.

The master deals each stage out, waits until every worker has seen its last attempt end, and names those that did not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import gevent
from locust import runners
from locust.runners import MasterRunner, WorkerRunner

from hookproof.load.options import Settings
from hookproof.load.stage import Json, Stage
from hookproof.load.tally import Tally
from hookproof.load.work import UnreachableError, Work
from hookproof.usage import WrongUseError

LEAD_S = 0.3
"""From the word to the first delivery, so that every worker has heard it."""
PREPARE_S = 60.0
"""How long a worker may take to make its deliveries."""
BEAT_S = 0.05
GRACE_S = 5.0
"""How long after the last attempt must have ended a worker is still waited for."""
BEATS = 12
"""So many heartbeats, one a second, may be missing until a worker counts as gone: on a busy machine some come late."""
PREPARE, BEGIN, HALT = "hookproof_prepare", "hookproof_begin", "hookproof_halt"
READY, SECOND, DONE = "hookproof_ready", "hookproof_second", "hookproof_done"
STOP, ABANDON = "stop", "abandon"
LATEST = 15
"""So many slots, the newest, are in what a worker says each second."""


class CrewError(Exception):
    """Our own trouble: nothing could be sent as it should be. Its text is one line."""


@dataclass(frozen=True)
class Run:
    """What a stage came to. `lost`: workers of which no account came, by name, and why."""

    tally: Tally
    workers: int
    lost: tuple[str, ...] = ()


class Crew(Protocol):
    """Runs stages. `halt` may be called from another greenlet; `tally` is what is known so far of the stage."""

    def run(self, stage: Stage) -> Run: ...
    def halt(self, how: str) -> None: ...
    @property
    def tally(self) -> Tally: ...
    @property
    def count(self) -> int: ...


@dataclass(repr=False)
class Alone:
    """This process sends everything. `feed` is called a few times a second with the tally as it grows."""

    settings: Settings
    feed: Callable[[Tally], None]
    work: Work | None = None
    halted: str = ""

    @property
    def count(self) -> int:
        return 1

    @property
    def tally(self) -> Tally:
        return self.work.tally if self.work else Tally()

    def run(self, stage: Stage) -> Run:
        """Run a stage to its end. Raises UnreachableError, CrewError."""
        self.work = Work(self.settings, stage, pause=breather())
        if self.halted == ABANDON:  # while it was being made
            self.halt(ABANDON)
        self.work.start(LEAD_S)
        follow(self.work, self.feed if stage.shown else unseen)
        if self.work.error:
            raise CrewError(last_line(self.work.error))
        return Run(self.work.tally, 1)

    def halt(self, how: str) -> None:
        self.halted = how
        _halt(self.work, how)


def _halt(work: Work | None, how: str) -> None:
    if work is not None:
        work.stop() if how == STOP else work.abandon()


def follow(work: Work, feed: Callable[[Tally], None]) -> None:
    """Wait until the work is done, and let `feed` see it grow."""
    fed = time.monotonic()
    while not work.done:
        gevent.sleep(BEAT_S)
        if time.monotonic() - fed > 0.5:
            feed(work.tally)
            fed = time.monotonic()
    feed(work.tally)


def breather() -> Callable[[], None]:
    """What long work calls now and then so that heartbeats and signals are not kept waiting for it."""
    last = time.monotonic()

    def pause() -> None:
        nonlocal last
        if time.monotonic() - last > BEAT_S:
            gevent.sleep(0.001)
            last = time.monotonic()

    return pause


def unseen(tally: Tally) -> None:
    """Of a stage that is none of the user's: nothing is shown."""


def last_line(text: str) -> str:
    """Of a traceback, what was raised; empty if there is none."""
    return text.strip().splitlines()[-1] if text.strip() else ""


@dataclass
class Member:
    """A worker, as its master knows it in one stage."""

    name: str
    number: int
    ready: bool = False
    trouble: str = ""
    tally: Tally | None = None
    done: bool = False

    def __str__(self) -> str:
        return f"{self.number + 1} on {self.name.rpartition('_')[0] or self.name}"


@dataclass(repr=False)
class Crowd:
    """Locust's workers send; this is their master. `options`: the command line, for workers that have none.

    `forsaken`: Locust has given up the last of its workers.
    """

    runner: MasterRunner
    options: Json
    stage: int = -1
    members: dict[str, Member] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    forsaken: bool = False
    halted: str = ""

    def __post_init__(self) -> None:
        runners.HEARTBEAT_LIVENESS = BEATS
        for message, handler in ((READY, self._ready), (SECOND, self._second), (DONE, self._done)):
            self.runner.register_message(message, handler)

    @property
    def count(self) -> int:
        return len(self.members)

    @property
    def tally(self) -> Tally:
        found = Tally()
        for member in self.members.values():
            if member.tally:
                found.slot_s = member.tally.slot_s
                found.merge(member.tally)
        return found

    def run(self, stage: Stage) -> Run:
        """Run a stage on every worker there is, to its end. Raises UnreachableError, CrewError."""
        clients = sorted(client.id for client in self.runner.clients.all)
        if not clients:
            raise CrewError("no worker is there")
        self.stage, self.lost = stage.number, {}
        self.members = {client: Member(client, number) for number, client in enumerate(clients)}
        self._send(
            PREPARE,
            lambda member: {
                "of": stage.plain(),
                "stage": stage.number,
                "worker": member.number,
                "workers": len(clients),
                "options": self.options,
            },
        )
        self._await(
            lambda member: member.ready or bool(member.trouble) or self.halted == ABANDON,
            PREPARE_S,
            "was not ready in time",
        )
        if self.halted == ABANDON:  # nothing has been sent yet
            return Run(Tally(slot_s=stage.slot_s), len(clients))
        for member in self.members.values():
            if member.trouble:
                raise CrewError(member.trouble)
        self._send(BEGIN, lambda member: {"stage": stage.number, "in_s": LEAD_S})
        self._await(lambda member: member.done, LEAD_S + stage.longest_s + GRACE_S, "gave no account in time")
        if trouble := [member.trouble for member in self.members.values() if member.trouble]:
            raise CrewError(trouble[0])
        found = Tally(slot_s=stage.slot_s)
        for member in self.members.values():
            if member.done and member.tally:
                found.merge(member.tally)
        lost = tuple(f"{self.members[name]} ({why})" for name, why in self.lost.items())
        return Run(found, len(clients), lost)

    def halt(self, how: str) -> None:
        self.halted = how
        self._send(HALT, lambda member: {"stage": self.stage, "how": how})

    def _send(self, message: str, data: Callable[[Member], Json]) -> None:
        for member in self.members.values():
            self.runner.send_message(message, data(member), client_id=member.name)

    def _await(self, there: Callable[[Member], bool], within_s: float, otherwise: str) -> None:
        """Wait for every member; whoever has gone, or does not come, is lost."""
        end = time.monotonic() + within_s
        while waiting := [member for member in self._present() if not there(member)]:
            gone = [member for member in waiting if not self._alive(member.name)]
            for member in gone:
                self.lost[member.name] = "it is gone"
            if time.monotonic() > end:
                self.lost.update({member.name: otherwise for member in waiting})
                return
            gevent.sleep(BEAT_S)

    def _present(self) -> Iterable[Member]:
        return [member for member in self.members.values() if member.name not in self.lost]

    def _alive(self, name: str) -> bool:
        """Whether it is there, as far as its heartbeat tells."""
        client = None if self.forsaken else self.runner.clients.get(name)
        return client is not None and client.state != runners.STATE_MISSING

    # -- what workers say ---------------------------------------------------------------------------------------

    def _member(self, msg: Any) -> Member | None:
        member = self.members.get(msg.node_id)
        return member if member and msg.data.get("stage") == self.stage else None

    def _ready(self, environment: Any, msg: Any, **_: Any) -> None:
        if member := self._member(msg):
            member.ready, member.trouble = not msg.data["trouble"], msg.data["trouble"]

    def _second(self, environment: Any, msg: Any, **_: Any) -> None:
        if (member := self._member(msg)) and not member.done:
            known, news = member.tally or Tally(), Tally.read(msg.data["tally"])
            news.slots = known.slots | news.slots
            member.tally = news

    def _done(self, environment: Any, msg: Any, **_: Any) -> None:
        if member := self._member(msg):
            member.tally, member.trouble = Tally.read(msg.data["tally"]), msg.data["trouble"]
            member.done = True
            if msg.data["left"]:
                self.lost[member.name] = "it left before the end"


@dataclass(repr=False)
class Hand:
    """One of Locust's workers: does its share of each stage, and gives account of it.

    `understand` makes settings of the master's command line; secrets are this machine's own.
    """

    runner: WorkerRunner
    understand: Callable[[Json], Settings]
    feed: Callable[[Tally], None]
    work: Work | None = None
    leaving: bool = False

    def __post_init__(self) -> None:
        for message, handler in ((PREPARE, self._prepare), (BEGIN, self._begin), (HALT, self._halted)):
            self.runner.register_message(message, handler, concurrent=True)

    def _prepare(self, environment: Any, msg: Any, **_: Any) -> None:
        stage, trouble = Stage.read(msg.data["of"]), ""
        try:
            settings = self.understand(msg.data["options"])
            self.work = Work(settings, stage, msg.data["worker"], msg.data["workers"], pause=breather())
        except (UnreachableError, WrongUseError, ValueError) as error:
            trouble = str(error)
        self._say(READY, stage.number, trouble=trouble)

    def _begin(self, environment: Any, msg: Any, **_: Any) -> None:
        work = self.work
        if work is None or work.stage.number != msg.data["stage"]:
            return
        work.start(msg.data["in_s"])
        said = [time.monotonic()]

        show = self.feed if work.stage.shown else unseen

        def feed(tally: Tally) -> None:
            show(tally)
            if time.monotonic() - said[0] >= 0.9:
                said[0] = time.monotonic()
                self._say(SECOND, work.stage.number, tally=tally.latest(LATEST).plain(marks=False))

        follow(work, feed)
        account = {"tally": work.tally.plain(), "trouble": last_line(work.error), "left": self.leaving}
        self._say(DONE, work.stage.number, **account)

    def _halted(self, environment: Any, msg: Any, **_: Any) -> None:
        if self.work and self.work.stage.number == msg.data["stage"]:
            self.halt(msg.data["how"])

    def halt(self, how: str) -> None:
        _halt(self.work, how)

    def _say(self, message: str, stage: int, **data: Any) -> None:
        self.runner.send_message(message, {"stage": stage, **data})

"""A load that Locust's workers send: this process, their master, hands each stage out and merges their tallies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust import runners
from locust.runners import MasterRunner

from hookproof.load.engine.tally import Tally
from hookproof.load.locust.waiting import BEAT_S
from hookproof.load.locust.worker import ABANDON, BEGIN, DONE, PREPARE, READY, SECOND
from hookproof.load.run.stage_share import LEAD_S
from hookproof.load.run.workers import LoadError, StageResult
from hookproof.load.schedule.stage import Json, Stage

PREPARE_S = 60.0
"""Seconds that a worker may take to make its deliveries."""
GRACE_S = 5.0
"""Seconds after the end of the last attempt that a worker's tally is still waited for."""
MISSED_HEARTBEATS = 12
"""Heartbeats, one a second, that a worker may miss before it counts as gone: on a busy machine some come late."""


@dataclass
class WorkerState:
    """A worker as its master knows it during one stage.

    name     what Locust calls it
    trouble  why it cannot send, in one line
    tally    what is known of its tally; complete once `done`
    """

    name: str
    number: int
    ready: bool = False
    trouble: str = ""
    tally: Tally | None = None
    done: bool = False

    def __str__(self) -> str:
        return f"{self.number + 1} on {self.name.rpartition('_')[0] or self.name}"


@dataclass(repr=False)
class Master:
    """Runs each stage on all of Locust's workers.

    options    the command line, which workers do not have
    stage      the number of the stage that is running
    lost       name of a worker whose tally will not come -> why
    abandoned  whether the run is to end at once
    all_gone   whether Locust has given up its last worker
    """

    runner: MasterRunner
    options: Json
    stage: int = -1
    workers: dict[str, WorkerState] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    abandoned: bool = False
    all_gone: bool = False

    def __post_init__(self) -> None:
        runners.HEARTBEAT_LIVENESS = MISSED_HEARTBEATS
        for message, handler in ((READY, self._ready), (SECOND, self._second), (DONE, self._done)):
            self.runner.register_message(message, handler)

    @property
    def tally(self) -> Tally:
        found = Tally()
        for worker in self.workers.values():
            if worker.tally:
                found.slot_s = worker.tally.slot_s
                found.merge(worker.tally)
        return found

    def run(self, stage: Stage) -> StageResult:
        """Run a stage on every worker there is, to its end. Raises LoadError."""
        self._hand_out(stage)
        self._wait_until(
            lambda worker: worker.ready or bool(worker.trouble) or self.abandoned, PREPARE_S, "was not ready in time"
        )
        if self.abandoned:  # nothing has been sent yet
            return StageResult(Tally(slot_s=stage.slot_s), len(self.workers))
        self._raise_trouble()
        self._send(BEGIN, lambda worker: {"stage": stage.number, "in_s": LEAD_S})
        within_s = LEAD_S + stage.longest_s + GRACE_S
        self._wait_until(lambda worker: worker.done, within_s, "gave no account in time")
        self._raise_trouble()
        found = Tally(slot_s=stage.slot_s)
        for worker in self.workers.values():
            if worker.done and worker.tally:
                found.merge(worker.tally)
        lost = tuple(f"{self.workers[name]} ({why})" for name, why in self.lost.items())
        return StageResult(found, len(self.workers), lost)

    def abandon(self) -> None:
        """End the stage at once on every worker."""
        self.abandoned = True
        self._send(ABANDON, lambda worker: {"stage": self.stage})

    def _hand_out(self, stage: Stage) -> None:
        """Tell every worker its share of a stage. Raises LoadError if there is no worker."""
        names = sorted(client.id for client in self.runner.clients.all)
        if not names:
            raise LoadError("no worker is there")
        self.stage, self.lost = stage.number, {}
        self.workers = {name: WorkerState(name, number) for number, name in enumerate(names)}
        told = {"stage": stage.number, "plan": stage.plain(), "workers": len(names), "options": self.options}
        self._send(PREPARE, lambda worker: {**told, "worker": worker.number})

    def _raise_trouble(self) -> None:
        if trouble := [worker.trouble for worker in self.workers.values() if worker.trouble]:
            raise LoadError(trouble[0])

    def _send(self, message: str, data: Callable[[WorkerState], Json]) -> None:
        for worker in self.workers.values():
            self.runner.send_message(message, data(worker), client_id=worker.name)

    def _wait_until(self, there: Callable[[WorkerState], bool], within_s: float, otherwise: str) -> None:
        """Wait until `there` holds for every worker; one that has gone, or takes too long, is lost."""
        end = time.monotonic() + within_s
        while waiting := [worker for worker in self._present() if not there(worker)]:
            gone = [worker for worker in waiting if not self._alive(worker.name)]
            for worker in gone:
                self.lost[worker.name] = "it is gone"
            if time.monotonic() > end:
                self.lost.update({worker.name: otherwise for worker in waiting})
                return
            gevent.sleep(BEAT_S)

    def _present(self) -> list[WorkerState]:
        return [worker for worker in self.workers.values() if worker.name not in self.lost]

    def _alive(self, name: str) -> bool:
        """Whether a worker is there, as far as its heartbeat tells."""
        client = None if self.all_gone else self.runner.clients.get(name)
        return client is not None and client.state != runners.STATE_MISSING

    def _sender_of(self, msg: Any) -> WorkerState | None:
        """The worker that sent a message about the running stage; None if it is about another one."""
        worker = self.workers.get(msg.node_id)
        return worker if worker and msg.data.get("stage") == self.stage else None

    def _ready(self, environment: Any, msg: Any, **_: Any) -> None:
        if worker := self._sender_of(msg):
            worker.ready, worker.trouble = not msg.data["trouble"], msg.data["trouble"]

    def _second(self, environment: Any, msg: Any, **_: Any) -> None:
        if (worker := self._sender_of(msg)) and not worker.done:
            known, news = worker.tally or Tally(), Tally.read(msg.data["tally"])
            news.slots = known.slots | news.slots
            worker.tally = news

    def _done(self, environment: Any, msg: Any, **_: Any) -> None:
        if worker := self._sender_of(msg):
            worker.tally, worker.trouble = Tally.read(msg.data["tally"]), msg.data["trouble"]
            worker.done = True
            if msg.data["left"]:
                self.lost[worker.name] = "it left before the end"

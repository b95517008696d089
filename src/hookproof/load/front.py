"""Locust's side of a load: its options, runners, statistics, signals and end, bound to the conductor and the crew.

Locust has one user in each process; the user stands for the engine that sends there.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust import LoadTestShape
from locust.env import Environment
from locust.runners import MASTER_HEARTBEAT_TIMEOUT, MasterRunner, WorkerRunner

from hookproof.load import progress
from hookproof.load.conductor import Conductor
from hookproof.load.crew import ABANDON, Alone, Crew, Crowd, Hand
from hookproof.load.feeding import Feeding
from hookproof.load.keeping import Keeping
from hookproof.load.memory import resident
from hookproof.load.options import OURS, Settings, settings
from hookproof.load.scenario import Scenario, declared
from hookproof.output import tolerant
from hookproof.usage import WrongUseError
from hookproof.verdict import Exit

WRAP_UP_S = 4.0
"""How long Locust's end waits for ours."""
LOADED_BY = os.getpid()
"""The process that loaded the scenarios: the master of every worker that is forked."""


class OneUserEach(LoadTestShape):
    """One user in every process, until the run is over."""

    use_common_options = False
    _answer: tuple[int, float] | None = None

    def __init__(self, over: Callable[[], bool], processes: Callable[[], int]) -> None:
        super().__init__()
        self._over, self._processes = over, processes

    def tick(self) -> tuple[int, float] | None:
        self._answer = self._answer or (max(1, self._processes()), 100)
        return None if self._over() else self._answer


@dataclass(repr=False)
class Front:
    """One run in the process that decides: alone, or as master."""

    environment: Environment
    runner: Any
    settings: Settings
    scenarios: list[Scenario]
    keeping: Keeping = field(init=False)
    conductor: Conductor = field(init=False)
    crew: Crew = field(init=False)
    code: int | None = None
    over: bool = False
    memory: list[int] = field(default_factory=list)
    signals: int = 0
    _playing: Any = None

    def __post_init__(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        if isinstance(self.runner, MasterRunner):
            theirs = {name: getattr(options, name) for name in OURS}
            self.crew = Crowd(self.runner, {**theirs, "effects": ""})  # it may hold a password, and they do not ask
        else:
            self.crew = Alone(self.settings, fed(self.environment, self.settings))
        self.keeping = Keeping(self.settings, self.scenarios)
        self.conductor = Conductor(
            self.settings, self.scenarios, self.crew, self.keeping, lambda: self.memory, self.keeping.name
        )
        events = self.environment.events
        events.spawning_complete.add_listener(self._begin)
        events.test_stopping.add_listener(self._stop)
        events.quitting.add_listener(self._quit)
        events.quit.add_listener(self._say_goodbye)
        self.environment.shape_class = OneUserEach(lambda: self.over, lambda: getattr(self.runner, "worker_count", 1))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            gevent.signal_handler(number, self._signalled)

    def _begin(self, **_: Any) -> None:
        if self._playing is None:
            self._playing = gevent.spawn(self._play)

    def _play(self) -> None:
        """Play the run, and leave its report, whatever happens."""
        ticking = gevent.spawn(self._tick)
        code = Exit.INTERNAL
        try:
            code = self.conductor.play()
        finally:
            ticking.kill()
            self.code = self.keeping.end(self.conductor, code)
            self.over = True
            if self.environment.parsed_options.headless:  # type: ignore[union-attr]
                gevent.spawn(self._leave)

    def _leave(self) -> None:
        """End Locust now, and not at its shape's next tick; and once: each time it would wait half a second."""
        leave = self.runner.quit
        self.runner.quit = lambda: None
        leave()

    def _tick(self) -> None:
        """Once a second: a line, a line of the journal, a sample of memory."""
        known = None
        while True:
            gevent.sleep(1.0)
            stage = self.conductor.now
            if stage is not known:
                known = stage
                self.memory.clear()
            if stage is None:
                continue
            if self.settings.watch and (bytes_ := resident(self.settings.watch)):
                self.memory.append(bytes_)
            tally = self.crew.tally
            self.keeping.seconds(stage, tally)
            if tally.due and not self.settings.quiet:
                print(progress.line(stage, tally), flush=True)

    def _signalled(self) -> None:
        """Wrap up at the first signal, leave at the second."""
        self.signals += 1
        if self.signals > 1:
            os._exit(Exit.INTERRUPTED)
        if self._playing is None:
            self.conductor.interrupted = True
            self._begin()
        self.conductor.interrupt()

    def _stop(self, **_: Any) -> None:
        """Somebody else ends the test: Locust's web page; or Locust, which has no worker left."""
        if self._playing is not None and not self.over:
            if isinstance(self.crew, Crowd) and not self.runner.worker_count:
                self.crew.forsaken = True
            else:
                self.conductor.interrupt()
            self._playing.join(WRAP_UP_S)

    def _quit(self, environment: Environment, **_: Any) -> None:
        self._stop()
        if self.code is None:
            self.code = self.keeping.end(self.conductor, Exit.UNDECIDED)
        lost = tolerant().lost and not self.code
        environment.process_exit_code = int(Exit.REPORT_FAILED if lost else self.code)

    def _say_goodbye(self, **_: Any) -> None:
        for line in self.keeping.summary:
            print(line, flush=True)


def fed(environment: Environment, chosen: Settings) -> Callable[[Any], None]:
    """What brings tallies into Locust's statistics: a new entry's worth for each stage."""
    known: dict[int, Feeding] = {}

    def feed(tally: Any) -> None:
        if id(tally) not in known:
            known.clear()
            known[id(tally)] = Feeding(environment.stats, chosen.target)
        known[id(tally)].add(tally)

    return feed


def begin(environment: Environment, runner: Any) -> None:
    """Take over a Locust process that has just been set up."""
    if isinstance(runner, WorkerRunner):
        work_for_others(environment, runner)
        return
    options = environment.parsed_options
    assert options is not None
    tolerant()
    options.run_time = None
    if not options.print_stats:
        logging.getLogger("locust.stats_logger").setLevel(logging.CRITICAL)
    offered = {scenario.name: scenario for scenario in declared(classes(environment))}
    with one_line():
        chosen, scenarios = understood(options, offered)
        environment.user_classes = environment.user_classes[:1]
        Front(environment, runner, chosen, scenarios)


def check(options: Namespace, declarations: dict[str, Any]) -> None:
    """Look at the command line before Locust makes workers. Exits with one line if what was asked cannot be."""
    if not options.worker:
        with one_line():
            understood(options, {scenario.name: scenario for scenario in declared(declarations)})
            if options.master or options.processes:
                listenable(options.master_bind_host, options.master_bind_port)


def listenable(host: str, port: int) -> None:
    """Whether the master will be able to listen there. Raises WrongUseError."""
    try:
        place = socket.getaddrinfo("" if host == "*" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(place[0][0]) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place[0][4])
            trial.listen()
    except OSError as error:
        raise WrongUseError(
            f"the master cannot listen at {host}:{port}: {error.strerror or error}; "
            "choose with --master-bind-host and --master-bind-port"
        ) from None


def understood(options: Namespace, offered: dict[str, Scenario]) -> tuple[Settings, list[Scenario]]:
    """What was asked for. Raises WrongUseError."""
    if options.run_time and options.duration is None:
        options.duration = options.run_time
    chosen = settings(options, offered)
    return chosen, [offered[name].asked(chosen) for name in chosen.scenarios]


@contextmanager
def one_line() -> Iterator[None]:
    try:
        yield
    except WrongUseError as wrong:
        print(f"hookproof: {wrong}", file=sys.stderr, flush=True)
        raise SystemExit(Exit.USAGE) from None


def classes(environment: Environment) -> dict[str, Any]:
    return {user.__name__: user for user in environment.user_classes}


def work_for_others(environment: Environment, runner: WorkerRunner) -> None:
    """A worker does what its master says, and leaves only once its account is given."""
    names = [scenario.name for scenario in declared(classes(environment))]
    environment.user_classes = environment.user_classes[:1]
    feeds: list[Callable[[Any], None]] = []

    def understand(options: dict[str, Any]) -> Settings:
        found = settings(Namespace(**options), names)
        feeds[:] = [fed(environment, found)]
        return found

    hand = Hand(runner, understand, lambda tally: feeds[0](tally))

    def leave(**_: Any) -> None:
        hand.leaving = True
        hand.halt(ABANDON)
        gevent.sleep(0.3)
        if time.time() - (runner.last_heartbeat_timestamp or 0.0) > MASTER_HEARTBEAT_TIMEOUT:
            environment.process_exit_code = int(Exit.UNDECIDED)

    def interrupted() -> None:
        """The master hears of it too, and says when to go; if it does not, go."""
        hand.halt(ABANDON)
        gevent.spawn_later(WRAP_UP_S, os._exit, Exit.INTERRUPTED)

    environment.events.quitting.add_listener(leave)
    gevent.signal_handler(signal.SIGINT, interrupted)
    if environment.parsed_options and environment.parsed_options.processes:
        gevent.spawn(leave_with_master)


def leave_with_master() -> None:
    """A worker that its master forked does not outlive it."""
    while os.getppid() == LOADED_BY:
        gevent.sleep(0.5)
    os._exit(Exit.INTERRUPTED)

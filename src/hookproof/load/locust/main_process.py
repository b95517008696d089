"""The process that decides and reports in a load: it sends alone, or is the master of workers.

It binds Locust's events, signals and end to the scenario runner. Locust has one user in each process; that user does
nothing but stand for the engine that sends there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust import LoadTestShape
from locust.env import Environment
from locust.runners import MasterRunner

from hookproof.load.locust.alone import Alone
from hookproof.load.locust.locust_statistics import shown_in_locust
from hookproof.load.locust.master import Master
from hookproof.load.locust.memory import resident
from hookproof.load.run import progress
from hookproof.load.run.load_settings import LoadSettings
from hookproof.load.run.run_files import RunFiles
from hookproof.load.run.scenario import Scenario
from hookproof.load.run.scenario_runner import ScenarioRunner
from hookproof.options.table import FOR_WORKERS
from hookproof.stdout import tolerant
from hookproof.verdict import Exit

WRAP_UP_S = 4.0
"""Longest time, in seconds, that the end of Locust waits for the end of the load."""


class OneUserEach(LoadTestShape):
    """Tells Locust to have one user in every process, until the load is over."""

    use_common_options = False
    _answer: tuple[int, float] | None = None

    def __init__(self, over: Callable[[], bool], processes: Callable[[], int]) -> None:
        super().__init__()
        self._over, self._processes = over, processes

    def tick(self) -> tuple[int, float] | None:
        self._answer = self._answer or (max(1, self._processes()), 100)
        return None if self._over() else self._answer


@dataclass(repr=False)
class MainProcess:
    """One load, in the process that decides.

    code     the exit code, once the load is over
    over     whether the load is over
    memory   bytes of memory of the watched process, one sample a second since the stage began
    signals  how many signals have asked the process to end
    """

    environment: Environment
    runner: Any
    settings: LoadSettings
    scenarios: list[Scenario]
    files: RunFiles = field(init=False)
    scenario_runner: ScenarioRunner = field(init=False)
    workers: Alone | Master = field(init=False)
    code: int | None = None
    over: bool = False
    memory: list[int] = field(default_factory=list)
    signals: int = 0
    _running: Any = None

    def __post_init__(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        if isinstance(self.runner, MasterRunner):
            theirs = {name: getattr(options, name) for name in FOR_WORKERS}
            # --effects may hold a password, and workers do not ask the observer
            self.workers = Master(self.runner, {**theirs, "effects": ""})
        else:
            self.workers = Alone(self.settings, shown_in_locust(self.environment, self.settings))
        self.files = RunFiles(self.settings, self.scenarios)
        self.scenario_runner = ScenarioRunner(
            self.settings, self.scenarios, self.workers, self.files, lambda: self.memory
        )
        self._bind()

    def _bind(self) -> None:
        """Take part in what Locust does, and in what signals ask for."""
        events = self.environment.events
        events.spawning_complete.add_listener(self._begin)
        events.test_stopping.add_listener(self._stop)
        events.quitting.add_listener(self._quit)
        events.quit.add_listener(self._print_summary)
        self.environment.shape_class = OneUserEach(lambda: self.over, lambda: getattr(self.runner, "worker_count", 1))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            gevent.signal_handler(number, self._signalled)

    def _begin(self, **_: Any) -> None:
        if self._running is None:
            self._running = gevent.spawn(self._run)

    def _run(self) -> None:
        """Run the scenarios, and leave the report, whatever happens."""
        each_second = gevent.spawn(self._each_second)
        code = Exit.INTERNAL
        try:
            code = self.scenario_runner.run()
        finally:
            each_second.kill()
            self._write_end(code)
            self.over = True
            if self.environment.parsed_options.headless:  # type: ignore[union-attr]
                gevent.spawn(self._leave)

    def _write_end(self, code: Exit) -> int:
        """Complete the run's files; returns the exit code, and keeps it."""
        ran = self.scenario_runner
        self.code = self.files.end(code, ran.verdict, trouble=ran.trouble, interrupted=ran.interrupted)
        return self.code

    def _leave(self) -> None:
        """End Locust now instead of at its shape's next tick, and only once: each time it waits half a second."""
        leave = self.runner.quit
        self.runner.quit = lambda: None
        leave()

    def _each_second(self) -> None:
        """Once a second: print a line, write to the journal, sample the memory of the watched process."""
        known = None
        while True:
            gevent.sleep(1.0)
            stage = self.scenario_runner.now
            if stage is not known:
                known = stage
                self.memory.clear()
            if stage is None:
                continue
            if self.settings.watch and (bytes_ := resident(self.settings.watch)):
                self.memory.append(bytes_)
            tally = self.workers.tally
            self.files.seconds(stage, tally)
            if tally.due and not self.settings.quiet:
                print(progress.line(stage, tally), flush=True)

    def _signalled(self) -> None:
        """End the load with a report at the first signal, and at once at the second."""
        self.signals += 1
        if self.signals > 1:
            os._exit(Exit.INTERRUPTED)
        if self._running is None:
            self.scenario_runner.interrupted = True
            self._begin()
        self.scenario_runner.interrupt()

    def _stop(self, **_: Any) -> None:
        """Deal with an end that is not ours: Locust's web page asked for it, or Locust has no worker left."""
        if self._running is not None and not self.over:
            if isinstance(self.workers, Master) and not self.runner.worker_count:
                self.workers.all_gone = True
            else:
                self.scenario_runner.interrupt()
            self._running.join(WRAP_UP_S)

    def _quit(self, environment: Environment, **_: Any) -> None:
        self._stop()
        code = self._write_end(Exit.UNDECIDED) if self.code is None else self.code
        lost = tolerant().lost and not code
        environment.process_exit_code = int(Exit.REPORT_FAILED if lost else code)

    def _print_summary(self, **_: Any) -> None:
        for line in self.files.summary:
            print(line, flush=True)

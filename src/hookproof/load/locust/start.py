"""How a load begins: what Locust has parsed is understood, and its process becomes the main process or a worker."""

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
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MASTER_HEARTBEAT_TIMEOUT, WorkerRunner

from hookproof.load.locust.locust_statistics import shown_in_locust
from hookproof.load.locust.main_process import WRAP_UP_S, MainProcess
from hookproof.load.locust.worker import Worker
from hookproof.load.run.load_settings import LoadSettings, load_settings
from hookproof.load.run.scenario import Scenario, declared
from hookproof.settings import WrongUseError
from hookproof.stdout import tolerant
from hookproof.verdict import Exit

LOADED_BY = os.getpid()
"""The process that loaded the scenario files: the master of every worker that is forked."""


def check(options: Namespace, declarations: dict[str, Any]) -> None:
    """Check the command line before Locust makes workers. Exits with one line if it cannot be done."""
    if not options.worker:
        with one_line():
            understood(options, {scenario.name: scenario for scenario in declared(declarations)})
            if options.master or options.processes:
                check_address(options.master_bind_host, options.master_bind_port)


def begin(environment: Environment, runner: Any) -> None:
    """Take over a Locust process that has just been set up."""
    if isinstance(runner, WorkerRunner):
        become_worker(environment, runner)
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
        MainProcess(environment, runner, chosen, scenarios)


def check_address(host: str, port: int) -> None:
    """Try whether a master can listen there. Raises WrongUseError."""
    try:
        found = socket.getaddrinfo("" if host == "*" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, sockaddr = found[0]
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(sockaddr)
            trial.listen()
    except OSError as error:
        raise WrongUseError(
            f"the master cannot listen at {host}:{port}: {error.strerror or error}; "
            "choose with --master-bind-host and --master-bind-port"
        ) from None


def understood(options: Namespace, offered: dict[str, Scenario]) -> tuple[LoadSettings, list[Scenario]]:
    """The settings and the chosen scenarios that the command line asks for. Raises WrongUseError."""
    if options.run_time and options.duration is None:
        options.duration = options.run_time
    chosen = load_settings(options, offered)
    return chosen, [offered[name].asked(chosen) for name in chosen.scenarios]


@contextmanager
def one_line() -> Iterator[None]:
    """Turn a WrongUseError into one line and an exit."""
    try:
        yield
    except WrongUseError as wrong:
        print(f"hookproof: {wrong}", file=sys.stderr, flush=True)
        raise SystemExit(Exit.USAGE) from None


def classes(environment: Environment) -> dict[str, Any]:
    """The classes of the scenario files, by name."""
    return {user.__name__: user for user in environment.user_classes}


def become_worker(environment: Environment, runner: WorkerRunner) -> None:
    """Do what the master says, and leave only after the last tally has been sent."""
    names = [scenario.name for scenario in declared(classes(environment))]
    environment.user_classes = environment.user_classes[:1]
    shows: list[Callable[[Any], None]] = []

    def understand(options: dict[str, Any]) -> LoadSettings:
        found = load_settings(Namespace(**options), names)
        shows[:] = [shown_in_locust(environment, found)]
        return found

    worker = Worker(runner, understand, lambda tally: shows[0](tally))

    def leave(**_: Any) -> None:
        worker.leaving = True
        worker.abandon()
        gevent.sleep(0.3)
        if time.time() - (runner.last_heartbeat_timestamp or 0.0) > MASTER_HEARTBEAT_TIMEOUT:
            environment.process_exit_code = int(Exit.UNDECIDED)

    def interrupted() -> None:
        """Stop sending; the master, which got the signal too, says when to leave, or else leave without it."""
        worker.abandon()
        gevent.spawn_later(WRAP_UP_S, os._exit, Exit.INTERRUPTED)

    environment.events.quitting.add_listener(leave)
    gevent.signal_handler(signal.SIGINT, interrupted)
    if environment.parsed_options and environment.parsed_options.processes:
        gevent.spawn(leave_with_master)


def leave_with_master() -> None:
    """End a worker as soon as the master that forked it is gone."""
    while os.getppid() == LOADED_BY:
        gevent.sleep(0.5)
    os._exit(Exit.INTERRUPTED)

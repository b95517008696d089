"""What a file of loadtests/ is made of: a class with numbers. Importing this module patches the whole process."""

from __future__ import annotations

from typing import Any, ClassVar

import gevent
from locust import User, events, task

from hookproof.load.locust import start
from hookproof.load.locust.options import add_options
from hookproof.load.run.scenario import SearchBounds
from hookproof.load.schedule.patterns import Schedule
from hookproof.load.schedule.schedule import steady
from hookproof.stdout import open_closed


class Load(User):
    """A scenario: when deliveries are due, and what share of them must be acknowledged in time.

    Its text in reports is the docstring of the class or, where the class has none, of its file.
    `hookproof.load.run.scenario.Scenario` says what each number means.
    """

    abstract = True
    arrivals: ClassVar[Schedule] = steady(10, for_s=10)
    acknowledged_ratio: ClassVar[float] = 0.999
    deadline_s: ClassVar[float | None] = None
    search: ClassVar[SearchBounds | None] = None
    retried: ClassVar[bool] = False
    drift: ClassVar[bool] = False
    weights: ClassVar[tuple[tuple[str, float], ...]] = ()
    each_kind_equally: ClassVar[bool] = False

    @task
    def stand_by(self) -> None:
        """Sleep: the engine of this process sends, and Locust wants a user to be busy meanwhile."""
        gevent.sleep(3600)


@events.init_command_line_parser.add_listener
def _offer(parser: Any, **_: Any) -> None:
    """Add our options to Locust's, and check them as soon as they are parsed."""
    open_closed()
    add_options(parser)
    parse = parser.parse_args

    def parse_and_check(*given: Any, **more: Any) -> Any:
        options = parse(*given, **more)
        start.check(options, {scenario.__name__: scenario for scenario in Load.__subclasses__()})
        return options

    parser.parse_args = parse_and_check


@events.init.add_listener
def _begin(environment: Any, runner: Any, **_: Any) -> None:
    start.begin(environment, runner)

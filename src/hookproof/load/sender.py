"""What a file of loadtests/ is made of: a class with a docstring and numbers. Importing it patches the process."""

from __future__ import annotations

from typing import Any, ClassVar

import gevent
from locust import User, events, task

from hookproof.load import front
from hookproof.load.arrivals import Arrivals
from hookproof.load.options import add_options
from hookproof.load.scenario import Seeking
from hookproof.load.schedule import steady
from hookproof.output import open_closed


class Sender(User):
    """A scenario: when deliveries are due, and what share of them must be acknowledged in time.

    `hookproof.load.scenario.Scenario` says what each of these means.
    """

    abstract = True
    arrivals: ClassVar[Arrivals] = steady(10, for_s=10)
    acknowledged_ratio: ClassVar[float] = 0.999
    deadline_s: ClassVar[float | None] = None
    search: ClassVar[Seeking | None] = None
    retried: ClassVar[bool] = False
    drift: ClassVar[bool] = False
    weights: ClassVar[tuple[tuple[str, float], ...]] = ()

    @task
    def stand_by(self) -> None:
        """The engine of this process sends; this user is there for as long as it may."""
        gevent.sleep(3600)


@events.init_command_line_parser.add_listener
def _offer(parser: Any, **_: Any) -> None:
    open_closed()
    add_options(parser)
    parse = parser.parse_args

    def parse_and_check(*given: Any, **more: Any) -> Any:
        options = parse(*given, **more)
        front.check(options, {scenario.__name__: scenario for scenario in Sender.__subclasses__()})
        return options

    parser.parse_args = parse_and_check


@events.init.add_listener
def _begin(environment: Any, runner: Any, **_: Any) -> None:
    front.begin(environment, runner)

"""Load: deliveries sent at fixed times whatever the target does, and every one of them accounted for.

Scenario files import from here: `class Burst(Load)` with numbers. `Load` is imported only when it is asked for, because
it brings Locust, which patches the whole process. `Sender` is what the first release called `Load`; scenario files that
say `class Burst(Sender)` keep working.
"""

from __future__ import annotations

from typing import Any

from hookproof.load.run.scenario import capacity
from hookproof.load.schedule.schedule import backlog, burst, constant, copied, ramp, steady

__all__ = ["Load", "backlog", "burst", "capacity", "constant", "copied", "ramp", "steady"]


def __getattr__(name: str) -> Any:
    if name in ("Load", "Sender"):
        from hookproof.load.locust.load import Load

        return Load
    raise AttributeError(f"hookproof.load has no {name!r}")

"""Load: deliveries sent at fixed times whatever the target does, and every one of them accounted for.

What scenarios are written with. `Sender` is loaded when it is asked for: it brings Locust, which patches the process.
"""

from __future__ import annotations

from typing import Any

from hookproof.load.scenario import capacity
from hookproof.load.schedule import backlog, burst, constant, copied, ramp, steady

__all__ = ["Sender", "backlog", "burst", "capacity", "constant", "copied", "ramp", "steady"]


def __getattr__(name: str) -> Any:
    if name == "Sender":
        from hookproof.load.sender import Sender

        return Sender
    raise AttributeError(f"hookproof.load has no {name!r}")

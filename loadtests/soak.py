"""Soak: 50 deliveries a second for half an hour, to see what grows.

Passes when 99.9 % are acknowledged within the provider's deadline. `drift`: the report says so if latency (the 99th
percentile) is more than half as much again in the last quarter as in the first, and with `--watch PID` if the memory of
that process is.
"""

from hookproof.load import Load, steady


class Soak(Load):
    arrivals = steady(50, for_s=1800)
    drift = True
    acknowledged_ratio = 0.999

"""Soak: 50 deliveries a second for half an hour, to see what grows.

Passes when 99.9 % are acknowledged within the provider's deadline. Says so if latency in the last quarter is half as
much again as in the first, and with `--watch PID` if that process's memory is.
"""

from hookproof.load import Sender, steady


class Soak(Sender):
    __doc__ = __doc__
    arrivals = steady(50, for_s=1800)
    acknowledged_ratio = 0.999
    drift = True

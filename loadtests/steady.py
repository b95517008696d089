"""Steady: 50 deliveries a second for a minute, each at a moment of its own.

Arrivals are independent of each other (Poisson), as those of many customers are. Passes when 99.9 % are acknowledged
within the provider's deadline.
"""

from hookproof.load import Sender, steady


class Steady(Sender):
    __doc__ = __doc__
    arrivals = steady(50, for_s=60)
    acknowledged_ratio = 0.999

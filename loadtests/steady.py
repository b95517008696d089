"""Steady: 50 deliveries a second for a minute, each at a random instant.

The instants are independent of each other (Poisson arrivals), as those of many customers are. Passes when 99.9 % are
acknowledged within the provider's deadline.
"""

from hookproof.load import Load, steady


class Steady(Load):
    arrivals = steady(50, for_s=60)
    acknowledged_ratio = 0.999

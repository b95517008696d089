"""Capacity: the highest rate at which 99.9 % are still acknowledged within the provider's deadline.

The rate doubles from 25 a second, ten seconds at each, until the objective is missed or a queue grows without end;
then the gap is halved down to 5 %, and the highest rate met must be met twice more. Says that rate, how sure it is,
and what broke first above it.
"""

from hookproof.load import Sender, capacity, steady


class Capacity(Sender):
    __doc__ = __doc__
    arrivals = steady(25, for_s=10)
    search = capacity(first=25, highest=60_000, confirm=2, precision=0.05)
    acknowledged_ratio = 0.999

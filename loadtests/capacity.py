"""Capacity: the highest rate at which 99.9 % are still acknowledged within the provider's deadline.

`arrivals`: each rate is sent for ten seconds. `search`: the rate starts at 25 a second and doubles, up to 60 000, until
the objective is missed or a queue grows without end; then the gap between the highest rate met and the lowest rate
missed is halved until it is at most 5 %, and the highest rate met must be met twice more (`confirm`). Passes when some
rate is confirmed. The report says that rate, how sure it is, and what broke first above it.
"""

from hookproof.load import Load, capacity, steady


class Capacity(Load):
    arrivals = steady(25, for_s=10)
    search = capacity(first=25, highest=60_000, confirm=2, precision=0.05)
    acknowledged_ratio = 0.999

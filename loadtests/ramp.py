"""Ramp: from 10 to 500 deliveries a second within two minutes.

The report shows at which rate latency begins to rise. Passes when 99.9 % are acknowledged within the provider's
deadline.
"""

from hookproof.load import Load, ramp


class Ramp(Load):
    arrivals = ramp(10, 500, for_s=120)
    acknowledged_ratio = 0.999

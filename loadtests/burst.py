"""Burst: an endpoint that has been quiet receives 500 deliveries within one second, three times.

Webhooks come in bursts: a campaign is sent, and everybody answers. One burst comes every five seconds. Passes when
99.9 % are acknowledged within the provider's deadline.
"""

from hookproof.load import Load, burst


class Burst(Load):
    arrivals = burst(500, within_s=1.0, every_s=5.0, times=3)
    acknowledged_ratio = 0.999

"""Backlog: a receiver is back after half a minute of outage, and its senders retry on top of fresh traffic.

50 deliveries a second go on arriving; what failed meanwhile is due again 5, 10, 20 and 40 s after it failed, and
what fails now is retried by the same ladder. Passes when the receiver recovers: from some second on 99.9 % are
acknowledged in time, to the end. One that stays down though the backlog is over has collapsed, and is told so.
"""

from hookproof.load import Sender, backlog


class Backlog(Sender):
    __doc__ = __doc__
    arrivals = backlog(50, down_s=30, for_s=90, retries=(5, 10, 20, 40))
    acknowledged_ratio = 0.999
    retried = True

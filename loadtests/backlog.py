"""Backlog: a receiver is back after half a minute of outage, and its senders retry on top of fresh traffic.

50 new deliveries a second go on coming for 90 seconds. Those that failed during the outage come again: 5, 10, 20 and
40 s after one failed attempt comes the next. `retried`: what fails during these 90 seconds is retried after the same
delays. Passes when the receiver recovers: from some second on, and to the end, 99.9 % are acknowledged within the
provider's deadline. A receiver that stays down although the backlog is over has collapsed, and the report says so.
"""

from hookproof.load import Load, backlog


class Backlog(Load):
    arrivals = backlog(50, down_s=30, for_s=90, retries=(5, 10, 20, 40))
    retried = True
    acknowledged_ratio = 0.999

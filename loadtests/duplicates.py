"""Duplicates: 50 deliveries a second for half a minute, every tenth sent three times at the same instant.

Senders that deliver at least once do that: a retry overtakes a slow acknowledgement. Passes when 99.9 % are
acknowledged within the provider's deadline and, with `--effects`, nothing is processed twice and nothing is lost.
"""

from hookproof.load import Load, copied, steady


class Duplicates(Load):
    arrivals = copied(steady(50, for_s=30), share=0.1, copies=3)
    acknowledged_ratio = 0.999

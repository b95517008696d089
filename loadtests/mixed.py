"""Mixed: every kind of event that the chosen providers document, 100 deliveries a second for a minute.

`each_kind_equally`: an endpoint with many kinds of events gets more deliveries than one with few. Give several
`--provider`. Each delivery goes to its documented path below `--host`, or to `--endpoint NAME=PATH`. Passes when 99.9 %
are acknowledged within the shortest deadline among the providers.
"""

from hookproof.load import Load, steady


class Mixed(Load):
    arrivals = steady(100, for_s=60)
    each_kind_equally = True
    acknowledged_ratio = 0.999

"""Mixed: everything a platform sends, 100 deliveries a second for a minute.

Give several `--provider`. Messages of WhatsApp come three times as often as those of any other endpoint. Each goes to
its documented path below `--host`, or to `--endpoint NAME=PATH`. Passes when 99.9 % are acknowledged within the
shortest deadline among them.
"""

from hookproof.load import Sender, steady


class Mixed(Sender):
    __doc__ = __doc__
    arrivals = steady(100, for_s=60)
    acknowledged_ratio = 0.999
    weights = (("pingback.whatsapp", 3), ("whatsable", 3))

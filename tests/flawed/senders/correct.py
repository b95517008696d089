"""Controls: correct senders, of which every check must say so. Whatever it finds here is a false alarm."""

# ruff: noqa: RUF012

from collections import Counter

from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.senders.platforms import Waping


class NoFlaw(ReferencePlatform):
    """None: the reference as it is."""

    caught_by = ()
    roles = ("sender", "api")


class NoFlawInFlat(ReferencePlatform):
    """None, with the flat payload."""

    parameters = {"payload": "flat"}
    caught_by = ()


class NoFlawInWaping(ReferencePlatform):
    """None, as WAPing documents it."""

    provider = "waping"
    caught_by = ()


class NoFlawInChatApi(ReferencePlatform):
    """None, as Chat API documents it."""

    provider = "chatapi"
    caught_by = ()


class NoFlawInPingback(ReferencePlatform):
    """None, as Meta sends to PingBack."""

    provider = "pingback"
    parameters = {"surfaces": "whatsapp"}
    caught_by = ()


class NoFlawInStandardWebhooks(ReferencePlatform):
    """None, as Standard Webhooks describes it."""

    provider = "standard-webhooks"
    caught_by = ()


class SparesWhoFails(Waping):
    """None: after five failures in a row it leaves an endpoint alone for four seconds, whatever waits for it."""

    caught_by = ()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.failures, self.spared_until = Counter(), {}

    def settle(self, outgoing, outcome):
        super().settle(outgoing, outcome)
        self.failures[outgoing.endpoint] = 0 if self.is_success(outcome) else self.failures[outgoing.endpoint] + 1
        if self.failures[outgoing.endpoint] >= 5:
            self.failures[outgoing.endpoint] = 0
            self.spared_until[outgoing.endpoint] = self.now() + 4.0

    def free(self):
        return [each for each in super().free() if self.spared_until.get(each.id, 0.0) <= self.now()]

    def idle_s(self):
        return min(0.5, super().idle_s())


class LooksNowAndThen(Waping):
    """None: it reads who is registered once a second, so that a registration takes a moment to be in force."""

    caught_by = ()
    known, read_at = (), 0.0

    def endpoints_for(self, surface, kind):
        if self.now() > self.read_at + 1.0:
            self.known, self.read_at = self.store.endpoints(), self.now()
        return [each for each in self.known if self.wants(each, surface, kind)]


class TakesItsTimeToComeAgain(Waping):
    """None: it tries again after a minute, which no document forbids."""

    caught_by = ()
    parameters = {"retry.first": None}
    options = {"base_s": 60.0}


class WaitsForHalfAMinute(Waping):
    """None: it waits thirty seconds for an answer, where no document says how long."""

    caught_by = ()

    def deadline_s(self):
        return 30.0

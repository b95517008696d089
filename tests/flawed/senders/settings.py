"""Flaws in keeping to an account's settings."""

# ruff: noqa: RUF012

from hookproof.reference.platform import ReferencePlatform


class _Chatty(ReferencePlatform):
    """A platform with settings."""

    provider = "chatapi"


class NeverTellsOfChats(_Chatty):
    """Tells of no change of a chat, although it is switched on."""

    bug = ""
    caught_by = "sender.settings.delivers-what-is-switched-on"
    also = None

    def endpoints_for(self, surface, kind):
        return [] if kind == "chat_update" else super().endpoints_for(surface, kind)


class IgnoresItsSwitches(_Chatty):
    """Tells of everything, whatever is switched off."""

    bug = ""
    caught_by = "sender.settings.delivers-nothing-that-is-switched-off"
    also = None

    def switched_off(self, kind):
        return False


class AlwaysParallel(_Chatty):
    """Opens several requests at a time although it is told not to."""

    bug = ""
    caught_by = "sender.settings.keeps-one-request-open-at-most"
    also = None

    def open_allowed(self, endpoint):
        return 25


class TakesTheNewestFirst(_Chatty):
    """Delivers the newest of what waits first."""

    bug = "D21"
    caught_by = "sender.settings.keeps-the-order"
    also = None

    def first(self, endpoint):
        return self.store.waiting(endpoint.id, self.open_allowed(endpoint) - self.open[endpoint.id], by="number DESC")


class AlwaysOneByOne(_Chatty):
    """Opens one request at a time although it may open many."""

    bug = ""
    caught_by = "sender.settings.opens-requests-at-once"
    also = None
    times = {"patience": 12.0}

    def open_allowed(self, endpoint):
        return 1

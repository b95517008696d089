"""Flaws in keeping to an account's settings."""

# ruff: noqa: RUF012

from tests.flawed.senders.platforms import ChatApi


class NeverTellsOfChats(ChatApi):
    """Tells of no change of a chat, although it is switched on."""

    caught_by = "sender.settings.delivers-what-is-switched-on"
    also = {"sender.delivery.delivers-each-kind-of-event"}

    def endpoints_for(self, surface, kind):
        return [] if kind == "chat_update" else super().endpoints_for(surface, kind)


class IgnoresItsSwitches(ChatApi):
    """Tells of everything, whatever is switched off."""

    caught_by = "sender.settings.delivers-nothing-that-is-switched-off"

    def switched_off(self, kind):
        return False


class AlwaysParallel(ChatApi):
    """Opens several requests at a time although it is told not to."""

    caught_by = "sender.settings.keeps-one-request-open-at-most"

    def open_allowed(self, endpoint):
        return 25


class TakesTheNewestFirst(ChatApi):
    """Delivers the newest of what waits first."""

    bug = "D21"
    caught_by = "sender.settings.keeps-the-order"
    also = {"sender.delivery.reports-states-in-their-order"}

    def first(self, endpoint):
        return self.store.waiting(endpoint.id, self.open_allowed(endpoint) - self.open[endpoint.id], by="number DESC")


class AlwaysOneByOne(ChatApi):
    """Opens one request at a time although it may open many."""

    caught_by = "sender.settings.opens-requests-at-once"
    perhaps = {"sender.delivery.delivers-soon"}
    times = {"patience": 12.0}

    def open_allowed(self, endpoint):
        return 1

"""Flaws in asking an endpoint whether it wants to be delivered to."""

# ruff: noqa: RUF012

from msgspec import structs

from hookproof.reference.platform import ReferencePlatform


class _Meta(ReferencePlatform):
    """Sends to PingBack as Meta does."""

    provider = "pingback"
    parameters = {"surfaces": "whatsapp"}


class NeverAsks(_Meta):
    """Delivers to whatever is registered."""

    bug = ""
    caught_by = "sender.challenge.asks-before-it-delivers"
    also = None

    async def prove(self, endpoint, body):
        pass


class NamesTheTokenOtherwise(_Meta):
    """Sends the token under another name than the documented one."""

    bug = ""
    caught_by = "sender.challenge.sends-the-documented-parameters"
    also = None

    def challenge(self, surface, fields, body):
        query = {name.replace("hub.verify_token", "hub.token"): value for name, value in fields.query.items()}
        return super().challenge(surface, structs.replace(fields, query=query), body)


class SaysUnsubscribe(_Meta):
    """Asks in the mode in which an endpoint is taken back."""

    bug = ""
    caught_by = "sender.challenge.sends-the-documented-mode"
    also = None

    def challenge(self, surface, fields, body):
        query = {**fields.query, "hub.mode": "unsubscribe"}
        return super().challenge(surface, structs.replace(fields, query=query), body)


class SendsATokenOfItsOwn(_Meta):
    """Sends a token that it has made up, where the endpoint waits for the registered one."""

    bug = ""
    caught_by = "sender.challenge.sends-the-registered-token"
    also = None

    def challenge(self, surface, fields, body):
        return super().challenge(surface, fields, {**body, "verify_token": "another token"})


class AsksTheSameAgain(_Meta):
    """Asks every endpoint with the same text."""

    bug = ""
    caught_by = "sender.challenge.asks-with-a-fresh-text"
    also = None

    def challenge_text(self):
        return "1158201444"


class TakesAnyAnswer(_Meta):
    """Asks, and takes any answer for a yes."""

    bug = ""
    caught_by = "sender.challenge.delivers-only-after-the-answer"
    also = None

    def is_proof(self, challenge, text, outcome):
        return True


class KeepsWhatWasRefused(_Meta):
    """Says that the endpoint has not answered as it should, and has registered it before."""

    bug = ""
    caught_by = "sender.challenge.delivers-only-after-the-answer"
    also = None

    async def prove(self, endpoint, body):
        self.store.keep(endpoint)
        await super().prove(endpoint, body)

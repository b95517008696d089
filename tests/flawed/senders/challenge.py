"""Flaws in asking an endpoint whether it wants to be delivered to."""

# ruff: noqa: RUF012

from msgspec import structs

from tests.flawed.senders.platforms import Whatsapp


class NeverAsks(Whatsapp):
    """Delivers to whatever is registered."""

    caught_by = "sender.challenge.asks-before-it-delivers"

    async def prove(self, endpoint, body):
        pass


class NamesTheTokenOtherwise(Whatsapp):
    """Sends the token under another name than the documented one."""

    caught_by = "sender.challenge.sends-the-documented-parameters"
    also = {"sender.challenge.sends-the-registered-token"}

    def challenge(self, surface, fields, body):
        query = {name.replace("hub.verify_token", "hub.token"): value for name, value in fields.query.items()}
        return super().challenge(surface, structs.replace(fields, query=query), body)


class SaysUnsubscribe(Whatsapp):
    """Asks in the mode in which an endpoint is taken back."""

    caught_by = "sender.challenge.sends-the-documented-mode"

    def challenge(self, surface, fields, body):
        query = {**fields.query, "hub.mode": "unsubscribe"}
        return super().challenge(surface, structs.replace(fields, query=query), body)


class SendsATokenOfItsOwn(Whatsapp):
    """Sends a token that it has made up, where the endpoint waits for the registered one."""

    caught_by = "sender.challenge.sends-the-registered-token"

    def challenge(self, surface, fields, body):
        return super().challenge(surface, fields, {**body, "verify_token": "another token"})


class AsksTheSameAgain(Whatsapp):
    """Asks every endpoint with the same text."""

    caught_by = "sender.challenge.asks-with-a-fresh-text"

    def challenge_text(self):
        return "1158201444"


class TakesAnyAnswer(Whatsapp):
    """Asks, and takes any answer for a yes."""

    caught_by = "sender.challenge.delivers-only-after-the-answer"

    def is_proof(self, challenge, text, outcome):
        return True


class KeepsWhatWasRefused(Whatsapp):
    """Says that the endpoint has not answered as it should, and has registered it before."""

    caught_by = "sender.challenge.delivers-only-after-the-answer"

    async def prove(self, endpoint, body):
        self.store.keep(endpoint)
        await super().prove(endpoint, body)

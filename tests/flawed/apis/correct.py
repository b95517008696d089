"""Controls: correct management APIs, of which every check must say so. Whatever it finds here is a false alarm."""

# ruff: noqa: RUF012

from hookproof.reference.platform import ReferencePlatform


class NoFlawInTheApi(ReferencePlatform):
    """None: the reference as it is."""

    caught_by = ()


class NoFlawInProduction(ReferencePlatform):
    """None, where neither plain http nor loopback is allowed."""

    parameters = {"mode": "production"}
    options = {"mode": "production"}
    arguments = ["--public-url", "https://hooks.example.com"]
    caught_by = ()


class NoFlawInTheApiOfChatApi(ReferencePlatform):
    """None, as Chat API documents it."""

    provider = "chatapi"
    caught_by = ()

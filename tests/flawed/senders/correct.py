"""Controls: correct senders, of which every check must say so. Whatever it finds here is a false alarm."""

# ruff: noqa: RUF012

from hookproof.reference.platform import ReferencePlatform


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

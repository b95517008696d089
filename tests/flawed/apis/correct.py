"""Controls: correct management APIs, of which every check must say so. Whatever it finds here is a false alarm."""

from hookproof.reference.reference_platform import ReferencePlatform


class NoFlawInTheApi(ReferencePlatform):
    """None: the reference as it is."""

    caught_by = ()


class NoFlawInTheApiOfChatApi(ReferencePlatform):
    """None, as Chat API documents it."""

    provider = "chatapi"
    caught_by = ()

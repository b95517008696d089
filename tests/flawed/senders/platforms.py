"""Correct platforms of one provider each, for flaws to be made of: those of senders and those of management APIs."""

from hookproof.reference.reference_platform import ReferencePlatform


class ChatApi(ReferencePlatform):
    """Delivers as Chat API documents it; has settings, a simulator and an inspector."""

    provider = "chatapi"


class Waping(ReferencePlatform):
    """Delivers as WAPing documents it."""

    provider = "waping"


class Whatsapp(ReferencePlatform):
    """Delivers to PingBack what Meta sends of WhatsApp, after a challenge."""

    provider = "pingback"
    parameters = {"surfaces": "whatsapp"}  # noqa: RUF012


class StandardWebhooks(ReferencePlatform):
    """A sender as Standard Webhooks describes it."""

    provider = "standard-webhooks"

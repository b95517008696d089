"""Correct receivers of what one provider delivers, for flaws to be made of."""

# ruff: noqa: RUF012

from hookproof.reference.receiver import ReferenceReceiver


class ChatApi(ReferenceReceiver):
    """Gets what Chat API delivers: several messages, or states of messages, in one body."""

    provider = "chatapi"


class Waping(ReferenceReceiver):
    """Gets what WAPing delivers: one event in each body."""

    provider = "waping"


class Whatsapp(ReferenceReceiver):
    """Gets what Meta delivers of WhatsApp: several entries, changes and messages in one body."""

    provider = "pingback"
    parameters = {"surfaces": "whatsapp"}


class Instagram(ReferenceReceiver):
    """Gets what Meta delivers of Instagram, and is challenged as Meta does it."""

    provider = "pingback"
    parameters = {"surfaces": "instagram"}


class SignedInstagram(Instagram):
    """Gets what Meta delivers of Instagram, signed as Meta signs."""

    parameters = {"surfaces": "instagram", "signatures": "platform"}


class Telegram(ReferenceReceiver):
    """Gets Telegram's updates."""

    provider = "pingback"
    parameters = {"surfaces": "telegram", "channels.telegram": "123"}


class SecretTelegram(Telegram):
    """Gets Telegram's updates with the token that was agreed."""

    parameters = {"surfaces": "telegram", "channels.telegram": "123", "signatures": "platform"}


class X(ReferenceReceiver):
    """Gets what X delivers."""

    provider = "pingback"
    parameters = {"surfaces": "x", "channels.x": "456"}


class Mail(ReferenceReceiver):
    """Gets mail as JSON."""

    provider = "pingback"
    parameters = {"surfaces": "email"}


class MailForm(ReferenceReceiver):
    """Gets mail as a form."""

    provider = "pingback"
    parameters = {"surfaces": "email_form", "email": "form"}

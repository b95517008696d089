"""Flaws in what is one platform's own: its way to sign, its kinds of event, its ids and its forms."""

# ruff: noqa: RUF012

import contextlib
import json
import re
import struct

from hookproof.reference.receiver import Refused
from tests.flawed.groups import BATCH_ACKNOWLEDGEMENTS, OTHER_FORMS, OVERLAPPING, UNSIGNED
from tests.flawed.receivers.keyed import Keyed
from tests.flawed.receivers.surfaces import Instagram, Mail, MailForm, SecretTelegram, SignedInstagram, Telegram, X

KINDS = "receiver.acknowledgement.acknowledges-every-documented-kind"


class TakesTheBareDigest(SignedInstagram):
    """Takes the digest with or without the word that must stand before it."""

    bug = "S30"
    caught_by = "receiver.signature.refuses-other-encodings"

    def matches(self, body, value):
        return super().matches(body, b"sha256=" + value.removeprefix(b"sha256="))


class LooksBehindTheLabel(SignedInstagram):
    """Takes the right digest whatever algorithm is named before it."""

    bug = "S26"
    caught_by = "receiver.signature.rejects-a-malformed-signature"
    also = {"receiver.signature.rejects-a-changed-digit", "receiver.signature.rejects-junk-around-the-signature"}

    def matches(self, body, value):
        return super().matches(body, b"sha256=" + value.partition(b"=")[2])


class TakesUnsignedEvents(SignedInstagram):
    """Verifies a signature if there is one."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = UNSIGNED | {"receiver.signature.has-no-effect-when-refused"}

    def verify(self, request, body):
        if self.signatures(request):
            super().verify(request, body)


class VerifiesUnescapedText(SignedInstagram):
    """Computes the signature over the text with its escapes resolved, which is not what Meta signs."""

    bug = "S3"
    caught_by = KINDS
    also = BATCH_ACKNOWLEDGEMENTS | {
        "receiver.payload.acknowledges-an-unknown-event-type",
        "receiver.payload.acknowledges-every-valid-delivery",
        "receiver.payload.acknowledges-texts-of-every-script",
        "receiver.processing.processes-the-good-events-of-a-damaged-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
        "receiver.signature.verifies-the-bytes-as-sent",
    }

    def matches(self, body, value):
        with contextlib.suppress(ValueError):
            found = re.sub(rb"(?:\\u[0-9a-fA-F]{4})+", lambda one: json.loads(b'"%b"' % one[0]).encode(), body)
            return super().matches(found, value)
        return False


class TakesUpdatesWithoutAToken(SecretTelegram):
    """Compares the token only where there is one."""

    bug = "S9"
    caught_by = "receiver.signature.rejects-a-missing-signature"
    also = {"receiver.signature.has-no-effect-when-refused"}

    def verify(self, request, body):
        if self.signatures(request):
            super().verify(request, body)


class TakesAnyToken(SecretTelegram):
    """Asks for a token and does not compare it."""

    bug = "S12"
    caught_by = "receiver.signature.rejects-another-secret"
    also = {
        "receiver.signature.has-no-effect-when-refused",
        "receiver.signature.rejects-a-changed-digit",
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-part-of-the-signature",
    }

    def matches(self, body, value):
        return True


class BreaksOverANonAsciiHeader(SecretTelegram):
    """Gives compare_digest two texts, of which one is not ASCII."""

    bug = "S6"
    caught_by = "receiver.signature.rejects-a-malformed-signature"

    def matches(self, body, value):
        if not value.isascii():
            raise TypeError("comparing strings with non-ASCII characters is not supported")
        return super().matches(body, value)


class TakesTheBeginningOfTheToken(SecretTelegram):
    """Compares as many characters of the token as were sent."""

    bug = "S12"
    caught_by = "receiver.signature.rejects-part-of-the-signature"
    also = {"receiver.signature.rejects-a-malformed-signature"}

    def matches(self, body, value):
        return self.secret.startswith(value)


class KeepsIdsIn32Bits(Telegram):
    """Keeps the ids of customers in 32 bits, and breaks over later ones."""

    bug = "P6"
    caught_by = KINDS
    also = {"receiver.acknowledgement.acknowledges-while-another-sender-stalls"}

    def check_shape(self, payload):
        super().check_shape(payload)
        with contextlib.suppress(KeyError, TypeError):
            struct.pack("<i", payload["message"]["from"]["id"])


class BreaksOverOtherUpdates(Telegram):
    """Reads the message of every update, also where there is none."""

    bug = "P13"
    caught_by = KINDS
    also = OTHER_FORMS | {"receiver.payload.survives-a-null", "receiver.robustness.survives-a-hostile-body"}

    def check_shape(self, payload):
        super().check_shape(payload)
        payload["message"]["from"]


class RefusesUnknownUpdates(Telegram):
    """Refuses an update of a kind that it does not know."""

    bug = "P12"
    caught_by = "receiver.payload.acknowledges-an-unknown-event-type"

    def check_shape(self, payload):
        super().check_shape(payload)
        if "hologram_call" in payload:
            raise Refused(422, "unknown update")


class LosesStickers(Telegram):
    """Acknowledges stickers and does nothing about them."""

    caught_by = "receiver.processing.processes-every-documented-kind"

    async def process(self, id_, body):
        if b'"sticker":' not in body:
            await super().process(id_, body)


class TakesOnlyHigherIds(Telegram):
    """Takes an update for old when its id is lower than the last one's, as a poller may."""

    caught_by = "receiver.processing.processes-every-simultaneous-delivery"
    perhaps = OVERLAPPING
    highest = 0

    def accept(self, id_, body):
        if int(id_) > self.highest:
            self.highest = int(id_)
            super().accept(id_, body)


class BreaksOverComments(Instagram):
    """Reads the messages of every entry, also where there are comments."""

    bug = "P13"
    caught_by = KINDS
    also = OTHER_FORMS | {
        "receiver.acknowledgement.acknowledges-a-tainted-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
    }

    def check_shape(self, payload):
        super().check_shape(payload)
        for entry in payload["entry"]:
            entry["messaging"]


class LosesStoryReplies(Instagram):
    """Acknowledges a reply to a story and does nothing about it."""

    bug = "P15"
    caught_by = "receiver.processing.processes-every-documented-kind"

    async def process(self, id_, body):
        if b'"story":' not in body:
            await super().process(id_, body)


class BreaksOverTyping(X):
    """Reads the messages of every body, also where somebody is only typing."""

    bug = "P13"
    caught_by = KINDS
    also = OTHER_FORMS | {"receiver.robustness.survives-a-hostile-body"}

    def check_shape(self, payload):
        super().check_shape(payload)
        payload["direct_message_events"][0]


class RoundsIds(Keyed, X):
    """Takes an id of digits for a number, and rounds it as JavaScript does."""

    bug = "P7"
    caught_by = "receiver.idempotency.tells-similar-ids-apart"

    def key(self, id_, body):
        return repr(float(id_)) if id_.isdigit() else id_


class RefusesMailWithoutASubject(Mail):
    """Refuses mail whose subject is empty."""

    bug = "P12"
    caught_by = KINDS

    def check_shape(self, payload):
        super().check_shape(payload)
        if payload.get("Subject") == "":
            raise Refused(422, "no subject")


class KeysBySubject(Mail):
    """Takes mail with the same subject from the same address for a retry."""

    bug = "I6"
    caught_by = "receiver.idempotency.processes-equal-content-under-other-ids"
    perhaps = {
        "receiver.idempotency.tells-similar-ids-apart",
        "receiver.processing.processes-simultaneous-events-of-one-customer",
    }

    def accept(self, id_, body):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            mail = json.loads(body)
            key = f"{mail['Subject']} {mail['From']}"
            if not self.database.execute("INSERT OR IGNORE INTO events VALUES ('', ?, '', 1)", (key,)).rowcount:
                return
            self.count(id_)


class ComparesTheTypeOfForms(MailForm):
    """Knows a form by exactly its media type, in lower case."""

    bug = "P17"
    caught_by = "receiver.robustness.acknowledges-any-spelling-of-the-content-type"

    async def read(self, request):
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise Refused(415, "Unsupported Media Type")
        return await super().read(request)


class LosesUmlautsOfForms(MailForm):
    """Reads the fields of a form as ASCII, and loses mail that has more in it."""

    bug = "S4"
    caught_by = "receiver.processing.processes-texts-of-every-script"
    also = {"receiver.processing.processes-every-documented-kind"}
    perhaps = {
        "receiver.idempotency.processes-equal-content-under-other-ids",
        "receiver.processing.processes-an-unknown-field",
        "receiver.processing.processes-simultaneous-events-of-one-customer",
    }

    async def process(self, id_, body):
        if not re.search(rb"%[89A-Fa-f]", body):
            await super().process(id_, body)

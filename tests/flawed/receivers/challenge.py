"""Flaws in proving who owns an endpoint: wrong echoes, answers to anybody, and X's CRC."""

# ruff: noqa: RUF012

import base64
import hashlib
import hmac
import json
from pathlib import Path

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import CHALLENGE_REFUSALS, CRCS, ECHOES
from tests.flawed.receivers.surfaces import Instagram


class _Asked(ReferenceReceiver):
    """Challenged by a query with a token."""

    provider = "waping"
    parameters = {"handshake": "get", "handshake.token": "Ab3-token"}


class _Posted(ReferenceReceiver):
    """Challenged by a body."""

    provider = "waping"
    parameters = {"handshake": "post", "handshake.token": "Ab3-token"}


class _Crc(ReferenceReceiver):
    """Challenged as X does it."""

    provider = "pingback"
    parameters = {"surfaces": "x", "channels.x": "456", "crc": "x"}


class QuotesTheChallenge(_Asked):
    """Returns the challenge as a JSON text, with quotes around it."""

    bug = "C1"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def say(self, challenge, text):
        return JSONResponse(text.decode())


class SignsTheHandshake(Instagram):
    """Asks for a signature on every request, and so refuses to be verified."""

    bug = "C2"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES
    parameters = {"surfaces": "instagram", "signatures": "platform"}

    async def prove(self, request):
        if not self.signatures(request):
            return PlainTextResponse("No signature header", 401)
        return await super().prove(request)


class EchoesAsAPage(Instagram):
    """Returns the challenge as a page, in which its markup runs."""

    bug = "C3"
    caught_by = "receiver.challenge.answers-a-challenge-as-plain-text"

    def say(self, challenge, text):
        return HTMLResponse(text)


class EchoesWithoutAType(_Asked):
    """Returns the challenge without a media type, and leaves it to browsers to guess one."""

    bug = "C3"
    caught_by = "receiver.challenge.answers-a-challenge-as-plain-text"

    def say(self, challenge, text):
        return Response(text)


class WrapsTheChallenge(_Asked):
    """Returns the challenge as a member of an object, where the plain text is wanted."""

    bug = "C4"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def say(self, challenge, text):
        return JSONResponse({"challenge": text.decode()})


class SaysThePlainChallenge(_Posted):
    """Returns the challenge as plain text, where an object with it is wanted."""

    bug = "C4"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def say(self, challenge, text):
        return PlainTextResponse(text)


class SaysOkToTheChallenge(_Asked):
    """Answers OK and forgets the challenge."""

    bug = "C5"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def say(self, challenge, text):
        return PlainTextResponse("OK")


class TakesTheHandshakeForAnEvent(_Posted):
    """Knows no handshake, and refuses it as something that is no event."""

    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def challenged(self, payload):
        return None


class EndsTheEchoWithALine(_Asked):
    """Prints the challenge, and so ends it with a line break."""

    bug = "C1"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = ECHOES

    def say(self, challenge, text):
        return PlainTextResponse(text + b"\n")


class MakesANumberOfTheChallenge(_Asked):
    """Makes a number of a challenge of digits, and loses the zeros before it."""

    bug = "C12"
    caught_by = "receiver.challenge.echoes-the-challenge"

    def say(self, challenge, text):
        return super().say(challenge, str(int(text)).encode() if text.isdigit() else text)


class TakesOnlyDigits(_Asked):
    """Breaks over a challenge that is no number."""

    bug = "C12"
    caught_by = "receiver.challenge.echoes-the-challenge"
    also = {"receiver.challenge.survives-a-hostile-challenge"}

    def answer(self, challenge, pairs):
        for name, value in pairs:
            if name == "challenge" and value.isalnum():
                int(value)
        return super().answer(challenge, pairs)


class EchoesTheFirstChallenge(_Asked):
    """Keeps the answer to the first challenge and gives it to every later one."""

    caught_by = "receiver.challenge.echoes-each-challenge-anew"
    also = ECHOES

    def say(self, challenge, text):
        return super().say(challenge, self.__dict__.setdefault("first", text))


class EchoesToAWrongToken(Instagram):
    """Does not compare the token."""

    bug = "C6"
    caught_by = "receiver.challenge.rejects-a-wrong-token"

    def same(self, name, value, wanted):
        return name == "hub.verify_token" or super().same(name, value, wanted)


class ComparesTheTokenWithoutItsCase(Instagram):
    """Compares the token without its case."""

    bug = "C6"
    caught_by = "receiver.challenge.rejects-a-wrong-token"

    def same(self, name, value, wanted):
        return super().same(name, value.lower() if name == "hub.verify_token" else value, wanted)


class SaysOkToAWrongToken(Instagram):
    """Says that the token is wrong, with the status 200."""

    bug = "C6"
    caught_by = "receiver.challenge.answers-a-wrong-token-with-a-refusal"
    also = {"receiver.routing.refuses-get-without-a-challenge"}

    async def prove(self, request):
        answer = await super().prove(request)
        return PlainTextResponse("Invalid verify token", 200) if answer.status_code == 403 else answer


class TakesNoToken(Instagram):
    """Compares the token only where there is one."""

    bug = "C6"
    caught_by = "receiver.challenge.rejects-a-missing-token"

    def answer(self, challenge, pairs):
        if "hub.verify_token" not in dict(pairs):
            pairs = [*pairs, ("hub.verify_token", "pingback_verify")]
        return super().answer(challenge, pairs)


class IgnoresTheMode(Instagram):
    """Answers whatever the mode says."""

    bug = "C7"
    caught_by = "receiver.challenge.rejects-a-wrong-mode"

    def answer(self, challenge, pairs):
        return super().answer(
            challenge, [*[pair for pair in pairs if pair[0] != "hub.mode"], ("hub.mode", "subscribe")]
        )


class EchoesNothing(_Asked):
    """Answers 200 without a text to who sends no challenge."""

    bug = "C8"
    caught_by = "receiver.challenge.rejects-a-missing-challenge"

    def answer(self, challenge, pairs):
        if not dict(pairs).get("challenge"):
            return PlainTextResponse("")
        return super().answer(challenge, pairs)


class TakesTheFirstToken(_Asked):
    """Compares the first of two tokens."""

    bug = "C9"
    caught_by = "receiver.challenge.rejects-a-repeated-token"

    def answer(self, challenge, pairs):
        return super().answer(challenge, list(dict(reversed(pairs)).items()))


class TakesTheLastToken(_Asked):
    """Compares the last of two tokens."""

    bug = "C9"
    caught_by = "receiver.challenge.rejects-a-repeated-token"

    def answer(self, challenge, pairs):
        return super().answer(challenge, list(dict(pairs).items()))


class BreaksOverANonAsciiToken(Instagram):
    """Gives compare_digest two texts, of which one is not ASCII."""

    bug = "C11"
    caught_by = "receiver.challenge.rejects-a-wrong-token"

    def same(self, name, value, wanted):
        return hmac.compare_digest(value, wanted)


class EchoesInARefusal(Instagram):
    """Shows in its refusal what it was asked, as a page."""

    bug = "C3"
    caught_by = "receiver.challenge.does-not-echo-in-a-refusal"
    also = CHALLENGE_REFUSALS

    async def prove(self, request):
        answer = await super().prove(request)
        asked = request.query_params.get("hub.challenge", "")
        return HTMLResponse(f"<h1>Forbidden</h1>{asked}", 403) if answer.status_code == 403 else answer


class BreaksOverControlCharacters(_Asked):
    """Breaks over a challenge with control characters in it."""

    bug = "C15"
    caught_by = "receiver.challenge.survives-a-hostile-challenge"

    def answer(self, challenge, pairs):
        assert all(letter >= " " for _, value in pairs for letter in value)
        return super().answer(challenge, pairs)


class WritesTheChallengeIntoItsHeaders(_Asked):
    """Writes the answer by hand, where a line break in the challenge begins a header."""

    bug = "C15"
    caught_by = "receiver.challenge.survives-a-hostile-challenge"

    def answer(self, challenge, pairs):
        text, _, header = dict(pairs).get("challenge", "").partition("\r\n")
        name, _, value = header.partition("\r\n")[0].partition(": ")
        if not name:
            return super().answer(challenge, pairs)
        return Response(text, media_type="text/plain", headers={name: value})


class AnswersTheCrcInHex(_Crc):
    """Writes the HMAC in hexadecimal digits, as Meta does, where X wants base64."""

    bug = "C13"
    caught_by = "receiver.challenge.answers-the-crc"
    also = CRCS

    def say(self, challenge, text):
        digest = base64.b64decode(text.removeprefix(b"sha256=")).hex()
        return super().say(challenge, f"sha256={digest}".encode())


class AnswersTheCrcWithoutItsLead(_Crc):
    """Leaves out what must stand before the HMAC."""

    bug = "C13"
    caught_by = "receiver.challenge.answers-the-crc"
    also = CRCS

    def say(self, challenge, text):
        return super().say(challenge, text.removeprefix(b"sha256="))


class MakesANumberOfTheCrcToken(_Crc):
    """Makes a number of a token of digits, and signs it without the zeros before it."""

    bug = "C12"
    caught_by = "receiver.challenge.answers-each-crc-anew"

    def answer(self, challenge, pairs):
        return super().answer(challenge, [(name, str(int(text)) if text.isdigit() else text) for name, text in pairs])


class SignsNothing(_Crc):
    """Breaks where a CRC request has no token."""

    bug = "C13"
    caught_by = "receiver.challenge.refuses-a-crc-without-a-token"
    also = {"receiver.robustness.survives-every-method"}

    def answer(self, challenge, pairs):
        dict(pairs)["crc_token"]
        return super().answer(challenge, pairs)


class SignsTheEmptyToken(_Crc):
    """Signs the empty text for who sends no token."""

    bug = "C13"
    caught_by = "receiver.challenge.refuses-a-crc-without-a-token"
    also = {"receiver.routing.refuses-get-without-a-challenge"}

    def answer(self, challenge, pairs):
        if dict(pairs).get("crc_token"):
            return super().answer(challenge, pairs)
        digest = base64.b64encode(hmac.digest(self.secret, b"", hashlib.sha256)).decode()
        return JSONResponse({"response_token": f"sha256={digest}"})


class SignsWhateverIsAsked(_Crc):
    """Signs any text that is called a CRC token, a delivery's body too."""

    bug = "C14"
    caught_by = "receiver.challenge.takes-no-crc-answer-as-a-signature"
    parameters = {"surfaces": "x", "channels.x": "456", "crc": "x", "signatures": "platform"}

    def answer(self, challenge, pairs):
        text = dict(pairs).get("crc_token", "")
        if not text.startswith("{"):
            return super().answer(challenge, pairs)
        digest = base64.b64encode(hmac.digest(self.secret, text.encode(), hashlib.sha256)).decode()
        return Response(json.dumps({"response_token": f"sha256={digest}"}), media_type="application/json")


class AnswersWhomeverAsks(_Posted):
    """Answers the handshake before it looks at the signature, as the first step of a tutorial does."""

    caught_by = "receiver.challenge.answers-only-what-is-signed"

    def verify(self, request, body):
        if b'"verification"' not in body:
            super().verify(request, body)


class _Pinged(ReferenceReceiver):
    """Pinged, asked for an HMAC in a signed body, and told what to answer."""

    provider = str(Path(__file__).parents[1] / "providers" / "pings")


class SignsForWhomeverAsks(_Pinged):
    """Answers the CRC before it looks at the signature."""

    caught_by = "receiver.challenge.answers-only-a-crc-that-is-signed"

    def verify(self, request, body):
        if b'"plainToken"' not in body:
            super().verify(request, body)


class TakesThePingForAnEvent(_Pinged):
    """Acknowledges the ping with what it says to everything else."""

    caught_by = "receiver.challenge.answers-the-ping"

    def challenged(self, payload):
        return self.acknowledge(payload) if payload.get("type") == 1 else super().challenged(payload)


class SaysNothing(_Pinged):
    """Acknowledges with an empty answer."""

    caught_by = "receiver.acknowledgement.says-what-is-documented"

    def acknowledge(self, payload):
        return Response(b"")

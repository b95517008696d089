"""Flaws in signing what is sent."""

# ruff: noqa: RUF012

import json

from starlette.responses import JSONResponse

from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.groups import SIGNATURES


class SignsTextsOnly(ReferencePlatform):
    """Signs no event that has a file."""

    caught_by = "sender.signature.signs-every-delivery"
    also = {"sender.signature.signs-the-bytes-it-sends", "sender.signature.writes-the-signature-as-documented"}

    def signature(self, outgoing):
        return None if outgoing.kind == "image" else super().signature(outgoing)


class SignsTheFirstAttemptOnly(ReferencePlatform):
    """Signs nothing that comes again."""

    bug = "D5"
    caught_by = "sender.signature.signs-every-attempt"

    def signature(self, outgoing):
        return super().signature(outgoing) if outgoing.attempt == 1 else None


class _Respelling(ReferencePlatform):
    """Signs another spelling of the payload than it sends."""

    def spelled(self, payload):
        raise NotImplementedError

    def signature(self, outgoing):
        signed = self.spelled(json.loads(self.body(outgoing)))
        return self.signer(self.surfaces[outgoing.surface]).sign(signed)


class SignsWithBlanks(_Respelling):
    """Signs JSON with blanks after commas and colons, and sends it without."""

    bug = "D2"
    caught_by = "sender.signature.signs-the-bytes-it-sends"
    also = SIGNATURES

    def spelled(self, payload):
        return json.dumps(payload, ensure_ascii=False).encode()


class SignsEscapes(_Respelling):
    """Signs JSON in which everything beyond ASCII is escaped, and sends it as it is."""

    bug = "D2"
    caught_by = "sender.signature.signs-texts-beyond-ascii"

    def spelled(self, payload):
        return json.dumps(payload, separators=(",", ":")).encode()


class SignsWithAPlaceholder(ReferencePlatform):
    """Sends the word that stood in the sample in place of a signature."""

    bug = "D27"
    caught_by = {"sender.signature.signs-the-bytes-it-sends", "sender.signature.writes-the-signature-as-documented"}
    also = SIGNATURES

    def signature(self, outgoing):
        return "sha256=placeholder"


class SignsInCapitals(ReferencePlatform):
    """Writes the digits of the signature in capitals."""

    caught_by = "sender.signature.writes-the-signature-as-documented"
    also = SIGNATURES

    def signature(self, outgoing):
        return super().signature(outgoing).upper()


class SignsItsNameFirst(ReferencePlatform):
    """Writes sha256= before the digits, as other platforms do."""

    caught_by = "sender.signature.writes-the-signature-as-documented"
    also = SIGNATURES

    def signature(self, outgoing):
        return f"sha256={super().signature(outgoing)}"


class SendsUnsignedTests(ReferencePlatform):
    """Sends the sample that an endpoint asks for past whatever signs."""

    bug = "M12"
    caught_by = "sender.signature.signs-a-test-delivery"
    roles = ("sender", "api")

    async def test(self, request):
        endpoint = self.endpoint(request)
        made = self.event(self.surface, self.surface.plain, None)
        await self.send("POST", endpoint.url, [("Content-Type", "application/json")], made.body)
        return JSONResponse({"event": made.all_ids[0]}, 202)

"""Flaws in asking who calls."""

import hmac

from hookproof.reference.api import ApiRefusal
from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.groups import TOKEN_REFUSALS
from tests.flawed.senders.platforms import ChatApi


class TriesOutForAnybody(ReferencePlatform):
    """Asks for the token wherever something is written or shown, but not where a sample is sent."""

    bug = "M14"
    caught_by = "api.authentication.refuses-a-missing-token"
    also = TOKEN_REFUSALS

    def route(self, path, method, answer, security=None):
        return super().route(path, method, answer, None if path.endswith("/test") else security)


class ComparesTheBeginning(ReferencePlatform):
    """Compares as many letters as its token has, and none that follow."""

    caught_by = "api.authentication.refuses-a-wrong-token"

    def authorised(self, request, security):
        wanted = self.token.reveal()
        found = [value.encode() for value in self.credentials(request, security)]
        return any(hmac.compare_digest(value[: len(wanted)], wanted) for value in found)


class TakesAnyScheme(ReferencePlatform):
    """Takes the last word of the header for the token, whatever stands before it."""

    caught_by = "api.authentication.refuses-another-scheme"

    def credentials(self, request, security):
        return [value.rpartition(" ")[2] for value in request.headers.getlist("authorization")]


class TakesTokensFromUrls(ReferencePlatform):
    """Takes the token from the URL too, from where it goes into logs."""

    caught_by = "api.authentication.refuses-a-token-elsewhere"

    def credentials(self, request, security):
        return super().credentials(request, security) or request.query_params.getlist("token")


class TakesTokensFromHeaders(ChatApi):
    """Takes the token, which belongs into the URL, from a header or a cookie too."""

    caught_by = "api.authentication.refuses-a-token-elsewhere"

    def credentials(self, request, security):
        cookie = request.cookies.get("token")
        return super().credentials(request, security) or ([cookie] if cookie else request.headers.getlist("x-api-key"))


class KnowsOneSpellingOfBearer(ReferencePlatform):
    """Takes the token after `Bearer`, and not after `bearer`."""

    caught_by = "api.authentication.knows-the-scheme-in-any-case"

    def credentials(self, request, security):
        values = request.headers.getlist("authorization")
        return [value.removeprefix("Bearer ") if value.startswith("Bearer ") else "" for value in values]


class ForbidsInsteadOfAsking(ReferencePlatform):
    """Says that the token does not suffice where there is none."""

    caught_by = "api.authentication.answers-401-without-a-token"

    def unauthorised(self, security):
        return ApiRefusal(403, "ERROR_CODE_FORBIDDEN", "This is not for you.")

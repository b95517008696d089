"""Flaws in registering, listing, changing and removing endpoints."""

# ruff: noqa: RUF012

import re
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from hookproof.reference.addresses import complaint
from hookproof.reference.api import ApiRefusal, wrong
from hookproof.reference.reference_platform import ReferencePlatform
from hookproof.reference.store import StoredEndpoint
from tests.flawed.groups import URL_REFUSALS


class BreaksAfterRegistering(ReferencePlatform):
    """Registers an endpoint, and breaks before it can say so."""

    caught_by = "api.endpoints.registers-an-endpoint"

    async def register(self, request):
        await super().register(request)
        return Response(status_code=500)


class SaysOnlyOk(ReferencePlatform):
    """Says that an endpoint is registered, but not under which id."""

    caught_by = "api.endpoints.names-what-it-registered"

    async def register(self, request):
        await super().register(request)
        return JSONResponse({"ok": True}, 201)


class ListsIdsOnly(ReferencePlatform):
    """Lists the ids of the endpoints, and nothing by which they can be told apart."""

    caught_by = "api.endpoints.lists-what-was-registered"
    also = {"api.endpoints.takes-several-endpoints"}

    async def listing(self, request):
        return JSONResponse({"webhooks": [each.id for each in self.store.endpoints()]})


class RefusesQueries(ReferencePlatform):
    """Refuses a URL that has a query."""

    bug = "M7"
    caught_by = "api.endpoints.keeps-any-good-url"

    def accepts_url(self, url):
        return super().accepts_url(url) and "?" not in url


class DropsTheLastSlash(ReferencePlatform):
    """Keeps a URL without the slash at its end, which leads elsewhere."""

    caught_by = "api.endpoints.keeps-any-good-url"

    def checked_url(self, body, name="url"):
        return super().checked_url(body, name).rstrip("/")


class WritesQuestionMarks(ReferencePlatform):
    """Keeps a description with question marks for what is not ASCII."""

    caught_by = "api.endpoints.keeps-the-description"

    def text(self, body, name, most=1024):
        return super().text(body, name, most).encode("ascii", "replace").decode()


class KeepsTheLatestOnly(ReferencePlatform):
    """Puts a new endpoint in the place of the one there is, without a word."""

    caught_by = "api.endpoints.takes-several-endpoints"

    async def register(self, request):
        earlier = self.store.endpoints()
        answer = await super().register(request)
        for each in earlier:
            self.store.remove(each.id)
        return answer


class RemovesNothing(ReferencePlatform):
    """Says that an endpoint is removed, and keeps it."""

    caught_by = "api.endpoints.removes-an-endpoint"

    async def remove(self, request):
        return Response(status_code=204)


class TakesAnyText(ReferencePlatform):
    """Takes any text for a URL."""

    bug = "M3"
    caught_by = "api.endpoints.refuses-a-url-that-is-none"
    also = URL_REFUSALS | {"api.operations.survives-a-wrong-type"}

    def accepts_url(self, url):
        return isinstance(url, str)


class TakesUsersAndLineBreaks(ReferencePlatform):
    """Does not look at what stands before the host, nor at what follows a line break."""

    bug = "M10"
    caught_by = "api.endpoints.refuses-an-odd-url"

    def url_complaint(self, url):
        plain = re.sub(r"//[^/@]*@", "//", re.split(r"[\r\n]", url)[0]) if isinstance(url, str) else url
        return super().url_complaint(plain)


class TakesInnerAddresses(ReferencePlatform):
    """Registers addresses inside the platform's own network."""

    bug = "D12"
    caught_by = "api.endpoints.refuses-private-addresses"
    also = {"api.endpoints.changes-to-no-private-address"}

    def accepts_url(self, url):
        return self.url_complaint(url) in ("", "url leads to an address that is not public")


class KnowsOneSpellingOfAddresses(ReferencePlatform):
    """Knows inner addresses by their usual spelling only; decimal and hexadecimal ones pass as names."""

    bug = "D12"
    caught_by = "api.endpoints.refuses-private-addresses"

    def accepts_url(self, url):
        return not self.url_complaint(url) or bool(re.match(r"https?://(\d+|0x[0-9a-f]+)/", str(url)))


class _Production(ReferencePlatform):
    """Says that it is a production environment."""

    parameters = {"mode": "production"}
    options = {"mode": "production"}
    arguments = ["--public-url", "https://hooks.example.com"]


class TakesItsOwnMachine(_Production):
    """Registers its own machine, as it did in development."""

    bug = "D12"
    caught_by = "api.endpoints.refuses-its-own-machine"
    also = {"api.endpoints.refuses-plain-http"}

    def url_complaint(self, url):
        return complaint(url, production=False)


class TakesPlainHttp(_Production):
    """Registers http:// in production too."""

    caught_by = "api.endpoints.refuses-plain-http"

    def url_complaint(self, url):
        return super().url_complaint(re.sub("^http:", "https:", url) if isinstance(url, str) else url)


class TakesAnyEventName(ReferencePlatform):
    """Registers an endpoint for events that there are not."""

    bug = "M5"
    caught_by = "api.endpoints.refuses-an-unknown-event-name"

    def is_event(self, name):
        return True


class ListsAUrlTwice(ReferencePlatform):
    """Registers the same URL as often as one asks."""

    bug = "M8"
    caught_by = "api.endpoints.registers-a-url-once"

    def same_url(self, one, other):
        return False


class ListsTheSecret(ReferencePlatform):
    """Lists every endpoint with the secret that signs its deliveries."""

    bug = "M2"
    caught_by = "api.endpoints.shows-no-secret-in-a-list"

    def listed(self, endpoint):
        return {**super().listed(endpoint), "signing_key": self.secret.reveal().decode()}


class RepeatsTheToken(ReferencePlatform):
    """Lists the endpoints together with the token they belong to."""

    caught_by = "api.endpoints.shows-no-token"
    also = {"api.endpoints.shows-no-secret-in-a-list"}

    def listed(self, endpoint):
        return {**super().listed(endpoint), "owner": self.token.reveal().decode()}


class ChangesToAnything(ReferencePlatform):
    """Looks at a URL when it is registered and not when it is changed."""

    bug = "M4"
    caught_by = "api.endpoints.changes-to-no-url-that-is-none"
    also = {"api.endpoints.changes-to-no-private-address"}

    async def change(self, request):
        endpoint, body = self.endpoint(request), await self.read_json(request)
        changed = replace(endpoint, url=str(body.get("url", endpoint.url)))
        self.store.keep(changed)
        return JSONResponse(self.listed(changed))


class ChangesToInnerAddresses(ReferencePlatform):
    """Looks, when a URL is changed, at how it begins and not where it leads."""

    bug = "M4"
    caught_by = "api.endpoints.changes-to-no-private-address"
    also = {"api.endpoints.changes-to-no-url-that-is-none"}

    async def change(self, request):
        endpoint, body = self.endpoint(request), await self.read_json(request)
        changed = replace(endpoint, url=str(body.get("url", endpoint.url)))
        if not re.match(r"https?://", changed.url):
            raise wrong("url begins with http:// or https://")
        self.store.keep(changed)
        return JSONResponse(self.listed(changed))


class BreaksOnUnknownIds(ReferencePlatform):
    """Breaks where there is nothing of that id."""

    caught_by = "api.endpoints.survives-an-unknown-id"
    also = {"api.operations.survives-what-is-not-documented"}

    def endpoint(self, request):
        found = self.store.endpoint(request.path_params["id"])
        if found is None:
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "unable to find it")
        return found


class MakesWhatItDoesNotFind(ReferencePlatform):
    """Makes an endpoint of the id that it does not find."""

    caught_by = "api.endpoints.refuses-an-unknown-id"

    def endpoint(self, request):
        id_ = request.path_params["id"]
        return self.store.endpoint(id_) or StoredEndpoint(id_, "http://127.0.0.1:9/", created_at=self.now())


class SaysASampleIsSent(ReferencePlatform):
    """Says that a sample is on its way, and sends none."""

    bug = "M12"
    caught_by = "api.endpoints.sends-a-sample-when-asked"

    async def test(self, request):
        return JSONResponse({"event": self.endpoint(request).id}, 202)


class BreaksOnAConflict(ReferencePlatform):
    """Leaves it to the database to notice that a URL is registered already, and does not expect that."""

    caught_by = "api.endpoints.survives-a-second-registration"
    also = {"api.operations.survives-what-is-not-documented"}
    perhaps = {"api.operations.answers-documented-requests"}

    async def register(self, request):
        await request.body()  # kept, so that it can be read again
        url = (await self.read_json(request)).get("url")
        if any(url == each.url for each in self.store.endpoints()):
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "UNIQUE constraint failed: endpoints.url")
        return await super().register(request)


class BreaksOnAChangeThatIsNone(ReferencePlatform):
    """Takes a change that changes no row for an error of its own."""

    caught_by = "api.endpoints.survives-a-second-change"
    perhaps = {"api.operations.answers-documented-requests", "api.operations.survives-what-is-not-documented"}

    async def change(self, request):
        await request.body()  # kept, so that it can be read again
        body, endpoint = await self.read_json(request), self.endpoint(request)
        if body.get("url") == endpoint.url:
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "0 rows were changed")
        return await super().change(request)


class BreaksOnADeletionThatIsNone(ReferencePlatform):
    """Deletes what is not there, and breaks."""

    caught_by = "api.endpoints.survives-a-second-deletion"
    also = {"api.endpoints.survives-an-unknown-id"}
    perhaps = {"api.operations.answers-documented-requests", "api.operations.survives-what-is-not-documented"}

    async def remove(self, request):
        if self.store.endpoint(request.path_params["id"]) is None:
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "NoneType has no attribute id")
        return await super().remove(request)

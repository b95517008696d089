"""Flaws in reading requests and in answering them."""

# ruff: noqa: RUF012

import contextlib
import json
import traceback

from starlette.responses import JSONResponse, PlainTextResponse

from hookproof.reference.api import ApiRefusal
from hookproof.reference.reference_platform import ReferencePlatform
from tests.flawed.senders.platforms import ChatApi


class BreaksOnOtherEvents(ReferencePlatform):
    """Breaks when the events are changed that an endpoint is for."""

    caught_by = "api.operations.answers-documented-requests"
    also = {"api.operations.survives-what-is-not-documented"}

    async def change(self, request):
        await request.body()  # kept, so that it can be read again
        if "events" in await self.read_json(request):
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "No such column: events")
        return await super().change(request)


class WritesSwitchesAsNumbers(ChatApi):
    """Shows switches as 1 and 0 where the document says true and false."""

    caught_by = "api.operations.answers-in-the-documented-form"

    def shown_settings(self):
        shown = super().shown_settings()
        return shown | {name: int(shown[name]) for name in self.switches}


class CountsWhateverItIsGiven(ReferencePlatform):
    """Breaks on a description that has no length."""

    bug = "M6"
    caught_by = "api.operations.survives-what-is-not-documented"
    also = {"api.operations.survives-a-wrong-type"}

    def text(self, body, name, most=1024):
        if len(body.get(name, "")) > most:
            raise ApiRefusal(400, "ERROR_CODE_BAD_REQUEST", f"{name} is a text of at most {most} characters")
        return super().text(body, name, most)


class WritesDownWhateverItIsGiven(ReferencePlatform):
    """Makes a text of whatever is given for a description."""

    caught_by = "api.operations.refuses-other-types"

    def text(self, body, name, most=1024):
        return super().text({name: str(body.get(name, ""))[:most]}, name, most)


class TakesAnyBodyForAnObject(ReferencePlatform):
    """Breaks on a body that is no object."""

    caught_by = "api.operations.survives-a-broken-body"
    also = {"api.operations.survives-what-is-not-documented"}

    async def read_json(self, request):
        return json.loads(await request.body())


class StopsAtABrokenBody(ReferencePlatform):
    """Refuses a body that is no object, and registers nothing from then on."""

    caught_by = "api.operations.survives-a-broken-body"

    async def read_json(self, request):
        try:
            return await super().read_json(request)
        except ApiRefusal:
            self.accepts_url = lambda url: False
            raise


class TakesAnyEventsForAList(ReferencePlatform):
    """Breaks on events that are no list."""

    bug = "M6"
    caught_by = "api.operations.survives-a-wrong-type"
    also = {"api.operations.survives-what-is-not-documented"}

    def checked_events(self, body):
        return super().checked_events({"events": [*dict.fromkeys(body.get("events", []))]})


class RefusesWithA200(ReferencePlatform):
    """Says in a 200 that nothing is registered."""

    caught_by = "api.operations.refuses-a-broken-body"
    also = {
        "api.endpoints.refuses-a-url-that-is-none",
        "api.endpoints.refuses-an-odd-url",
        "api.endpoints.refuses-an-unknown-event-name",
        "api.endpoints.refuses-private-addresses",
        "api.operations.refuses-other-types",
    }

    async def register(self, request):
        try:
            return await super().register(request)
        except ApiRefusal as refused:
            return JSONResponse({"success": False, **json.loads(refused.response.body)})


class ShowsWhereItBreaks(ReferencePlatform):
    """Breaks on a body that it cannot read, and answers with the stack trace."""

    caught_by = ("api.operations.survives-a-broken-body", "api.operations.tells-nothing-of-its-inside")
    also = {"api.operations.survives-a-wrong-type", "api.operations.survives-what-is-not-documented"}

    async def register(self, request):
        try:
            return await super().register(request)
        except ApiRefusal:
            return PlainTextResponse(traceback.format_exc(), 500)


class NeedsWhatIsOptional(ReferencePlatform):
    """Breaks where the description is missing, which every example has."""

    caught_by = "api.operations.survives-a-member-missing-or-twice"
    also = {"api.operations.answers-documented-requests", "api.operations.survives-what-is-not-documented"}
    perhaps = {"api.operations.survives-a-wrong-type"}

    async def register(self, request):
        await request.body()  # kept, so that it can be read again
        if "description" not in await self.read_json(request):
            raise ApiRefusal(500, "ERROR_CODE_FATAL", "KeyError: description")
        return await super().register(request)


class BreaksOnAMemberTwice(ReferencePlatform):
    """Reads JSON with a parser that does not stand the same name twice, and does not expect that."""

    caught_by = "api.operations.survives-a-member-missing-or-twice"

    async def read_json(self, request):
        def once(pairs):
            if len(dict(pairs)) < len(pairs):
                raise ApiRefusal(500, "ERROR_CODE_FATAL", "duplicate key")
            return dict(pairs)

        with contextlib.suppress(ValueError):
            json.loads(await request.body(), object_pairs_hook=once)
        return await super().read_json(request)
